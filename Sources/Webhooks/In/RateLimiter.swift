/// Counts how often each key comes: GCRA, whose only state is when a key would next be on time.
struct RateLimiter<Key: Hashable> {
    private let rate: WebhookLimits.Rate
    private let capacity: Int
    private var onTime: [Key: ContinuousClock.Instant] = [:]
    /// Shared by those for whom there is no room.
    private var othersOnTime: ContinuousClock.Instant?
    private var lastCleaning: ContinuousClock.Instant?

    /// - Parameter capacity: how many keys are remembered at once.
    init(_ rate: WebhookLimits.Rate, capacity: Int = 10_000) {
        self.rate = rate
        self.capacity = capacity
    }

    /// Counts one, which must wait that long: zero if it may come now. One that has to wait costs nothing.
    mutating func delay(for key: Key, at now: ContinuousClock.Instant) -> Duration {
        if onTime.count >= capacity, onTime[key] == nil { clean(at: now) }
        let hasRoom = onTime[key] != nil || onTime.count < capacity
        let due = max((hasRoom ? onTime[key] : othersOnTime) ?? now, now)
        let early = due - now - rate.interval * (rate.burst - 1)
        guard early <= .zero else { return early }
        if hasRoom { onTime[key] = due + rate.interval } else { othersOnTime = due + rate.interval }
        return .zero
    }

    /// Forgets those that are on time, who lose nothing by it; at most once a second, since it looks at all.
    private mutating func clean(at now: ContinuousClock.Instant) {
        if let lastCleaning, now - lastCleaning < .seconds(1) { return }
        lastCleaning = now
        onTime = onTime.filter { $0.value > now }
    }
}
