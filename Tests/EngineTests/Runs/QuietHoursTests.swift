import BotKit
import Engine
import Foundation
import Store
import Testing

@Suite struct `Quiet hours` {
    private func conversation(_ quiet: String, more: String = "") throws -> Conversation {
        try Conversation(
            """
            version: 1
            bot: { timezone: Europe/Berlin }
            quiet_hours:
              night: { from: "22:30", to: "08:00" }
              lunch: { from: "12:00", to: "13:00", days: weekdays, then: drop, except: "user:Boss" }
            defaults: { quiet: night }
            rules:
              - { id: r, when: { message: {} }, \(quiet) then: [ { reply: "hi" }, { tag: x } ] }
            """)
    }

    private func quiet(_ rule: String, at time: String, from person: String = "Ann") throws -> QuietTime? {
        var conversation = try conversation(rule)
        conversation.now = try #require(conversation.file.bot.moment(of: time))
        conversation.sender = Contact(id: "p1", kind: .private, name: person, isFriend: true)
        conversation.state.contacts = [conversation.sender]
        let actions = conversation.decision(.text("x")).actions
        guard case .perform(.send, _, _, let terms)? = actions.first else { return nil }
        return terms.quiet
    }

    /// A quiet time in words of the bot's clock.
    private func span(_ from: String, _ to: String, drops: Bool = false) throws -> QuietTime {
        let bot = BotSettings(timezone: "Europe/Berlin")
        return QuietTime(
            from: try #require(bot.moment(of: from)), to: try #require(bot.moment(of: to)), drops: drops)
    }

    @Test func `are those of the rule, now or next`() throws {
        #expect(try quiet("", at: "2026-11-23 10:00") == span("2026-11-23 22:30", "2026-11-24 08:00"))
        #expect(try quiet("", at: "2026-11-23 07:59") == span("2026-11-22 22:30", "2026-11-23 08:00"))
        #expect(try quiet("", at: "2026-11-23 08:00") == span("2026-11-23 22:30", "2026-11-24 08:00"))
        #expect(try quiet("quiet: none,", at: "2026-11-23 23:00") == nil)
        let lunch = "quiet: lunch,"
        #expect(
            try quiet(lunch, at: "2026-11-27 12:30")
                == span("2026-11-27 12:00", "2026-11-27 13:00", drops: true))
        #expect(
            try quiet(lunch, at: "2026-11-27 13:00")
                == span("2026-11-30 12:00", "2026-11-30 13:00", drops: true))
        #expect(try quiet(lunch, at: "2026-11-27 12:30", from: "Boss") == nil)
        let own = "quiet: { from: \"00:00\", to: \"24:00\", days: sun },"
        #expect(try quiet(own, at: "2026-11-23 10:00") == span("2026-11-29 00:00", "2026-11-30 00:00"))
        // The night in which the clock is set forward, and the one in which it is set back.
        #expect(try quiet("", at: "2026-03-29 03:30") == span("2026-03-28 22:30", "2026-03-29 08:00"))
        #expect(try quiet("", at: "2026-10-25 02:30") == span("2026-10-24 22:30", "2026-10-25 08:00"))
    }

    @Test func `hold what is to leave, in order, and let the others go`() async throws {
        let store = try Store(path: temporaryStorePath())
        let evening = Timestamp(seconds: 1_795_000_000)
        let (night, morning) = (evening + .seconds(3600), evening + .seconds(10 * 3600))
        try await store.open("bot", now: evening)
        func decide(_ texts: [(String, SendTerms)], at time: Timestamp, in chat: ChatID = "ann") async throws
        {
            let event = Event(
                id: EventID("e\(time.microseconds)\(chat)"), chat: chat, chatKind: .private, time: time,
                body: .message(Message(sender: "ann", content: .text("x"))))
            #expect(try await store.append(event, to: "bot", now: time))
            let pending = try await store.undecided(of: "bot", after: 0, limit: 10)
            _ = try await store.decide(pending, of: "bot", lifetime: .seconds(7200), now: time) {
                pending, _ in
                Decision(
                    actions: texts.map {
                        .perform(.send(.text($0.0)), in: pending.event.chat, rule: "r", terms: $0.1)
                    })
            }
        }
        func leave(at time: Timestamp) async throws -> [String] {
            var texts: [String] = []
            while true {
                let lease = try await store.lease(of: "bot", limits: nil, limit: 10, now: time)
                if lease.rows.isEmpty { return texts }
                for row in lease.rows {
                    if case .send(.text(let text), _) = row.outgoing.effect { texts.append(text) }
                }
                try await store.settle(lease.rows.map { ($0, .sent(Receipt())) }, of: "bot", now: time)
            }
        }
        let held = SendTerms(quiet: QuietTime(from: night, to: morning, drops: false))
        let dropped = SendTerms(quiet: QuietTime(from: night, to: morning, drops: true))
        // Decided before the night, and not gone by then.
        try await decide([("1", held), ("2", dropped), ("3", SendTerms()), ("4", held)], at: evening)
        #expect(try await leave(at: night) == ["3"])
        // Decided at night.
        try await decide([("5", held), ("6", dropped)], at: night + .seconds(60))
        #expect(try await leave(at: night + .seconds(60)) == [])
        #expect(try await leave(at: morning + .microseconds(-1)) == [])
        #expect(try await leave(at: morning) == ["1", "4", "5"])
        let counts = try await store.outboxCounts()
        #expect(counts == ["sent": 4, "cancelled": 2])
    }

    @Test func `that there are none of are named`() {
        let text = """
            version: 1
            quiet_hours:
              night: { from: "22:30", to: "22:30" }
              none: { from: "25:00", to: "08:00", then: wait, days: [monday], except: boss }
            rules:
              - { id: a, quiet: nigt, when: { message: a }, then: [ { reply: a } ] }
              - { id: b, quiet: { from: "22:00" }, when: { message: b }, then: [ { reply: b } ] }
            """
        let places = complaints(about: text).split(separator: "\n").filter { $0.hasPrefix("rules.yaml") }
        #expect(
            places.map { $0.split(separator: ":").dropFirst().prefix(2).joined(separator: ":") } == [
                "3:31", "4:3", "4:17", "4:45", "4:58", "4:75", "6:21", "7:21",
            ], "\(places)")
    }
}
