import MicroChatWire
import Synchronization

/// Holds the one session of an account, and knows which of two answers about it is stale.
///
/// Calls of an older session may still be on their way while a new login replaces it. What the server says about those
/// (−13, −100) is no news about the new one, so every session has a generation.
final class SessionKeeper: Sendable {
    /// A session with its place in the order of logins.
    struct Held: Sendable {
        var session: Session
        /// The name that the account shows.
        var name: String
        var generation: Int
    }

    private struct State {
        var held: Held?
        var generation = 0
        /// True from when a login is needed, or on its way, to its success.
        var isLoggingIn = true
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter = 0
    }

    private let state = Mutex(State())

    /// The session, if there is one.
    var current: Held? { state.withLock { $0.held } }

    /// How many logins succeeded so far.
    var generation: Int { state.withLock { $0.generation } }

    /// The session that a new link may be bound to. There is none while a login is on its way, or has had no answer:
    /// it may have ended the session.
    var resumable: Held? { state.withLock { $0.isLoggingIn ? nil : $0.held } }

    /// A login leaves. The server may end the present session from here on.
    func loginBegins() { state.withLock { $0.isLoggingIn = true } }

    /// There is a session: a login succeeded, or an earlier process left one.
    func install(_ session: Session, name: String) {
        let waiters = state.withLock { state in
            state.generation += 1
            state.held = Held(session: session, name: name, generation: state.generation)
            state.isLoggingIn = false
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Keeps the cookie of the newest response. Returns true if that is another one.
    func update(_ cookie: Cookie, generation: Int) -> Bool {
        state.withLock { state in
            guard state.held?.generation == generation, state.held?.session.cookie != cookie else {
                return false
            }
            state.held?.session.cookie = cookie
            return true
        }
    }

    /// The server does not know this session. Returns true if that is news, so that somebody must log in.
    func lose(generation: Int) -> Bool {
        state.withLock { state in
            guard state.held?.generation == generation else { return false }
            state.held = nil
            defer { state.isLoggingIn = true }
            return !state.isLoggingIn
        }
    }

    /// Whether word that somebody else logged in is about the present session, and not the echo of our own new login.
    func isKick(generation: Int) -> Bool {
        state.withLock { $0.held?.generation == generation && !$0.isLoggingIn }
    }

    /// The session, or the next one if that comes in time; nil otherwise.
    ///
    /// - Parameter old: a generation that is no use any more.
    func session(after old: Int = 0, within limit: Duration) async -> Held? {
        if let held = current, held.generation > old { return held }
        await withTaskGroup { group in
            group.addTask { await self.wait(after: old) }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
        return current.flatMap { $0.generation > old ? $0 : nil }
    }

    private func wait(after old: Int) async {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if Task.isCancelled || (state.held?.generation ?? 0) > old { return true }
                    state.waiters[id] = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }
}
