import BotKit
import Engine
import Foundation
import Logging
import Store

/// A broadcast to a million people: putting them down, handing their messages to the outbox, and seeing each of them out.
func broadcastFigures() async throws -> [Figure] {
    var figures: [Figure] = []
    try await withBenchFolder { folder in
        let store = try Store(path: folder + "/store.sqlite")
        try await store.open(account, now: start)
        for page in stride(from: 0, to: people, by: 10_000) {
            try await befriend(page..<page + 10_000, in: store)
        }
        figures += try await figuresOfOne(in: store, path: folder)
    }
    return figures
}

private let account: AccountID = "bench"
private let start = Timestamp(seconds: 1_800_000_000)
private let people = 1_000_000
/// How many of them get their message here; each is the same work.
private let served = 50_000

private func figuresOfOne(in store: Store, path: String) async throws -> [Figure] {
    let rules = try RulesFile.parse(
        Array(
            """
            version: 1
            rules:
              - id: news
                when: { message: go }
                then: [ { broadcast: { to: { tagged: customer, not_tagged: staff }, text: "Hi {{ recipient.name }}", expires: 1d } } ]
            """.utf8), secrets: EnvironmentSecrets(dataFolder: path)
    ).rules
    let event = Event(
        id: "go", chat: "owner", chatKind: .private, time: start,
        body: .message(Message(sender: "owner", content: .text("go"))))
    _ = try await store.append(event, to: account, now: start)
    let decider = RuleDecider(account: account, rules: LiveRules(rules))
    let pending = try await store.undecided(of: account, after: 0, limit: 1)
    _ = try await store.decide(pending, of: account, lifetime: .seconds(60), now: start) {
        try decider.decide($0, $1)
    }
    let before = residentBytes()
    let gathering = try await ContinuousClock().measure {
        while let broadcast = try await store.openBroadcasts(of: account).first,
            try await store.gather(broadcast, now: start)
        {}
    }
    let clock = StandingClock(now: start)
    let broadcasts = Broadcasts(
        account: account, store: store, limits: SendLimits(), usualPace: nil, moved: Signal(), clock: clock,
        logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }, queued: {})
    var sent = 0
    let sending = try await ContinuousClock().measure {
        while sent < served {
            _ = try await broadcasts.round()
            let lease = try await store.lease(of: account, limits: SendLimits(), limit: 64, now: start)
            try await store.settle(
                lease.rows.map { (row: $0, result: .sent(Receipt(serverID: "1"))) }, of: account, now: start)
            sent += lease.rows.count
        }
    }
    let growth = Double(max(0, residentBytes() - before)) / Double(1 << 20)
    return [
        Figure(
            what: "broadcast, putting down 1,000,000 recipients", unit: "s", values: [gathering / .seconds(1)]
        ),
        Figure(
            what: "broadcast, messages written, leased and settled", unit: "a second",
            values: [Double(sent) / (sending / .seconds(1))]),
        Figure(what: "broadcast, memory that it takes", unit: "MiB", values: [growth]),
    ]
}

private func befriend(_ numbers: Range<Int>, in store: Store) async throws {
    let contacts = numbers.map {
        Contact(id: "person\($0)", kind: .private, name: "Person \($0)", isFriend: true)
    }
    let changes = Changes(key: SyncKey(bytes: Array("\(numbers.lowerBound)".utf8)), contacts: contacts)
    _ = try await store.append(changes, to: account, now: start)
    // As a rule would do it: so many in one decision.
    let event = Event(
        id: EventID("tag\(numbers.lowerBound)"), chat: .none, chatKind: .private, time: start,
        body: .bot(.started))
    _ = try await store.append(event, to: account, now: start)
    // They became friends, too.
    let pending = try await store.undecided(of: account, after: 0, limit: contacts.count + 1)
    _ = try await store.decide(pending, of: account, lifetime: .seconds(60), now: start) { pending, _ in
        guard case .bot = pending.event.body else { return Decision() }
        return Decision(changes: contacts.map { .tag("customer", on: $0.id, isSet: true) })
    }
}

/// A clock on which no time passes.
private struct StandingClock: WallClock {
    let now: Timestamp
    func sleep(until deadline: Timestamp) async throws { try await Task.sleep(for: .seconds(3600)) }
}
