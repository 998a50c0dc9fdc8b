import Store
import Synchronization

/// What handlers have said and nobody has decided yet. It is kept nowhere else: if the program ends before that, they are
/// asked anew.
package final class HandlerAnswers: Sendable {
    /// Answers decided together at most.
    private static let batch = 128

    private let waiting = Mutex<[CallAnswer]>([])
    /// Rung when there are more. The bus waits for this and for the journal at once, so it is the signal of both.
    let moved = Signal()

    package init() {}

    func add(_ answer: CallAnswer) {
        waiting.withLock { $0.append(answer) }
        moved.ring()
    }

    /// The oldest.
    func take() -> [CallAnswer] {
        waiting.withLock { waiting in
            let batch = Array(waiting.prefix(Self.batch))
            waiting.removeFirst(batch.count)
            return batch
        }
    }
}
