import NIOCore

/// How fast each address may log in: GCRA, whose only state is when an address would next be on time.
struct LoginPace {
    private let limits: AbuseLimits
    private var onTime: RecentlyUsed<ClientAddress, NIODeadline>

    init(_ limits: AbuseLimits) {
        self.limits = limits
        onTime = RecentlyUsed(capacity: limits.memory)
    }

    /// Counts a login; one that is not admitted costs nothing.
    mutating func admits(_ address: ClientAddress, at now: NIODeadline) -> Bool {
        let rate = address.isLocal ? limits.localLogins : limits.logins
        let interval = TimeAmount.nanoseconds(1_000_000_000 / Int64(rate.perSecond))
        let next = max(onTime[address] ?? now, now)
        guard next - now <= interval * (rate.burst - 1) else { return false }
        onTime[address] = next + interval
        return true
    }
}
