import BotKit
import Foundation
import Logging
import MicroChatWire

/// Where an account's server is: what it was told, what the name service and DNS say, where logins were sent, and how
/// each address did lately (MicroChat wire protocol, section 3).
actor AddressBook {
    /// Where names are looked up.
    struct Sources: Sendable {
        /// Asks the name service; nil if there is none.
        var list: (@Sendable () async throws -> AddressList)?
        /// Ordinary DNS; empty if a name is not known.
        var addresses: @Sendable (_ name: String) async -> [String]
    }

    private let told: ServerAddresses
    private let memory: any GatewayMemory
    private let clock: any WallClock
    private let logger: Logger
    private let sources: Sources
    private var names = NameCache()
    private var kept: AddressMemory
    private var isLoaded = false
    private var isSaving = false
    private var isDirty = false
    /// What was last made of the usual sources.
    private var lookedUp: [LinkKind: [Candidate]] = [:]
    /// Links that were sent elsewhere just now: for once, there is no way back.
    private var isFresh: Set<LinkKind> = []

    init(
        _ told: ServerAddresses, sources: Sources, memory: any GatewayMemory, clock: any WallClock,
        logger: Logger
    ) {
        self.told = told
        self.memory = memory
        self.clock = clock
        self.logger = logger
        self.sources = sources
        kept = AddressMemory(of: told)
    }

    // MARK: Addresses

    /// The addresses to try now, best first; five at most.
    func candidates(for link: LinkKind) async -> [Candidate] {
        let pool = redirected(link)
        if isFresh.contains(link) {
            return .choose(normal: pool, backup: [], records: kept.records, now: clock.now)
        }
        let normal = await usual(link)
        let backup = await backups(link)
        return .choose(normal: pool + normal, backup: backup, records: kept.records, now: clock.now)
    }

    /// The addresses that are no backup, banned or not.
    func normal(for link: LinkKind) async -> [Candidate] {
        let normal = redirected(link) + (await usual(link))
        return .choose(normal: normal, backup: [], records: AddressRecords(), now: clock.now)
    }

    private func redirected(_ link: LinkKind) -> [Candidate] {
        guard let pool = kept[link].pool else { return [] }
        return [Candidate](pool.addresses, name: pool.name, of: link)
    }

    /// What the usual sources say, in their order: what the owner set, the address list, DNS.
    private func usual(_ link: LinkKind) async -> [Candidate] {
        let places = told.places(of: link)
        var candidates: [Candidate] = []
        for place in places { candidates += await lookUp(place, of: link) }
        if places.isEmpty {
            if let domains = await list()?.domains(for: link) {
                kept[link].hosts = domains.map(\.name)
                for domain in domains {
                    candidates += [Candidate](domain.addresses.map(\.place), name: domain.name, of: link)
                }
            }
            if candidates.isEmpty {
                for name in kept[link].hosts {
                    let addresses = await addresses(of: name).map { HostAddress(host: $0) }
                    candidates += [Candidate](addresses, name: name, of: link)
                }
            }
        }
        lookedUp[link] = candidates
        return candidates
    }

    private func lookUp(_ place: HostAddress, of link: LinkKind, areBackups: Bool = false) async
        -> [Candidate]
    {
        if place.isIPAddress { return [Candidate]([place], of: link, areBackups: areBackups) }
        var found: [HostAddress] = []
        if !areBackups { found = await list()?.domain(place.host)?.addresses.map(\.place) ?? [] }
        if found.isEmpty { found = await addresses(of: place.host).map { HostAddress(host: $0) } }
        // Whoever opens the connection may know a name that this machine does not.
        if found.isEmpty { found = [HostAddress(host: place.host)] }
        for index in found.indices { found[index].port = place.port ?? found[index].port }
        return [Candidate](found, name: place.host, of: link, areBackups: areBackups)
    }

    /// What the last login found, else what the owner set aside.
    private func backups(_ link: LinkKind) async -> [Candidate] {
        let normal = Set((redirected(link) + (lookedUp[link] ?? [])).map(\.endpoint))
        let remembered = kept[link].remembered.filter { place in
            place.port.map { !normal.contains(Endpoint(host: place.host, port: $0)) } ?? false
        }
        if !remembered.isEmpty {
            let name = kept[link].hosts.first ?? told.places(of: link).first { !$0.isIPAddress }?.host
            return [Candidate](remembered, name: name, of: link, areBackups: true)
        }
        var candidates: [Candidate] = []
        for place in told.backups(of: link) { candidates += await lookUp(place, of: link, areBackups: true) }
        return candidates
    }

    // MARK: Names

    private func list() async -> AddressList? {
        guard let ask = sources.list, names.mayAskForList(at: clock.now) else {
            return names.list(at: clock.now)
        }
        do {
            names.keep(try await ask(), at: clock.now)
        } catch {
            if Task.isCancelled {
                names.listIsNotWanted()
            } else {
                names.listFailed(at: clock.now)
                logger.warning("no addresses from the name service: \(error)")
            }
        }
        return names.list(at: clock.now)
    }

    private func addresses(of name: String) async -> [String] {
        if let known = names.addresses(of: name, at: clock.now) { return known }
        let found = await sources.addresses(name)
        if !Task.isCancelled { names.keep(found, of: name, at: clock.now) }
        return found
    }

    // MARK: What became of them

    /// An address could not be reached, or was of no use.
    func failed(_ endpoint: Endpoint, on link: LinkKind) async {
        isFresh.remove(link)
        if kept.records.failed(endpoint, at: clock.now) { await save() }
    }

    /// An address can be reached again.
    func isReachable(_ endpoint: Endpoint) async {
        if kept.records.succeeded(endpoint, at: clock.now) { await save() }
    }

    /// An address did what it is there for: a login, or the answer to a call.
    func succeeded(_ candidate: Candidate, on link: LinkKind) async {
        isFresh.remove(link)
        var hasChanged = kept.records.succeeded(candidate.endpoint, at: clock.now)
        if link == .long, kept[link].pool != nil,
            !redirected(link).contains(where: { $0.endpoint == candidate.endpoint })
        {
            // Where it was sent is no more, and nobody sent it anywhere else.
            for link in LinkKind.allCases { kept[link].pool = nil }
            isFresh = []
            hasChanged = true
        }
        let found = (lookedUp[link] ?? []).filter { $0.name != nil && !$0.endpoint.isNamed }.prefix(5)
            .map { HostAddress($0.endpoint) }
        // Round-robin DNS only changes the order.
        if !candidate.isBackup, !found.isEmpty, Set(found) != Set(kept[link].remembered) {
            kept[link].remembered = found
            hasChanged = true
        }
        if hasChanged { await save() }
    }

    /// Adopts where a login answer sends each link; a link that it has nothing for stays where it is (section 3.3).
    ///
    /// - Parameters:
    ///   - connected: the address that answered.
    ///   - asked: the link that it was asked on.
    func adopt(
        _ section: Microchat_NetworkSection, from connected: Candidate, on asked: LinkKind = .long
    ) async {
        for link in LinkKind.allCases {
            var hosts = Set(told.places(of: link).map(\.host) + kept[link].hosts)
            if let name = kept[link].pool?.name { hosts.insert(name) }
            if link == asked {
                hosts.formUnion([connected.endpoint.host] + (connected.name.map { [$0] } ?? []))
            }
            guard let pool = AddressPool(section, for: link, hosts: hosts) else { continue }
            logger.notice("the \(link.rawValue) link's addresses are now \(pool.addresses)")
            kept[link].pool = pool
            isFresh.insert(link)
        }
        await save()
    }

    // MARK: Memory

    private static let key = "addresses"

    /// Takes up what an earlier process has learnt.
    func load() async {
        guard !isLoaded else { return }
        isLoaded = true
        do {
            guard let bytes = try await memory.load(Self.key) else { return }
            let remembered = try JSONDecoder().decode(AddressMemory.self, from: Data(bytes))
            // Of another server, if the owner has chosen another.
            if remembered.isOf(told) { kept = remembered }
        } catch {
            logger.warning("cannot read what is remembered of addresses: \(error)")
        }
    }

    /// Saves what is kept. Who comes while another saves leaves it to them.
    private func save() async {
        isDirty = true
        guard !isSaving else { return }
        isSaving = true
        defer { isSaving = false }
        while isDirty {
            isDirty = false
            do {
                try await memory.save([UInt8](JSONEncoder().encode(kept)), as: Self.key)
            } catch {
                logger.warning("cannot remember addresses: \(error)")
            }
        }
    }
}

extension AddressList.Address {
    fileprivate var place: HostAddress { HostAddress(host: ip, port: port) }
}

extension Endpoint {
    fileprivate var isNamed: Bool { !HostAddress(self).isIPAddress }
}
