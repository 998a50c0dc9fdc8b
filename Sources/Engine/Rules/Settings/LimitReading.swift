package import Store

extension SendLimits {
    /// On the embedded server, which is the owner's own.
    package static let embedded = SendLimits(
        account: Rate(interval: .milliseconds(50), burst: 40),
        chat: Rate(interval: .milliseconds(200), burst: 10),
        group: Rate(interval: .milliseconds(200), burst: 10))

    /// On any other server: careful by choice, not anyone's published limit.
    package static let elsewhere = SendLimits(
        account: Rate(interval: .seconds(3), burst: 3), chat: Rate(interval: .milliseconds(1500), burst: 1),
        group: Rate(interval: .seconds(5), burst: 1))
}

/// What one `limits` says; what it leaves out is nil.
struct LimitChanges {
    var account: Duration?
    var chat: Duration?
    var group: Duration?
    var burst: Int?

    init(_ node: Node?, in reading: Reading) {
        guard let node, !node.isBlank, let fields = Fields(node, .limits, in: reading) else { return }
        guard let messages = fields["messages"], !messages.isBlank else { return }
        guard let rates = Fields(messages, .messageLimits, in: reading) else { return }
        account = rates["per_account"].flatMap(reading.interval)
        chat = rates["per_chat"].flatMap(reading.interval)
        group = rates["per_group"].flatMap(reading.interval)
        burst = rates["burst"].flatMap { reading.count($0, in: 1...100_000) }
    }

    /// `limits` with what is said here in place of what is said there. A chat's burst is a quarter of the account's.
    func applied(to limits: SendLimits) -> SendLimits {
        var limits = limits
        limits.account.interval = account ?? limits.account.interval
        limits.chat.interval = chat ?? limits.chat.interval
        limits.group.interval = group ?? limits.group.interval
        if let burst {
            limits.account.burst = burst
            limits.chat.burst = max(1, burst / 4)
            limits.group.burst = max(1, burst / 4)
        }
        return limits
    }
}
