/// Speaks one network for one account. The engine knows networks through this type alone.
public protocol Gateway: Sendable {
    /// Runs the connection until cancelled: logs in, keeps the link, logs in again after a loss.
    ///
    /// - Parameter notify: told of every change of state, and that there is something to fetch. Called from any task;
    ///   must return at once.
    /// - Throws: `CancellationError` when cancelled. A state that only the owner can end (wrong password, logged in
    ///   elsewhere) is not thrown: it is reported as `.paused`, and `run` returns.
    func run(notify: @escaping @Sendable (GatewayNotice) -> Void) async throws

    /// What changed since `key`, at most one page. A pure read: the network keeps it until it is acknowledged.
    ///
    /// - Parameter key: how much is already stored; nil if nothing ever was.
    func changes(since key: SyncKey?) async throws(GatewayError) -> Changes

    /// Tells the network that everything up to `key` is stored.
    func acknowledge(_ key: SyncKey) async throws(GatewayError)

    /// Sends a batch in which no chat occurs twice. Same `clientID`, same effect, however often.
    ///
    /// - Returns: an outcome for each, in the order of the batch.
    func perform(_ batch: [Outgoing]) async -> [Result<Receipt, GatewayError>]
}

/// What a gateway tells the engine while it runs.
public enum GatewayNotice: Hashable, Sendable {
    /// Logged in, as this person of the network.
    case online(Identity)
    /// The link is gone; the gateway is trying again by itself.
    case offline(reason: String)
    /// Something changed: fetch.
    case changed
    /// Nothing more happens until the owner does something: says what.
    case paused(reason: String)
    /// The link broke because the network did not carry it, not because anybody closed it. `.offline` follows.
    case poorNetwork(reason: String)
    /// Somebody else logged in to the account. `.paused` follows.
    case kicked(reason: String)
    /// The network had forgotten the session, and a new login took its place. `.online` follows.
    case sessionRenewed
}

/// Who an account is on its network.
public struct Identity: Hashable, Sendable {
    /// The network's id of the account's own person.
    public var id: PersonID
    /// The name it shows.
    public var name: String

    /// Who an account is on its network.
    public init(id: PersonID, name: String) {
        self.id = id
        self.name = name
    }
}

/// How much of a network's history is stored. Opaque; only the gateway that made it reads it.
public struct SyncKey: Hashable, Sendable {
    /// The gateway's own encoding.
    public var bytes: [UInt8]

    /// The gateway's own encoding.
    public init(bytes: [UInt8]) { self.bytes = bytes }
}

/// One page of what changed.
public struct Changes: Hashable, Sendable {
    /// What is stored once this page is.
    public var key: SyncKey
    /// In the order they happened.
    public var events: [Event]
    /// People and rooms that are new or different, complete.
    public var contacts: [Contact]
    /// Ids of contacts that are gone.
    public var removedContacts: [String]
    /// Messages of the account's own that the network shows, by the ids they were sent under: they did arrive.
    public var confirmed: [SentMessage]
    /// True if another page waits.
    public var hasMore: Bool

    /// One page of what changed.
    public init(
        key: SyncKey, events: [Event] = [], contacts: [Contact] = [], removedContacts: [String] = [],
        confirmed: [SentMessage] = [], hasMore: Bool = false
    ) {
        self.key = key
        self.events = events
        self.contacts = contacts
        self.removedContacts = removedContacts
        self.confirmed = confirmed
        self.hasMore = hasMore
    }
}

/// Why something did not work, in the only terms that matter to the engine: what to do about it.
public enum GatewayError: Error, Hashable, Sendable {
    /// It had no effect. Try again, at the earliest after this long if the network said so.
    case retry(reason: String, after: Duration? = nil)
    /// The network said no for good: blocked, not a friend.
    case refused(reason: String)
    /// It left, and no answer came. It may have taken effect; only repeating it under the same id is safe.
    case unknown(reason: String)
    /// The network said "too often". It had no effect.
    case slowDown(reason: String)
    /// There is no session. It had no effect; the gateway logs in again by itself.
    case sessionLost(reason: String)

    /// What a person should read.
    public var reason: String {
        switch self {
        case .retry(let reason, _), .refused(let reason), .unknown(let reason), .slowDown(let reason),
            .sessionLost(let reason):
            reason
        }
    }
}
