package import BotKit
import MicroChatWire

/// What an account is told of where its server is (MicroChat wire protocol, section 3.2).
package struct ServerAddresses: Hashable, Sendable {
    /// What gives the addresses of hosts; nil for none.
    package var nameService: HTTPAddress?
    /// Addresses of the long link, or names of its hosts.
    package var longLinks: [HostAddress]
    /// The same for the short link.
    package var shortLinks: [HostAddress]
    /// Where to try the long link once nothing else works and nothing is remembered.
    package var longBackups: [HostAddress]
    /// The same for the short link.
    package var shortBackups: [HostAddress]

    package init(
        nameService: HTTPAddress? = nil, longLinks: [HostAddress] = [], shortLinks: [HostAddress] = [],
        longBackups: [HostAddress] = [], shortBackups: [HostAddress] = []
    ) {
        self.nameService = nameService
        self.longLinks = longLinks
        self.shortLinks = shortLinks
        self.longBackups = longBackups
        self.shortBackups = shortBackups
    }

    func places(of link: LinkKind) -> [HostAddress] { link == .long ? longLinks : shortLinks }
    func backups(of link: LinkKind) -> [HostAddress] { link == .long ? longBackups : shortBackups }

    /// Other for another server: what was learnt of one must not lead an account to it once its owner chose another.
    var fingerprint: String {
        ([nameService?.description ?? ""] + [longLinks, shortLinks].map { "\($0)" }).joined(separator: " ")
    }
}

/// An address to try, with its port.
struct Candidate: Hashable, Sendable {
    let endpoint: Endpoint
    /// The host's name, if it has one.
    var name: String?
    /// Whether it is one of the last resorts.
    var isBackup = false

    /// What an HTTP request calls the server.
    var host: String { Endpoint(host: name ?? endpoint.host, port: endpoint.port).description }
}

extension [Candidate] {
    /// Every address with every port that it may have (section 2.1), each once.
    init(_ addresses: [HostAddress], name: String? = nil, of link: LinkKind, areBackups: Bool = false) {
        self = addresses.flatMap { address in
            (address.port.map { [$0] } ?? link.usualPorts).map { port in
                Candidate(
                    endpoint: Endpoint(host: address.host, port: port), name: name, isBackup: areBackups)
            }
        }
    }

    /// At most five, best first: what is banned is left out, what has just failed comes last, and a backup always has
    /// room (MicroChat wire protocol, section 3.2).
    ///
    /// If all are banned the bans are void: there is nothing better to do than to try.
    static func choose(
        normal: [Candidate], backup: [Candidate], records: AddressRecords, now: Timestamp
    ) -> [Candidate] {
        var seen: Set<Endpoint> = []
        let normal = normal.filter { seen.insert($0.endpoint).inserted }
        let backup = backup.filter { seen.insert($0.endpoint).inserted }
        func best(_ candidates: [Candidate]) -> [Candidate] {
            let allowed = candidates.filter { !records.isBanned($0.endpoint, at: now) }
            let failed = allowed.filter { records.hasJustFailed($0.endpoint, at: now) }
            return allowed.filter { !failed.contains($0) } + failed
        }
        let (good, spare) = (best(normal), best(backup))
        let chosen = good.prefix(spare.isEmpty ? most : most - 1)
        let all = best(Array(chosen) + spare.prefix(most - chosen.count))
        if !all.isEmpty { return all }
        let banned = (normal + backup).enumerated().sorted { left, right in
            let failures = [left, right].map { records.lastFailure(of: $0.element.endpoint) }
            return (failures[0], left.offset) < (failures[1], right.offset)
        }
        return banned.prefix(most).map(\.element)
    }

    private static let most = 5
}
