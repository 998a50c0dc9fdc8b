import BotKit
import NIOCore
import Synchronization

/// Waits for an answer's deadline, which every read moves on.
final class AnswerPatience: Sendable {
    private struct State {
        var deadline: AnswerDeadline?
        var began = ContinuousClock.now
    }

    private let state = Mutex(State())

    func begin(_ deadline: AnswerDeadline) { state.withLock { $0 = State(deadline: deadline) } }

    func read() { state.withLock { $0.deadline?.read(at: .now) } }

    /// Returns once the deadline has passed, with how many seconds that took.
    func end() async throws -> String {
        while true {
            let (deadline, began) = state.withLock { ($0.deadline?.instant ?? .now, $0.began) }
            guard deadline > .now else {
                return "\(Double((ContinuousClock.now - began).microseconds / 100_000) / 10) s"
            }
            try await Task.sleep(until: deadline, tolerance: .zero, clock: .continuous)
        }
    }
}

/// Sees bytes as they arrive: a message that comes slowly is not one that does not come.
final class ReadObserver: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let patience: AnswerPatience

    init(patience: AnswerPatience) { self.patience = patience }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        patience.read()
        context.fireChannelRead(data)
    }
}
