import BotKit
import CSystemCalls.Sandbox
import Foundation
import Glibc
import Subprocess
import Synchronization
import SystemPackage

/// One process of a bot: orders go in, reports come out, and at its end it says what it died of.
final class WorkerProcess: Sendable {
    /// What is heard of a process. Calls come from a thread of its own, one after the other.
    struct Listener: Sendable {
        var isolated: @Sendable (Isolation) -> Void = { _ in }
        var reported: @Sendable (WorkerMessage.Report) -> Void
    }

    private let bot: BotConfiguration
    private let launcher: String
    private let log: BotLog
    private let listener: Listener
    /// Our end of the socket pair; the worker has the other one as its descriptors 0 and 1.
    private let socket: Int32
    private let writer = DispatchQueue(label: "worker-orders")

    private struct State {
        var pid: pid_t?
        /// Why it is to end; nil while nothing is wrong.
        var verdict: String?
        /// What is still to be written.
        var rest: [UInt8] = []
        /// Whether somebody writes it.
        var isWriting = false
        var isClosed = false
    }

    private let state = Mutex(State())
    /// Held by who writes without waiting, and by who closes the socket.
    private let writing = Mutex(())
    /// Ends when it is to be killed, or is gone.
    private let (over, end) = AsyncStream<Never>.makeStream()

    /// - Parameters:
    ///   - launcher: the executable whose command `worker` puts the limits on.
    init(_ bot: BotConfiguration, launcher: String, log: BotLog, listener: Listener) throws {
        (self.bot, self.launcher, self.log, self.listener) = (bot, launcher, log, listener)
        var ends: [Int32] = [-1, -1]
        guard
            unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends)
                == 0
        else { throw Errno(rawValue: errno) }
        socket = ends[0]
        remote = ends[1]
    }

    private let remote: Int32

    /// The process's number; nil before it has one and after it has gone.
    var pid: pid_t? { state.withLock { $0.isClosed ? nil : $0.pid } }

    /// Has it end, if it has not yet. The first reason counts.
    func kill(_ reason: String) {
        state.withLock { $0.verdict = $0.verdict ?? reason }
        end.finish()
    }

    /// Sends an order. A worker that reads nothing holds nobody up.
    func send(_ order: WorkerMessage.Order) throws {
        let frame = try order.frame()
        let isFirst = state.withLock { state in
            if state.isClosed { return false }
            state.rest += frame
            defer { state.isWriting = true }
            return !state.isWriting
        }
        // Who comes while somebody writes leaves it to them.
        if isFirst { writeAtOnce() }
    }

    /// Writes what is there, and what others add meanwhile, as far as the worker takes it without waiting.
    private func writeAtOnce() {
        writing.withLock { _ in
            while let bytes = nextRest() {
                let sent = unsafe bytes.withUnsafeBytes {
                    unsafe Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
                }
                // What is wrong with it otherwise, its end will tell.
                guard sent < bytes.count, sent >= 0 || errno == EAGAIN else { continue }
                return state.withLock { state in
                    state.rest = bytes[max(0, sent)...] + state.rest
                    // Within the lock, so that nothing is begun on a socket that is closed by then.
                    if !state.isClosed { writer.async { self.writeRest() } }
                }
            }
        }
    }

    /// Writes what the worker was too slow to take, in order, until nothing is left.
    private func writeRest() {
        while let bytes = nextRest() {
            var rest = bytes[...]
            while !rest.isEmpty {
                let sent = unsafe rest.withUnsafeBytes {
                    unsafe Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if sent < 0, errno == EINTR { continue }
                guard sent > 0 else { break }
                rest = rest.dropFirst(sent)
            }
        }
    }

    private func nextRest() -> [UInt8]? {
        state.withLock { state in
            defer { state.rest = [] }
            if !state.rest.isEmpty, !state.isClosed { return state.rest }
            state.isWriting = false
            return nil
        }
    }

    /// Runs it to its end.
    ///
    /// - Returns: what it died of, with the last that it said.
    func run() async -> String {
        var pipe: [Int32] = [-1, -1]
        guard unsafe conure_pipe(&pipe) == 0 else { return "no pipe can be had" }
        let (errors, errorsIn) = (pipe[0], pipe[1])
        let reading = ReadingThread(
            socket: socket, errors: errors, log: log, isolated: listener.isolated, reported: listener.reported
        ) { [self] problem in
            if let problem { kill(problem) }
            end.finish()
        }
        var options = PlatformOptions()
        // What it starts dies with it.
        options.createSession = true
        do {
            let (input, output) = (
                FileDescriptor(rawValue: dup(remote)), FileDescriptor(rawValue: dup(remote))
            )
            let result = try await Subprocess.run(
                .path(FilePath(launcher)), arguments: Arguments(try WorkerLaunch.arguments(for: bot)),
                environment: .custom(environment),
                workingDirectory: bot.folder.isEmpty ? nil : FilePath(bot.folder),
                platformOptions: options,
                input: .fileDescriptor(input, closeAfterSpawningProcess: true),
                output: .fileDescriptor(output, closeAfterSpawningProcess: true),
                error: .fileDescriptor(FileDescriptor(rawValue: errorsIn), closeAfterSpawningProcess: true)
            ) { execution in
                let pid = execution.processIdentifier.value
                // The last end but the worker's own: from now on its end is ours to see.
                close(remote)
                state.withLock { $0.pid = pid }
                reading.start(watching: execution.processIdentifier.processDescriptor)
                // Cancelled, or told so, or gone.
                for await _ in over {}
                _ = Glibc.kill(-pid, SIGKILL)
                _ = Glibc.kill(pid, SIGKILL)
            }
            await reading.finish()
            let verdict = state.withLock { $0.verdict }
            closeSocket()
            return Self.words(
                verdict, result.terminationStatus, Symbols.named(reading.lastLines, of: bot.executable))
        } catch {
            close(errors)
            close(remote)
            closeSocket()
            return "it cannot be started: \(error)"
        }
    }

    private func closeSocket() {
        state.withLock { $0.isClosed = true }
        // Whoever still writes there is told, and then it can go.
        shutdown(socket, Int32(SHUT_RDWR))
        writer.sync {}
        writing.withLock { _ in _ = close(socket) }
    }

    private var environment: [Environment.Key: String] {
        var variables: [Environment.Key: String] = [:]
        let own = ProcessInfo.processInfo.environment
        for name in ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "USER"] {
            variables[Environment.Key(stringLiteral: name)] = own[name]
        }
        if !bot.rights.folder.isEmpty { variables["TMPDIR"] = bot.rights.folder }
        // The back-trace is a process of its own, which a worker may not start; what it says of its crash comes first.
        variables["SWIFT_BACKTRACE"] = "enable=no"
        for (name, value) in bot.environment { variables[Environment.Key(stringLiteral: name)] = value }
        return variables
    }

    private static func words(_ verdict: String?, _ status: TerminationStatus, _ lines: [String]) -> String {
        let end =
            verdict
            ?? {
                switch status {
                case .exited(let code): "it left with status \(code)"
                case .signaled(let signal): "it was ended by signal \(signal) (\(Self.name(of: signal)))"
                }
            }()
        return lines.isEmpty ? end : end + "; the last that it said:\n" + lines.joined(separator: "\n")
    }

    private static func name(of signal: Int32) -> String {
        switch signal {
        case SIGILL, SIGTRAP: "a trap"
        case SIGSEGV, SIGBUS: "a wrong address"
        case SIGABRT: "abort"
        case SIGKILL: "killed"
        case SIGSYS: "a forbidden call"
        default: unsafe String(cString: strsignal(signal))
        }
    }
}
