import Foundation
import Glibc

/// A bot's process: takes orders from descriptor 0 and reports on descriptor 1, as `docs/worker-protocol.md` says.
enum WorkerProcess {
    static func run(_ handlers: [Handler], of name: String) async {
        let problems = handlers.problems
        guard problems.isEmpty else { leave(EX_CONFIG, problems.map { "\(name): \($0)" }) }
        guard isatty(STDIN_FILENO) == 0 else {
            leave(EX_USAGE, ["\(name) is a bot: name it under 'bots' in rules.yaml, and Conure starts it."])
        }
        do {
            let channel = try WorkerChannel.taken()
            CrashReport.install()
            LoggingSystem.bootstrap { _ in WorkerLog(channel: channel, invocation: nil) }
            await WorkerLoop(handlers, channel).run { exit(EX_OK) }
        } catch {
            leave(EX_OSERR, ["\(name): \(error)"])
        }
    }

    private static func leave(_ status: Int32, _ lines: [String]) -> Never {
        FileHandle.standardError.write(Data((lines.joined(separator: "\n") + "\n").utf8))
        exit(status)
    }
}

extension [Handler] {
    /// What is wrong with them; their author has to know at once, and not when one is asked.
    package var problems: [String] {
        var problems: [String] = []
        var names: Set<String> = []
        for handler in map(\.declaration) {
            let name = handler.name
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            if parts.count < 2 || !parts.allSatisfy({ isName($0) }) {
                problems.append("'\(name)' is no name for a handler, expected one such as Orders.lookup")
            }
            if !names.insert(name).inserted { problems.append("there are two handlers called '\(name)'") }
            let arguments = handler.arguments ?? []
            if Set(arguments.map(\.name)).count < arguments.count {
                problems.append("\(name) takes two arguments of one name")
            }
            for argument in arguments where argument.required && handler.on?.isEmpty == false {
                problems.append(
                    "\(name) hears of events by itself, and so '\(argument.name)' needs a default")
            }
            for interval in (handler.on ?? []).filter({ $0.event == .timer }).compactMap(\.every)
            where interval < 1 {
                problems.append("\(name) wants a timer every \(interval) s, and one second is the least")
            }
        }
        return problems
    }

    private func isName(_ text: Substring) -> Bool {
        (1...64).contains(text.count)
            && text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
    }
}
