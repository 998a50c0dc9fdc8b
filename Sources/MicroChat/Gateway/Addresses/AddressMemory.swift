import BotKit
import MicroChatWire

/// What an account remembers of its server's addresses across restarts.
struct AddressMemory: Sendable, Codable {
    /// What is remembered of one link.
    struct Link: Sendable, Codable {
        /// Where a login answer sent it; goes before everything else.
        var pool: AddressPool?
        /// Where names led when it last worked.
        var remembered: [HostAddress] = []
        /// The hosts that the address list named.
        var hosts: [String] = []
    }

    private let server: String
    private var links: [String: Link] = [:]
    var records = AddressRecords()

    init(of server: ServerAddresses) { self.server = server.fingerprint }

    /// Whether this is about that server.
    func isOf(_ server: ServerAddresses) -> Bool { self.server == server.fingerprint }

    subscript(link: LinkKind) -> Link {
        get { links[link.rawValue] ?? Link() }
        set { links[link.rawValue] = newValue }
    }
}

/// What names lead to, for as long as that may be believed.
struct NameCache: Sendable {
    private struct Entry<Value: Sendable>: Sendable {
        var value: Value
        var since: Timestamp
        var lifetime: Duration

        /// A clock that was set back ends it too.
        func isFresh(at now: Timestamp) -> Bool { now >= since && now - since < lifetime }
    }

    /// After a failure, nobody is asked again for so long.
    private static let pause = Duration.seconds(5)
    /// The system does not say for how long DNS holds.
    private static let lifetimeOfAddresses = Duration.seconds(60)

    private var list: Entry<AddressList?>?
    private var hosts: [String: Entry<[String]>] = [:]
    private var isAsking = false

    /// The list; nil if there is none that holds. While somebody asks for the next one, the last one serves the others.
    func list(at now: Timestamp) -> AddressList? {
        guard let list, isAsking || list.isFresh(at: now) else { return nil }
        return list.value
    }

    /// Whether it is time to ask for the list; who is told so must ask, and say what came of it.
    mutating func mayAskForList(at now: Timestamp) -> Bool {
        if isAsking || list?.isFresh(at: now) == true { return false }
        isAsking = true
        return true
    }

    mutating func keep(_ list: AddressList, at now: Timestamp) {
        isAsking = false
        let timeout = list.domains.map(\.timeout).min() ?? 600
        self.list = Entry(value: list, since: now, lifetime: .seconds(min(max(timeout, 1), 86_400)))
    }

    mutating func listFailed(at now: Timestamp) {
        isAsking = false
        list = Entry(value: nil, since: now, lifetime: Self.pause)
    }

    /// Whoever asked has gone; that says nothing about the name service.
    mutating func listIsNotWanted() { isAsking = false }

    /// What DNS said; nil if it has to be asked.
    func addresses(of name: String, at now: Timestamp) -> [String]? {
        hosts[name].flatMap { $0.isFresh(at: now) ? $0.value : nil }
    }

    mutating func keep(_ addresses: [String], of name: String, at now: Timestamp) {
        hosts[name] = Entry(
            value: addresses, since: now, lifetime: addresses.isEmpty ? Self.pause : Self.lifetimeOfAddresses)
    }
}
