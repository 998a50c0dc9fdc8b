import BotKit

/// How long a link is left silent before a heartbeat (MicroChat wire protocol, section 5.1).
package enum HeartbeatPace: Hashable, Sendable {
    /// Always so long; 1 s to 600 s.
    case fixed(Duration)
    /// As long as the network is found to allow.
    case adaptive
}

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

    /// The machine, or this program, stood still for so long beyond the interval: the link is doubtful (section 5.2).
    static let longSleep = Duration.seconds(15 * 60)

    private let timeout: Duration
    private let timeoutAfterSleep: Duration
    /// What is known of the network, if the interval is to be found.
    private(set) var adaptive: AdaptiveInterval?
    private let fixed: Duration
    private var lastTraffic: Instant
    private var unanswered: (sent: Instant, timeout: Duration)?
    /// Whether the heartbeat on its way tells how long the network is patient: a first one, after a silence.
    private var isMeasuring = false
    private var isDoubtful = false
    private var missed = 0

    /// A new connection.
    ///
    /// - Parameter interval: what is known of the network, to find the interval; nil for the fixed one.
    init(
        fixed: Duration = .zero, adaptive interval: AdaptiveInterval? = nil, timeout: Duration,
        timeoutAfterSleep: Duration = .seconds(5), now: Instant
    ) {
        self.fixed = fixed
        self.timeout = timeout
        self.timeoutAfterSleep = min(timeout, timeoutAfterSleep)
        adaptive = interval
        adaptive?.connected()
        lastTraffic = now
    }

    private var interval: Duration { adaptive?.current ?? fixed }

    /// What to do at `now`.
    mutating func next(at now: Instant, time: Timestamp) -> Action {
        guard let (sent, timeout) = unanswered else {
            let due = lastTraffic + interval
            guard now >= due || isDoubtful else { return .wait(until: due) }
            isDoubtful = isDoubtful || now - due > Self.longSleep
            isMeasuring = !isDoubtful
            return .send
        }
        guard now >= sent + timeout else { return .wait(until: sent + timeout) }
        if isMeasuring { adaptive?.failed(at: time) }
        isMeasuring = false
        missed += 1
        unanswered = nil
        return missed >= 2 ? .giveUp : .send
    }

    /// A heartbeat went out.
    mutating func sent(at now: Instant) {
        unanswered = (now, isDoubtful ? timeoutAfterSleep : timeout)
        lastTraffic = now
    }

    /// Another frame went out.
    mutating func wrote(at now: Instant) { lastTraffic = now }

    /// A frame came in, any frame: the link lives.
    mutating func received(at now: Instant, time: Timestamp) {
        if unanswered != nil, isMeasuring { adaptive?.succeeded(at: time) }
        isMeasuring = false
        isDoubtful = false
        unanswered = nil
        missed = 0
        lastTraffic = now
    }

    /// The machine slept, or has another network now: ask at once, and wait less for the answer.
    mutating func doubt() {
        isDoubtful = true
        isMeasuring = false
        unanswered = nil
    }
}
