import MicroChatWire
import NIOCore
import Synchronization

/// Stands before the login: who comes too often, guesses passwords, or repeats what somebody else has said is refused
/// (docs/protocol-extensions.md, "Limits"). In memory, and bounded.
final class LoginGuard: Sendable {
    private struct State {
        var pace: LoginPace
        var mistakes: PasswordMistakes
        var used: RecentlyUsed<LoginFingerprint, Void>
    }

    private let now: @Sendable () -> NIODeadline
    private let state: Mutex<State>

    init(_ limits: AbuseLimits, now: @escaping @Sendable () -> NIODeadline) {
        self.now = now
        state = Mutex(
            State(
                pace: LoginPace(limits), mistakes: PasswordMistakes(limits),
                used: RecentlyUsed(capacity: limits.memory)))
    }

    /// Whether the address may log in now, whoever it is.
    func admits(_ address: ClientAddress) -> Bool {
        state.withLock { $0.pace.admits(address, at: now()) }
    }

    /// Whether this very login has been used: then somebody has recorded it.
    func isUsed(_ login: LoginFingerprint) -> Bool { state.withLock { $0.used[login] != nil } }

    /// Whether a password may be tried. It counts as wrong until `passwordWasRight`.
    func mayTry(_ uin: Int32, from address: ClientAddress) -> Bool {
        state.withLock { $0.mistakes.mayTry(uin, from: address, at: now()) }
    }

    /// The password that was tried is right.
    func passwordWasRight(_ uin: Int32, from address: ClientAddress) {
        state.withLock { $0.mistakes.wasRight(uin, from: address) }
    }

    /// Somebody has proved to be the account's owner.
    ///
    /// - Returns: false if the same login has been used in the meantime.
    func accept(_ login: LoginFingerprint, of uin: Int32, from address: ClientAddress) -> Bool {
        state.withLock { state in
            if state.used[login] != nil { return false }
            state.mistakes.loggedIn(uin, from: address)
            // Only those that worked: repeating another does nothing, and nobody can fill this without a password.
            state.used[login] = ()
            return true
        }
    }
}
