import NIOCore

/// Wrong passwords in a row, and the waits that they cost.
///
/// Mistakes from a place where the account has logged in are counted apart from those made anywhere else: who guesses at
/// an account can't lock its owner out of the places that the owner uses.
struct PasswordMistakes {
    private struct Place: Hashable {
        let uin: Int32
        /// Nil: anywhere that the account has not logged in from.
        let address: ClientAddress?
    }

    private struct Count {
        var mistakes = 0
        var nextTry = NIODeadline.distantPast
    }

    private let limits: AbuseLimits
    private var counts: RecentlyUsed<Place, Count>
    private var known: RecentlyUsed<Place, Void>

    init(_ limits: AbuseLimits) {
        self.limits = limits
        counts = RecentlyUsed(capacity: limits.memory)
        known = RecentlyUsed(capacity: limits.memory)
    }

    /// Whether a password may be tried now. If so it counts as wrong until it proves right: guesses that are checked at
    /// the same time are counted too.
    mutating func mayTry(_ uin: Int32, from address: ClientAddress, at now: NIODeadline) -> Bool {
        let place = place(uin, address)
        var count = counts[place] ?? Count()
        guard count.nextTry <= now else { return false }
        count.mistakes += 1
        count.nextTry = now + wait(after: count.mistakes)
        counts[place] = count
        return true
    }

    /// The password that was tried was right.
    mutating func wasRight(_ uin: Int32, from address: ClientAddress) {
        counts[place(uin, address)] = nil
    }

    /// The account has logged in from there.
    mutating func loggedIn(_ uin: Int32, from address: ClientAddress) {
        known[Place(uin: uin, address: address)] = ()
    }

    private mutating func place(_ uin: Int32, _ address: ClientAddress) -> Place {
        let own = Place(uin: uin, address: address)
        return known[own] == nil ? Place(uin: uin, address: nil) : own
    }

    private func wait(after mistakes: Int) -> TimeAmount {
        guard mistakes >= limits.freeMistakes else { return .zero }
        let doublings = min(mistakes - limits.freeMistakes, 20)
        return min(limits.firstWait * (1 << doublings), limits.longestWait)
    }
}
