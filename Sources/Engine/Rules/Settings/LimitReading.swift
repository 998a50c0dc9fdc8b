import BotKit
package import Store

extension SendLimits {
    /// On the embedded server, which is the owner's own.
    package static let embedded = SendLimits(
        account: Rate(interval: .milliseconds(50), burst: 40),
        chat: Rate(interval: .milliseconds(200), burst: 10),
        group: Rate(interval: .milliseconds(200), burst: 10))

    /// On any other server: careful by choice, not anyone's published limit.
    package static let elsewhere: SendLimits = {
        var limits = SendLimits(warmUp: WarmUp(from: 0.2, over: .seconds(14 * 86_400)))
        limits[.messages] = KindLimits(
            account: Rate(interval: .seconds(3), burst: 3),
            chat: Rate(interval: .milliseconds(1500), burst: 1),
            group: Rate(interval: .seconds(5), burst: 1), perDay: 600, jitter: 0.3)
        limits[.friendAccepts] = KindLimits(account: Rate(interval: .seconds(60), burst: 1), perDay: 30)
        limits[.friendRequests] = KindLimits(perDay: 10)
        limits[.invites] = KindLimits(account: Rate(interval: .seconds(3), burst: 3))
        limits[.lookups] = KindLimits(account: Rate(interval: .seconds(3), burst: 1))
        return limits
    }()
}

/// What one `limits` says; what it leaves out is nil.
struct LimitChanges {
    private var kinds: [(kind: ActionKind, changes: KindChanges)] = []
    /// The outer nil: nothing is said. The inner: `none`.
    private var warmUp: WarmUp??
    private var whenSlowed: SlowedChanges?

    init(_ node: Node?, in reading: Reading) {
        guard let node, !node.isBlank, let fields = Fields(node, .limits, in: reading) else { return }
        for kind in ActionKind.ofLimits {
            guard let node = fields[kind.rawValue], !node.isBlank else { continue }
            let keys: Keys = kind.hasChats ? .messageLimits : .actionLimits
            guard let fields = Fields(node, keys, in: reading) else { continue }
            kinds.append((kind, KindChanges(fields, in: reading)))
        }
        warmUp = fields["warm_up"].flatMap { Self.warmUp($0, in: reading) }
        whenSlowed = fields["when_slowed"].flatMap { Fields($0, .whenSlowed, in: reading) }
            .map { SlowedChanges($0, in: reading) }
    }

    private static func warmUp(_ node: Node, in reading: Reading) -> WarmUp?? {
        if reading.isNone(node) { return .some(nil) }
        guard let fields = Fields(node, .warmUp, in: reading) else { return nil }
        let usual = WarmUp(from: 0.2, over: .seconds(14 * 86_400))
        return WarmUp(
            from: fields["from"].flatMap(reading.share) ?? usual.from,
            over: fields["over"].flatMap(reading.length) ?? usual.over)
    }

    /// `limits` with what is said here in place of what is said there.
    func applied(to limits: SendLimits) -> SendLimits {
        var limits = limits
        for (kind, changes) in kinds { limits[kind] = changes.applied(to: limits[kind]) }
        if let warmUp { limits.warmUp = warmUp }
        limits.whenSlowed = whenSlowed?.applied(to: limits.whenSlowed) ?? limits.whenSlowed
        return limits
    }
}

extension ActionKind {
    /// The kinds that `limits` has, in the order of its keys.
    static let ofLimits = allCases.filter { $0 != .webhooks }

    /// Whether its actions are in chats, which may be limited each for itself.
    var hasChats: Bool { self == .messages || self == .messagesToStrangers }
}

/// What `limits` says of one kind of action.
private struct KindChanges {
    private let account: Duration?
    private let chat: Duration?
    private let group: Duration?
    private let burst: Int?
    /// The outer nil: nothing is said. The inner: `none`.
    private var perDay: Int??
    private let jitter: Double?

    init(_ rates: Fields, in reading: Reading) {
        account = rates["per_account"].flatMap(reading.interval)
        chat = rates["per_chat"].flatMap(reading.interval)
        group = rates["per_group"].flatMap(reading.interval)
        burst = rates["burst"].flatMap { reading.count($0, in: 1...100_000) }
        jitter = rates["jitter"].flatMap(reading.percent).map { $0 / 100 }
        if let node = rates["per_day"] {
            perDay = reading.isNone(node) ? .some(nil) : reading.count(node, in: 1...1_000_000)
        }
    }

    /// A chat's burst is a quarter of the account's.
    func applied(to limits: KindLimits) -> KindLimits {
        func rate(_ interval: Duration?, _ burst: Int?, or old: Rate?) -> Rate? {
            guard let interval = interval ?? old?.interval else { return nil }
            return Rate(interval: interval, burst: burst ?? old?.burst ?? 1)
        }
        let ofChat = burst.map { max(1, $0 / 4) }
        return KindLimits(
            account: rate(account, burst, or: limits.account), chat: rate(chat, ofChat, or: limits.chat),
            group: rate(group, ofChat, or: limits.group), perDay: perDay ?? limits.perDay,
            jitter: jitter ?? limits.jitter)
    }
}

/// What `when_slowed` says.
private struct SlowedChanges {
    private let rate: Double?
    private let pause: Duration?
    private let recoverPerHour: Double?

    init(_ fields: Fields, in reading: Reading) {
        rate = fields["rate"].flatMap(reading.part)
        pause = fields["pause"].flatMap(reading.length)
        recoverPerHour = fields["recover"].flatMap(reading.recovery)
    }

    func applied(to slowed: WhenSlowed) -> WhenSlowed {
        WhenSlowed(
            rate: rate ?? slowed.rate, pause: pause ?? slowed.pause,
            recoverPerHour: recoverPerHour ?? slowed.recoverPerHour)
    }
}

extension Reading {
    /// `20%`, as a part of 1 that is not nothing.
    fileprivate func share(_ node: Node) -> Double? {
        guard let percent = percent(node) else { return nil }
        if percent > 0 { return percent / 100 }
        error("expected a share of more than 0%", at: node.position)
        return nil
    }

    /// `half`, or a share.
    fileprivate func part(_ node: Node) -> Double? {
        if case .scalar(let scalar) = node.content, scalar.text == "half" { return 0.5 }
        return share(node)
    }

    /// `10% per hour`, as a part of 1 in an hour.
    fileprivate func recovery(_ node: Node) -> Double? {
        if case .scalar(let scalar) = node.content {
            let words = scalar.text.split(separator: " ")
            if words.count == 3, words[1] == "per", words[0].hasSuffix("%"),
                let percent = Double(words[0].dropLast()), percent > 0, percent <= 100,
                let unit = unit(words[2])
            {
                return percent / 100 * 3.6e9 / Double(unit.microseconds)
            }
        }
        error("expected a recovery such as 10% per hour", at: node.position)
        return nil
    }
}
