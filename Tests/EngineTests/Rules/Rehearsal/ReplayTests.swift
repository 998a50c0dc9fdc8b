import BotKit
import Engine
import Foundation
import Store
import Testing

/// Every rule here that has more than a text to it is one whose answers depend on what came before.
private let rules = """
    bot: { timezone: Asia/Shanghai }
    texts: { thanks: ["You are welcome", "Any time", "My pleasure"], two: [heads, tails] }
    rules:
      - { id: price, when: { message: { contains: price } }, cooldown: 10m per chat, then: { reply: "10 EUR" } }
      - { id: clock, when: { message: clock }, then: { reply: "{{ today | date('yyyy-MM-dd') }} {{ now | time('HH:mm:ss') }}" } }
      - { id: thanks, when: { message: thanks }, then: { reply: texts.thanks } }
      - { id: toss, when: { message: toss }, then: { reply: texts.two } }
      - { id: luck, when: { message: luck }, if: { chance: 50% }, then: { reply: won }, else: { reply: lost } }
      - { id: limited, when: { message: limited }, limit: 2 per hour per account, then: { reply: yes } }
      - { id: busy, when: { message: busy }, if: { count: { of: messages, within: 1m, at_least: 3 } }, then: { reply: busy }, else: { reply: calm } }
      - { id: visits, when: { message: visit }, then: [ { add: { name: visits, value: 1 } }, { reply: "visit {{ vars.visits }}" } ] }
      - { id: once, when: { message: once }, then: { send: { to: sender, text: once, key: "once {{ sender.id }}" } } }
      - { id: tell, when: { message: tell }, then: { emit: { name: told, data: { who: "{{ sender.id }}" } } } }
      - { id: told, when: { event: { name: told } }, if: { chance: 50% }, then: [ { reply: "told {{ event.data.who }}" }, { emit: { name: again } } ], else: { reply: "not told" } }
      - { id: again, when: { event: { name: again } }, if: { chance: 50% }, then: { reply: again }, else: { reply: "not again" } }
      - { id: friends, when: { friend_request: {} }, then: { accept_friend: { tag: new, remark: "{{ sender.name }}" } } }
      - { id: start, when: { bot: { event: started } }, then: { send: { to: "user:Boss", text: "I am up" } } }
    """

@Suite struct `What has happened, taken through rules once more` {
    /// Two days, in which everything in the rules above is used before and after the noon between them.
    private func past() async throws -> Past {
        let past = try await Past(rules)
        try await past.learn([Contact(id: "boss", kind: .private, name: "Boss", isFriend: true)])
        var id = 0
        for day in [0, 86_400] as [Int64] {
            for round in 0..<8 as Range<Int64> {
                for (place, chat) in (["ann", "bob", "cai"] as [ChatID]).enumerated() {
                    let time = day + round * 400 + Int64(place) * 7
                    for text in [
                        "the price?", "clock", "thanks", "toss", "luck", "limited", "busy", "visit", "once",
                        "tell", "hello",
                    ] {
                        id += 1
                        try await past.say(id, text, in: chat, at: time)
                    }
                }
            }
            let request = FriendRequest(
                person: "dee", name: "Dee", greeting: "hi", source: "6", token: "t\(day)")
            try await past.happen(
                Event(
                    id: EventID("f\(day)"), chat: "dee", chatKind: .private, time: start,
                    body: .friendRequest(request)), at: day + 5000)
            try await past.happen(
                Event(
                    id: EventID("b\(day)"), chat: .none, chatKind: .private, time: start, body: .bot(.started)
                ),
                at: day + 5001)
        }
        return past
    }

    @Test func `sends the same file if it has the same name, since it makes none ready`() {
        func departure(_ name: String, digest: String, mimeType: String = "image/png") -> Departure {
            let media = Media(name: name, mimeType: mimeType, size: 7, digest: digest)
            return Departure(.send(.image(media)), in: "ann", rule: "r")
        }
        let left = departure("menu.png", digest: "ab")
        #expect(departure("menu.png", digest: "", mimeType: "").isAlike(left))
        #expect(!departure("other.png", digest: "").isAlike(left))
        #expect(!departure("menu.png", digest: "cd").isAlike(left))
    }

    @Test(arguments: [0, 1000, 43_200, 87_000] as [Int64])
    func `is the same with the same rules, from wherever it begins`(since: Int64) async throws {
        let report = try await past().replay(since: since)
        // What variables were when the period began is the one thing that cannot be known.
        let lines = report.lines.filter { !$0.hasPrefix("different visits: ") }
        #expect(lines.isEmpty)
        #expect(report.total.same > 50 && report.total.new == 0 && report.total.gone == 0)
        #expect(report.undecided == 0 && report.unreadable == 0 && report.cut == 0)
        #expect((report.total.different == 0) == (since == 0))
        #expect(report.unknownVariables == 3)
        for rule in ["price", "once", "again", "friends", "start"] where since == 0 {
            #expect(report.rules[rule]?.same ?? 0 > 0, "\(rule)")
        }
    }

