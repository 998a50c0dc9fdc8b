/// What callers of the bot's webhooks may cost.
package struct WebhookLimits: Sendable {
    /// How often, at most: on average, and at once.
    package struct Rate: Sendable {
        /// The time that one call uses up.
        package var interval: Duration
        /// How many may come at once after a silence.
        package var burst: Int

        /// A rate.
        package init(every interval: Duration, burst: Int) {
            self.interval = interval
            self.burst = burst
        }
    }

    /// Bytes of a body.
    package var body = 1 << 20
    /// Proved calls of one path and method, whoever makes them.
    package var ratePerEndpoint = Rate(every: .milliseconds(50), burst: 100)
    /// Requests of one client, proved or not: an IPv4 address, or the 64 bits that an IPv6 customer is given.
    package var ratePerClient = Rate(every: .milliseconds(100), burst: 50)
    /// Open connections. Further ones wait until one closes.
    package var connections = 256
    /// Calls that are being read or written to the journal at the same time.
    package var requests = 64
    /// The time that a connection may be without a complete request head, which bounds both idling and dawdling.
    package var idleTime = Duration.seconds(15)
    /// The time that a body may take to arrive, however steadily, and an answer to leave.
    package var transferTime = Duration.seconds(10)

    /// The usual limits.
    package init() {}
}
