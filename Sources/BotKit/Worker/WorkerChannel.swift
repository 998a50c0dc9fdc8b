import Foundation
import Glibc
import Synchronization

/// Frames to and from Conure.
package final class WorkerChannel: Sendable {
    private let input: Int32
    private let output: Int32
    /// Held while a frame is written, so that frames never mix.
    private let writing = Mutex(())

    /// - Parameters:
    ///   - orders: where orders come from; the channel closes it when nobody uses it any more.
    ///   - reports: where reports go; likewise.
    package init(orders: Int32, reports: Int32) {
        input = orders
        output = reports
    }

    // The thread that reads holds the channel, so that it never reads what somebody else has got the number of.
    deinit {
        close(input)
        close(output)
    }

    /// Takes descriptors 0 and 1 for frames. What the bot's author prints goes to standard error from then on, and who
    /// reads from standard input finds nothing: neither may come between the frames.
    package static func taken() throws -> WorkerChannel {
        // Conure going away is seen as an error of writing; Ctrl-C is Conure's to take, which ends its bots in order.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGINT, SIG_IGN)
        // A process that the bot starts must not keep them open.
        let orders = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
        let reports = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
        let nothing = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard orders >= 0, reports >= 0, nothing >= 0, dup2(nothing, STDIN_FILENO) >= 0,
            dup2(STDERR_FILENO, STDOUT_FILENO) >= 0
        else { throw Failure("the descriptors 0 and 1 cannot be taken: error \(errno)") }
        close(nothing)
        return WorkerChannel(orders: orders, reports: reports)
    }

    /// Writes a frame. If Conure is not there any more, nothing happens: the reader notices that.
    package func write(_ report: WorkerMessage.Report) {
        guard var body = try? JSONEncoder().encode(report) else { return }
        if body.count > WorkerMessage.maximumLength {
            guard let refusal = Self.refusal(of: report, length: body.count),
                let short = try? JSONEncoder().encode(refusal)
            else { return }
            body = short
        }
        let frame = Frames.frame(body)
        writing.withLock { _ in
            unsafe frame.withUnsafeBytes { bytes in
                var written = 0
                while written < bytes.count {
                    let count = unsafe Glibc.write(
                        output, bytes.baseAddress?.advanced(by: written), bytes.count - written)
                    if count > 0 { written += count } else if count < 0, errno != EINTR { return }
                }
            }
        }
    }

    /// What is said in place of an outcome that is too long.
    private static func refusal(of report: WorkerMessage.Report, length: Int) -> WorkerMessage.Report? {
        guard case .outcome(let id, _) = report else { return nil }
        return .outcome(
            id: id, HandlerOutcome(error: "what the handler wants has \(length) bytes, which is too much"))
    }

    /// The orders, as many at a time as are there, until Conure goes away, and what ends them earlier. A thread of its own
    /// reads them: it can wait without holding anybody up.
    func orders() -> (AsyncStream<[WorkerMessage.Order]>, end: @Sendable () -> Void) {
        let (stream, continuation) = AsyncStream<[WorkerMessage.Order]>.makeStream()
        let thread = Thread { [self] in
            read { continuation.yield($0) }
            continuation.finish()
        }
        thread.stackSize = 1 << 20
        thread.start()
        return (stream, { continuation.finish() })
    }

    /// Reads orders to the end, or up to what is none: then the two do not understand each other, and leaving is all that
    /// helps.
    private func read(_ take: ([WorkerMessage.Order]) -> Void) {
        var frames = Frames()
        let decoder = JSONDecoder()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe Glibc.read(input, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            frames.add(buffer[..<count])
            var orders: [WorkerMessage.Order] = []
            do {
                while let body = try frames.next() {
                    orders.append(try decoder.decode(WorkerMessage.Order.self, from: body))
                }
            } catch {
                FileHandle.standardError.write(Data("an order cannot be read: \(error)\n".utf8))
                return
            }
            take(orders)
        }
    }
}