    /// Somebody who is reminded, somebody who is asked, and somebody who has to wait for their turn.
    private static let waiting = """
        rules:
          - id: remind
            when: { message: { matches: '^remind (?<what>.*)$' } }
            then: [ { reply: "I will" }, { wait: 10s }, { reply: "{{ match.what }}!" } ]
          - id: book
            when: { message: book }
            mode: restart
            then:
              - ask: { text: "How many?", expect: number, save_as: people, timeout: 1m }
              - reply: "for {{ people }}"
          - id: more
            when: { message: { matches: '.' } }
            then: [ { reply: "what?" } ]
        """

    private func waitingPast() async throws -> Past {
        let past = try await Past(Self.waiting)
        try await past.say(1, "remind milk", at: 0)
        try await past.say(2, "remind eggs", at: 2)
        try await past.say(3, "book", in: "bob", at: 3)
        try await past.say(4, "many", in: "bob", at: 4)
        try await past.say(5, "7", in: "bob", at: 5)
        try await past.say(6, "7", in: "bob", at: 6)
        try await past.pass(to: 10)
        try await past.pass(to: 20)
        try await past.say(7, "book", in: "eve", at: 30)
        try await past.pass(to: 90)
        try await past.say(8, "7", in: "eve", at: 91)
        return past
    }

    @Test func `goes through waits, turns and questions as the record did`() async throws {
        let report = try await waitingPast().replay()
        #expect(report.lines.isEmpty)
        #expect(report.total.same == 10 && report.afterWaits == 0)
    }

