import BotKit
import Foundation
import Glibc
import Synchronization

/// Reads what a worker says, on a thread that can wait without holding anybody up.
final class ReadingThread: Sendable {
    private let socket: Int32
    private let errors: Int32
    private let log: BotLog
    private let isolated: @Sendable (Isolation) -> Void
    private let reported: @Sendable (WorkerMessage.Report) -> Void
    private let ended: @Sendable (String?) -> Void
    private let end = Mutex(End())

    private struct End {
        var hasCome = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    /// How often more is read of a process that has ended: what it has started may go on for ever.
    private static let lastReads = 64

    private let lines = Mutex(Lines())

    /// - Parameter ended: called when there is nothing more to read; with what is wrong, if it is.
    init(
        socket: Int32, errors: Int32, log: BotLog, isolated: @escaping @Sendable (Isolation) -> Void,
        reported: @escaping @Sendable (WorkerMessage.Report) -> Void,
        ended: @escaping @Sendable (String?) -> Void
    ) {
        (self.socket, self.errors, self.log) = (socket, errors, log)
        (self.isolated, self.reported, self.ended) = (isolated, reported, ended)
    }

    /// The last lines on standard error.
    var lastLines: [String] { lines.withLock { $0.last } }

    /// - Parameter process: a descriptor that can be read when the process has ended.
    func start(watching process: Int32) {
        // The one that was given is closed as soon as the process has been waited for.
        let process = dup(process)
        let thread = Thread { [self] in
            let problem = read(until: process)
            close(process)
            close(errors)
            ended(problem)
            let waiter = end.withLock { end in
                end.hasCome = true
                return end.waiter
            }
            waiter?.resume()
        }
        thread.stackSize = 1 << 19
        thread.name = "worker"
        thread.start()
    }

    /// Returns when everything has been read, also to who is cancelled: until then its descriptors are in use.
    func finish() async {
        await withCheckedContinuation { continuation in
            let hasCome = end.withLock { end in
                end.waiter = continuation
                return end.hasCome
            }
            if hasCome { continuation.resume() }
        }
    }

    private func read(until process: Int32) -> String? {
        var frames = FrameReader()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var polled = [
            pollfd(fd: socket, events: Int16(POLLIN), revents: 0),
            pollfd(fd: errors, events: Int16(POLLIN), revents: 0),
            pollfd(fd: process, events: Int16(POLLIN), revents: 0),
        ]
        var lastReads = 0
        while true {
            guard unsafe poll(&polled, 3, -1) >= 0 else {
                if errno == EINTR { continue }
                return "it cannot be watched"
            }
            if polled[1].revents != 0, !readErrors(&buffer) { polled[1].fd = -1 }
            if polled[0].revents != 0 {
                let count = unsafe Glibc.read(socket, &buffer, buffer.count)
                if count > 0 {
                    do throws(FrameReader.Garbage) {
                        for report in try frames.take(buffer[..<count]) { reported(report) }
                    } catch {
                        return error.reason
                    }
                } else if count == 0 || errno != EINTR {
                    polled[0].fd = -1
                }
            }
            // The process is gone, or it has hung up, and all that it had said has been read.
            let hasEnded = polled[2].revents != 0
            if hasEnded { lastReads += 1 }
            if hasEnded, polled[0].revents == 0 || polled[0].fd < 0 || lastReads > Self.lastReads {
                readLastErrors(&buffer)
                return nil
            }
            if polled[0].fd < 0, !hasEnded { return waitForEnd(of: process, &buffer) }
        }
    }

    /// A worker that has hung up is given a moment to leave by itself, so that it can say how.
    private func waitForEnd(of process: Int32, _ buffer: inout [UInt8]) -> String? {
        var polled = [pollfd(fd: process, events: Int16(POLLIN), revents: 0)]
        let hasEnded = unsafe poll(&polled, 1, 1000) > 0
        readLastErrors(&buffer)
        return hasEnded ? nil : "it hung up"
    }

    private func readLastErrors(_ buffer: inout [UInt8]) {
        for _ in 0..<Self.lastReads where !readErrors(&buffer, waiting: false) { return }
    }

    /// - Returns: whether there may be more.
    private func readErrors(_ buffer: inout [UInt8], waiting: Bool = true) -> Bool {
        if !waiting {
            var polled = [pollfd(fd: errors, events: Int16(POLLIN), revents: 0)]
            guard unsafe poll(&polled, 1, 0) > 0 else { return false }
        }
        let count = unsafe Glibc.read(errors, &buffer, buffer.count)
        if count < 0, errno == EINTR { return true }
        guard count > 0 else {
            lines.withLock { lines in if let rest = lines.rest() { note(rest, &lines) } }
            return false
        }
        lines.withLock { lines in for line in lines.take(buffer[..<count]) { note(line, &lines) } }
        return true
    }

    private func note(_ line: String, _ lines: inout Lines) {
        if line.hasPrefix(WorkerLaunch.marker) {
            let json = Data(line.dropFirst(WorkerLaunch.marker.count).utf8)
            if let isolation = try? JSONDecoder().decode(Isolation.self, from: json) {
                return isolated(isolation)
            }
        }
        lines.keep(line)
        log.write(line)
    }
}
