/// Decides when a heartbeat is due and when the link is dead: two missed in a row (MicroChat wire protocol, sections
/// 5.1 and 5.2). Owns no clock and no socket.
struct Heartbeats {
    typealias Instant = ContinuousClock.Instant

    enum Action: Equatable {
        /// Nothing to do before then.
        case wait(until: Instant)
        /// Send a heartbeat now.
        case send
        /// Two in a row were missed: close.
        case giveUp
    }

    private let interval: Duration
    private let timeout: Duration
    private var lastTraffic: Instant
    private var unanswered: Instant?
    private var missed = 0

    init(interval: Duration, timeout: Duration, now: Instant) {
        self.interval = interval
        self.timeout = timeout
        lastTraffic = now
    }

    /// What to do at `now`.
    mutating func next(at now: Instant) -> Action {
        guard let sent = unanswered else {
            let due = lastTraffic + interval
            return now < due ? .wait(until: due) : .send
        }
        guard now >= sent + timeout else { return .wait(until: sent + timeout) }
        missed += 1
        unanswered = nil
        return missed >= 2 ? .giveUp : .send
    }

    /// A heartbeat went out.
    mutating func sent(at now: Instant) {
        unanswered = now
        lastTraffic = now
    }

    /// Another frame went out.
    mutating func wrote(at now: Instant) { lastTraffic = now }

    /// A frame came in, any frame: the link lives.
    mutating func received(at now: Instant) {
        unanswered = nil
        missed = 0
        lastTraffic = now
    }
}
