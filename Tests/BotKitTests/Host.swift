import BotKit
import Foundation

/// Conure's end of the descriptors of a worker.
final class Host: Sendable {
    let orders = Pipe()
    let reports = Pipe()
    private let frames: AsyncStream<WorkerMessage.Report>

    init() {
        let (stream, continuation) = AsyncStream<WorkerMessage.Report>.makeStream()
        frames = stream
        let handle = reports.fileHandleForReading
        Thread {
            func read(_ count: Int) -> Data? {
                var data = Data()
                while data.count < count {
                    guard let more = try? handle.read(upToCount: count - data.count), !more.isEmpty else {
                        return nil
                    }
                    data += more
                }
                return data
            }
            while let head = read(4), let body = read(head.reduce(0) { $0 << 8 | Int($1) }),
                let report = try? JSONDecoder().decode(WorkerMessage.Report.self, from: body)
            {
                continuation.yield(report)
            }
            continuation.finish()
        }.start()
    }

    /// The worker's end, which it closes by itself.
    func channel() -> WorkerChannel {
        WorkerChannel(
            orders: dup(orders.fileHandleForReading.fileDescriptor),
            reports: dup(reports.fileHandleForWriting.fileDescriptor))
    }

    func order(_ order: WorkerMessage.Order) throws { try self.order(JSONEncoder().encode(order)) }

    func order(_ body: Data) throws {
        let length = withUnsafeBytes(of: UInt32(body.count).bigEndian) { Data($0) }
        try orders.fileHandleForWriting.write(contentsOf: length + body)
    }

    func leave() throws { try orders.fileHandleForWriting.close() }

    /// The next report; nil at the end.
    func next() async -> WorkerMessage.Report? {
        var iterator = frames.makeAsyncIterator()
        return await iterator.next()
    }
}

func invocation(_ handler: String, _ text: String = "") -> Invocation {
    Invocation(
        handler: handler, account: "bot", event: EventFacts(id: "m1", kind: "text", time: 0, text: text),
        chat: ChatFacts(id: "ann", name: "Ann", kind: .private), now: 0)
}
