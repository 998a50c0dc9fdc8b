import CSystemCalls.Sandbox
import Foundation
import Glibc

/// Puts limits on a process and makes it the worker: what `conure worker` does between being started and being somebody
/// else.
package enum WorkerLaunch {
    /// The command's name.
    package static let command = "worker"
    /// What begins the one line on standard error that is ours; the worker's own come after it.
    static let marker = "\u{1}conure-isolation "

    /// The arguments of the command that starts a worker.
    static func arguments(for bot: BotConfiguration) throws -> [String] {
        let rights = String(decoding: try JSONEncoder().encode(bot.rights), as: UTF8.self)
        return [command, rights, bot.executable] + bot.arguments
    }

    /// Becomes the worker.
    ///
    /// - Parameter arguments: those of the command.
    /// - Returns: only if it cannot, with what stands in the way.
    package static func become(_ arguments: [String]) -> String {
        guard arguments.count >= 2,
            let rights = try? JSONDecoder().decode(WorkerRights.self, from: Data(arguments[0].utf8))
        else { return "expected what the worker may do, and what it is" }
        let executable = arguments[1]
        let isolation = Sandbox(rights, executable: executable).enforce()
        let line = (try? JSONEncoder().encode(isolation)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
        FileHandle.standardError.write(Data((marker + line + "\n").utf8))
        var pointers = unsafe arguments.dropFirst().map { unsafe strdup($0) }
        unsafe pointers.append(nil)
        unsafe execv(executable, &pointers)
        return "\(executable) cannot be run: \(unsafe String(cString: strerror(errno)))"
    }
}
