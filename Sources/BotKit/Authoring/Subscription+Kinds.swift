/// What messages can be, for subscriptions.
public enum MessageKind: String, Hashable, Sendable, CaseIterable {
    /// Written words.
    case text
    /// A picture.
    case image
    /// Something spoken.
    case voice
    /// A video.
    case video
    /// Any other file.
    case file
    /// Somebody's contact card.
    case card
    /// A link with a title.
    case link
    /// A picture emoticon.
    case emoji
    /// What the network explains.
    case system
}

/// What a handler can hear of without a rule. Rules get their turn all the same.
extension Subscription {
    /// Every message of these kinds, in every chat; texts if none is named.
    public static func messages(_ kinds: MessageKind...) -> Subscription {
        Subscription(event: .message, kinds: kinds.isEmpty ? nil : kinds.map(\.rawValue))
    }

    /// Somebody wants to be a friend.
    public static let friendRequests = Subscription(event: .friendRequest)

    /// Somebody is a friend now who was not.
    public static let friendAdded = Subscription(event: .friendAdded)

    /// Somebody is no friend any more.
    public static let friendLost = Subscription(event: .friendLost)

    /// A time comes again and again, `interval` apart; one second is the least. The context has no chat and no sender.
    public static func every(_ interval: Duration) -> Subscription {
        Subscription(event: .timer, every: interval.inSeconds)
    }
}

extension Duration {
    /// So many minutes.
    public static func minutes(_ count: Int64) -> Duration { .seconds(count, times: 60) }

    /// So many hours.
    public static func hours(_ count: Int64) -> Duration { .seconds(count, times: 3600) }

    /// So many times 24 hours.
    public static func days(_ count: Int64) -> Duration { .seconds(count, times: 86_400) }

    /// Kept within what `Int64` holds: a count may be what somebody has written in a chat.
    private static func seconds(_ count: Int64, times factor: Int64) -> Duration {
        let (product, overflow) = count.multipliedReportingOverflow(by: factor)
        return .seconds(overflow ? (count < 0 ? .min : .max) : product)
    }

    package var inSeconds: Double { Double(microseconds) / 1_000_000 }
}
