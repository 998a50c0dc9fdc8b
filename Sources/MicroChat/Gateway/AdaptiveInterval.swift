import BotKit

/// Finds the longest time that a network lets a link be silent (MicroChat wire protocol, section 5.1). Owns no clock.
struct AdaptiveInterval: Hashable, Sendable, Codable {
    static let shortest = 210
    static let longest = 580
    private static let step = 60
    private static let stepBack = 80
    private static let probe = 20
    private static let successesForStep = 5
    private static let failuresForStepBack = 2
    private static let stableTime = Duration.seconds(7 * 86_400)
    /// The first heartbeats of each connection, always at the shortest interval.
    private static let firstOfConnection = 3

    /// The interval under trial, or found, in seconds.
    private(set) var seconds = shortest
    /// Since when it has been known to be right.
    private(set) var stableSince: Timestamp?
    private var successes = 0
    private var failures = 0
    private var ofConnection = 0

    init() {}

    // How far a connection has come is no matter of the network's.
    private enum CodingKeys: String, CodingKey { case seconds, stableSince, successes, failures }

    /// How long the link may be silent until the next heartbeat.
    var current: Duration {
        .seconds(isBeginning ? Self.shortest : min(max(seconds, Self.shortest), Self.longest))
    }

    private var isBeginning: Bool { ofConnection < Self.firstOfConnection }

    /// A new connection.
    mutating func connected() { ofConnection = 0 }

    /// The link was silent for `current`, and still carried what came after.
    mutating func succeeded(at now: Timestamp) {
        if isBeginning {
            ofConnection += 1
            return
        }
        failures = 0
        successes += 1
        if let since = stableSince {
            guard now - since >= Self.stableTime else { return }
            move(to: seconds + Self.probe)
            stableSince = now
        } else if successes >= Self.successesForStep {
            move(to: seconds + Self.step)
        }
    }

    /// The link was silent for `current`, and the heartbeat after that was missed.
    mutating func failed(at now: Timestamp) {
        // Fails at the shortest interval too: the network is poor, which says nothing about how long it is patient.
        guard !isBeginning else { return }
        successes = 0
        failures += 1
        guard failures >= Self.failuresForStepBack else { return }
        if stableSince == nil {
            move(to: seconds - Self.stepBack)
            stableSince = now
        } else {
            move(to: Self.shortest)
            stableSince = nil
        }
    }

    private mutating func move(to interval: Int) {
        seconds = min(max(interval, Self.shortest), Self.longest)
        (successes, failures) = (0, 0)
    }
}
