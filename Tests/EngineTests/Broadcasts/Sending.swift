import BotKit
import Engine
import Foundation
import Logging
import Store
import Testing

/// A bot that sends broadcasts to people that the test makes up, step by step and on a clock that the test moves.
final class Sending {
    let store: Store
    let path: String
    let file: RulesFile
    let clock = ManualClock(Timestamp(seconds: 1_795_428_000))
    var limits = SendLimits()
    /// Who got what, in order.
    var heard: [(chat: String, text: String)] = []
    /// What becomes of what is sent; nil for sent.
    var fate: (LeasedRow) -> Settlement? = { _ in nil }
    private var events = 0

    /// - Parameter broadcast: what the rule's step says besides whom it is for and what.
    init(_ broadcast: String = "", to audience: String = "{ tagged: customer }", at path: String? = nil)
        async throws
    {
        self.path = try path ?? temporaryStorePath()
        store = try Store(path: self.path)
        file = try RulesFile.parse(
            Array(
                """
                version: 1
                vars: { headline: "all is well" }
                texts: { many: ["a {{ recipient.id }}", "b {{ recipient.id }}"] }
                quiet_hours: { noon: { from: "12:00", to: "13:00" } }
                rules:
                  - id: news
                    when: { message: go }
                    then: [ { broadcast: { to: \(audience), text: "{{ recipient.name }}: {{ vars.headline }}", \(broadcast) } } ]
                  - { id: many, when: { message: many }, then: [ { broadcast: { to: \(audience), text: texts.many } } ] }
                  - { id: calm, quiet: noon, when: { message: calm }, then: [ { broadcast: { to: \(audience), text: x, \(broadcast) } } ] }
                """.utf8), secrets: NoSecrets())
        try await store.open(bot, now: clock.now)
    }

    private(set) lazy var service = Broadcasts(
        account: bot, store: store, limits: limits, usualPace: nil, moved: Signal(), clock: clock,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, queued: {})

    /// Makes people up: friends with a tag, called P1, P2 and so on.
    func know(_ count: Int, tag: String = "customer") async throws {
        let contacts = (1...count).map {
            Contact(id: "p\($0)", kind: .private, name: "P\($0)", isFriend: true)
        }
        let changes = Changes(key: SyncKey(bytes: [1]), contacts: contacts)
        _ = try await store.append(changes, to: bot, now: clock.now)
        for contact in contacts { try await store.setTag(tag, on: contact.id, of: bot, to: true) }
    }

    /// Somebody says something, and the rules decide.
    func say(_ text: String) async throws {
        events += 1
        let event = Event(
            id: EventID("e\(events)-\(clock.now.microseconds)"), chat: "owner", chatKind: .private,
            time: clock.now, body: .message(Message(sender: "owner", content: .text(text))))
        _ = try await store.append(event, to: bot, now: clock.now)
        let pending = try await store.undecided(of: bot, after: 0, limit: 10)
        let decider = RuleDecider(account: bot, rules: LiveRules(file.rules))
        _ = try await store.decide(pending, of: bot, lifetime: .seconds(3600), now: clock.now) {
            try decider.decide($0, $1)
        }
    }

    /// Lets everything happen that can happen without the clock.
    func work() async throws {
        while true {
            while let next = try await service.round(), next <= clock.now {}
            if try await leave() == 0 { return }
        }
    }

    /// Sends what may leave.
    @discardableResult
    func leave() async throws -> Int {
        let lease = try await store.lease(of: bot, limits: limits, limit: 64, now: clock.now)
        var settlements: [(row: LeasedRow, result: Settlement)] = []
        for row in lease.rows {
            let result = fate(row) ?? .sent(Receipt(serverID: "s"))
            if case .send(.text(let text), _) = row.outgoing.effect, case .sent = result {
                heard.append((row.outgoing.chat.rawValue, text))
            }
            settlements.append((row, result))
        }
        try await store.settle(settlements, of: bot, limits: limits, now: clock.now)
        return lease.rows.count + (lease.settled.hasMovedBroadcasts ? 1 : 0)
    }

    /// Moves the clock, a step at a time, and lets happen what happens then.
    func pass(_ length: Duration, step: Duration = .seconds(10)) async throws {
        let end = clock.now + length
        while clock.now < end {
            clock.advance(by: min(step, end - clock.now))
            try await work()
        }
    }

    func broadcast(_ number: Int64 = 1) async throws -> StoredBroadcast {
        try #require(try await store.broadcasts(number).first)
    }

    func change(_ change: BroadcastChange) async throws -> String? {
        try await store.change(change, 1, of: bot, now: clock.now)
    }
}
