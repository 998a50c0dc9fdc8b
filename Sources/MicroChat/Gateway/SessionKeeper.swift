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
        /// Whether the server is believed to bind a new link to it.
        var binding = Binding.none
    }

    /// Whether a new long link can be bound to a session (docs/protocol-extensions.md, "Resuming a session").
    enum Binding: Sendable {
        /// The server has said so, or done it.
        case announced
        /// An earlier process logged in; the server has not said so, and nobody has tried.
        case untried
        /// It takes a login.
        case none
    }

    private struct State {
        var held: Held?
        var generation = 0
        /// True from when a login is needed, or on its way, to its success.
        var isLoggingIn = true
        /// A login has left, and nothing has come back.
        var isUnanswered = false
        /// A login before the present one stayed without an answer: it may yet take effect, and end what came after.
        var hasLostLogin = false
        /// Until when the end of the present session may be the work of such a login.
        var doubtedUntil: ContinuousClock.Instant?
        /// The session that a new link was to be bound to, without success so far.
        var tried: Int?
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter = 0
    }

    private let state = Mutex(State())

    /// The session, if there is one.
    var current: Held? { state.withLock { $0.held } }

    /// How many logins succeeded so far.
    var generation: Int { state.withLock { $0.generation } }

    /// The session as far as it can outlive this process. There is none while a login is on its way, or has had no
    /// answer: it may have ended the session.
    var resumable: Held? { state.withLock { $0.isLoggingIn ? nil : $0.held } }

    /// The session that a new link should be bound to, if there is one. A link that was lost while that was tried may
    /// have been closed for it, so the next one is not for the same; unless nothing else can be done.
    ///
    /// - Parameter canLogIn: whether that can be done instead.
    func bindable(canLogIn: Bool) -> Held? {
        state.withLock { state in
            guard let held = state.held, !state.isLoggingIn, held.binding != .none,
                held.generation != state.tried || !canLogIn
            else { return nil }
            state.tried = held.generation
            return held
        }
    }

    /// The session has a new link, so it can be had again.
    func bound(generation: Int) {
        state.withLock { state in
            state.tried = nil
            if state.held?.generation == generation { state.held?.binding = .announced }
        }
    }

    /// A login leaves. The server may end the present session from here on.
    func loginBegins() {
        state.withLock { state in
            state.isLoggingIn = true
            state.hasLostLogin = state.hasLostLogin || state.isUnanswered
            state.isUnanswered = true
        }
    }

    /// The login has an answer, whatever it says.
    func loginAnswered() { state.withLock { $0.isUnanswered = false } }

    /// There is a session: a login succeeded, or an earlier process left one.
    func install(
        _ session: Session, name: String, binding: Binding = .none, now: ContinuousClock.Instant = .now
    ) {
        let waiters = state.withLock { state in
            state.doubtedUntil = state.hasLostLogin ? now + Self.latest : nil
            state.hasLostLogin = false
            state.generation += 1
            state.held = Held(
                session: session, name: name, generation: state.generation, binding: binding)
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

    /// So late a login without an answer may take effect.
    private static let latest = Duration.seconds(60)

    /// What word that somebody else logged in means.
    enum Kick {
        /// Somebody else did.
        case theirs
        /// It is about a session that our own new login has ended, or is about to.
        case stale
        /// An earlier login of our own took effect late. It takes one more login; said once.
        case ours
    }

    /// What it means that the session of this generation was ended by a login.
    func kick(generation: Int?, now: ContinuousClock.Instant = .now) -> Kick {
        state.withLock { state in
            guard let generation, state.held?.generation == generation, !state.isLoggingIn else {
                return .stale
            }
            guard let limit = state.doubtedUntil, now < limit else { return .theirs }
            state.doubtedUntil = nil
            state.held = nil
            state.isLoggingIn = true
            return .ours
        }
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
