import Synchronization

/// Lets a few through at a time; the others wait in line.
final class Slots: Sendable {
    private struct State {
        var free: Int
        var waiting: [(id: Int, resume: CheckedContinuation<Bool, Never>)] = []
        var nextID = 0
    }

    private let state: Mutex<State>

    init(_ count: Int) { state = Mutex(State(free: count)) }

    /// Waits for a slot. Who gets one has to give it back.
    ///
    /// - Throws: if the task is cancelled first; then there is nothing to give back.
    func take() async throws(Calls.Failure) {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let isTaken = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isFree: Bool? = state.withLock { state in
                    if Task.isCancelled { return false }
                    if state.free > 0 {
                        state.free -= 1
                        return true
                    }
                    state.waiting.append((id, continuation))
                    return nil
                }
                if let isFree { continuation.resume(returning: isFree) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0) }
            }
            waiter?.resume.resume(returning: false)
        }
        guard isTaken else { throw .notSent("stopped before it began") }
    }

    /// Gives a slot to the next in line.
    func giveBack() {
        let next = state.withLock { state in
            if state.waiting.isEmpty {
                state.free += 1
                return nil as CheckedContinuation<Bool, Never>?
            }
            return state.waiting.removeFirst().resume
        }
        next?.resume(returning: true)
    }
}