    @Test func `shows what would be said after a wait, or to another answer`() async throws {
        let changed = Self.waiting.replacing("{{ match.what }}!", with: "{{ match.what }}?")
            .replacing("expect: number", with: "expect: text")
        let report = try await waitingPast().replay(changed)
        #expect(
            report.lines == [
                "different remind: milk! > milk?", "different remind: eggs! > eggs?",
                // "many" is an answer now, and the number after it is none any more.
                "different book: Please answer with a number. > for many", "gone book: for 7 > -",
                "new more: - > what?",
            ])
        #expect(report.afterWaits == 0)
    }

    @Test func `shows what is new, gone and different, and why something is gone`() async throws {
        let past = try await Past(
            """
            rules:
              - { id: price, when: { message: { contains: price } }, then: { reply: "10 EUR" } }
              - { id: hello, when: { message: hello }, then: { reply: "Hi" } }
              - { id: bye, when: { message: bye }, then: { reply: "Bye" } }
              - { id: old, when: { message: old }, then: { reply: "old" } }
              - { id: twice, when: { message: twice }, then: [ { reply: one }, { reply: two } ] }
              - { id: tell, when: { message: tell }, then: { emit: { name: told } } }
              - { id: told, when: { event: { name: told } }, then: { reply: told } }
            """)
        try await past.learn([
            Contact(id: "ann", kind: .private, name: "Ann", remark: "Ann L", isFriend: true)
        ])
        for (id, text) in ["the price?", "hello", "bye", "old", "twice", "tell", "new"].enumerated() {
            try await past.say(id, text, at: Int64(id))
        }
        try await past.say(9, "hello", in: "bob", at: 100)
        let report = try past.replay(
            """
            rules:
              - { id: price, when: { message: { contains: price } }, then: { reply: "12 EUR" } }
              - { id: hello, when: { message: hello }, cooldown: 1h per account, then: { reply: "Hi" } }
              - { id: greedy, when: { message: { says: [bye, new] } }, then: { reply: "Mine" } }
              - { id: bye, when: { message: bye }, then: { reply: "Bye" } }
              - { id: twice, when: { message: twice }, then: [ { reply: two } ] }
              - { id: told, when: { event: { name: told } }, then: { reply: told } }
            """)
        #expect(
            report.lines == [
                "different price: 10 EUR > 12 EUR", "new greedy: - > Mine", "gone bye: Bye > -",
                "gone old: old > -", "gone twice: one > -", "gone told: told > -", "new greedy: - > Mine",
                "gone hello: Hi > -",
            ])
        #expect(
            report.reasons == [
                "", "", "greedy answers before it", "there is no such rule", "its steps do not say so",
                "no rule emits what started it", "", "cooldown: ran 99 s ago",
            ])
        // That Ann is a friend came in as well.
        #expect(report.events == 9 && report.differingEvents == 7)
        #expect(report.total.same == 2 && report.total.different == 1)
        #expect(report.total.new == 2 && report.total.gone == 5)
        #expect(report.total.before == 8 && report.total.after == 5)
        #expect(report.rules["hello"]?.same == 1 && report.rules["hello"]?.gone == 1)
        #expect(report.chats["bob"]?.gone == 1 && report.chats["bob"]?.differences == 1)
        #expect(report.chatNames["ann"] == "Ann L" && report.listed.first?.senderName == "Ann L")
        // What is not listed is counted all the same.
        let short = try past.replay("rules: []", listing: 2)
        #expect(short.listed.count == 2 && short.differingEvents == 7 && short.total.gone == 8)
    }

    @Test func `has the cool-downs, limits and counts of before`() async throws {
        let past = try await Past(rules)
        try await past.say(1, "price", at: 0)
        try await past.say(2, "limited", at: 1)
        try await past.say(3, "limited", in: "bob", at: 2)
        for id in 4...5 { try await past.say(id, "hm", at: 90 + Int64(id)) }
        // Nothing but the last is replayed.
        try past.change("rules: []")
        try await past.say(10, "price", at: 100)
        try await past.say(11, "limited", in: "cai", at: 101)
        try await past.say(12, "busy", at: 102)
        #expect(try past.replay(rules, since: 100).lines == ["new busy: - > busy"])
        try await past.say(13, "price", at: 600)
        try await past.say(14, "limited", in: "cai", at: 3602)
        #expect(
            try past.replay(rules, since: 100).lines == [
                "new busy: - > busy", "new price: - > 10 EUR", "new limited: - > yes",
            ])
    }

    @Test func `moves on by what the rules change, not by what was changed then`() async throws {
        let old = """
            rules:
              - { id: mark, when: { message: mark }, then: [ { tag: vip }, { set: { name: word, value: old } } ] }
              - { id: say, when: { message: say }, then: { reply: "{{ vars.word | default('none') }} {{ vars.kept | default('-') }}" } }
              - { id: keep, when: { message: keep }, then: { set: { name: kept, value: yes } } }
            """
        let past = try await Past(old)
        try await past.say(1, "keep", at: 0)
        try await past.say(2, "say", at: 10)
        try await past.say(3, "mark", at: 11)
        try await past.say(4, "say", at: 12)
        let report = try past.replay(
            """
            rules:
              - { id: mark, when: { message: mark }, then: [ { set: { name: word, value: new, expires: 1h } } ] }
              - { id: say, when: { message: say }, then: { reply: "{{ vars.word | default('none') }} {{ vars.kept | default('-') }}" } }
              - { id: keep, when: { message: keep }, then: { set: { name: kept, value: yes } } }
            """, since: 5)
        // One variable was changed in the period and is unknown at its start; the other is as it was.
        #expect(report.lines == ["different say: old yes > new yes"])
        #expect(report.unknownVariables == 1)
    }

    @Test func `passes over what it cannot read, and does not compare what is not decided`() async throws {
        let past = try await Past(
            """
            rules:
              - { id: friends, when: { friend_request: {} }, then: { accept_friend: {} } }
              - { id: all, when: { message: {} }, then: { reply: "yes" } }
            """)
        for id in 0..<3 {
            let request = FriendRequest(
                person: "dee", name: "Dee", greeting: "hi", source: "6", token: "t\(id)")
            try await past.happen(
                Event(
                    id: EventID("f\(id)"), chat: "dee", chatKind: .private, time: start,
                    body: .friendRequest(request)), at: Int64(id))
            try await past.say(id, "hi", at: Int64(id))
        }
        try await past.happen(message(100, in: "ann", "late"), at: 100, isDecided: false)
        try await past.damage("UPDATE event SET text = x'00ff7b22', trace = x'ff' WHERE number IN (1, 4)")
        try await past.damage(
            "UPDATE event SET time = 'soon', chat_kind = 'herd', mentions = x'80' WHERE number = 3")
        let report = try past.replay()
        #expect(report.events == 7 && report.unreadable == 1 && report.undecided == 1)
        #expect(report.total.differences <= 1 && report.total.same >= 4)
    }

    @Test func `says so if there is nothing`() async throws {
        let past = try await Past(rules)
        #expect(try past.replay().events == 0)
        try await past.say(1, "price", at: 0)
        #expect(try past.replay(since: 1).events == 0)
        #expect(try past.replay(since: 0).events == 1)
    }

    @Test func `comes to an end though rules emit without one`() async throws {
        let past = try await Past("rules: []")
        try await past.say(1, "go", at: 0)
        let report = try past.replay(
            """
            rules:
              - { id: go, when: { message: go }, then: { emit: { name: x } } }
              - { id: x, when: { event: { name: x } }, then: { repeat: { times: 10, do: [ { emit: { name: x } } ] } } }
            """)
        #expect(report.cut == 1)
    }

    @Test func `changes nothing, whether the bot runs or not`() async throws {
        var past: Past? = try await past()
        let path = try #require(past?.path)
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        func files() throws -> [String: Data] {
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            return try Dictionary(
                uniqueKeysWithValues: names.map { ($0, try Data(contentsOf: folder.appending(path: $0))) })
        }
        func replay() throws -> Int {
            try ReadOnlyStore(path: path).history(
                of: bot, since: Past.start, now: Past.start
            ) { try Replay.report(Past.parse(rules), through: $0, listing: 5).total.same }
        }
        let beside = try files()
        let same = try replay()
        // SQLite's own note of who reads is no part of the data.
        #expect(
            try files().filter { !$0.key.hasSuffix("-shm") } == beside.filter { !$0.key.hasSuffix("-shm") })
        past = nil
        try await waitUntilClosed(path)
        let stopped = try files()
        #expect(stopped.count == 1)
        #expect(try replay() == same)
        #expect(try files() == stopped)
    }
}
