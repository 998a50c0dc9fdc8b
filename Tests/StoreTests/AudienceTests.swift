import BotKit
import Foundation
import Store
import Testing

@Suite(.timeLimit(.minutes(5))) struct `An audience` {
    /// Somebody, with all that an audience asks about.
    private struct Person {
        let id: String
        var tags: Set<String> = []
        var rooms: Set<String> = []
        var isFriend = false
        var isBlocked = false
        var wrote: Timestamp?

        func belongs(to audience: Audience, now: Timestamp) -> Bool {
            func holds(_ audience: Audience) -> Bool {
                (audience.tagged.isEmpty || !tags.isDisjoint(with: audience.tagged))
                    && tags.isDisjoint(with: audience.notTagged)
                    && (audience.rooms.isEmpty || !rooms.isDisjoint(with: audience.rooms))
                    && (audience.users.isEmpty || audience.users.contains(id))
                    && (audience.friends.map { $0 == isFriend } ?? true)
                    && (audience.activeWithin.map { length in
                        wrote.map { $0 >= now + (.zero - length) } ?? false
                    }
                        ?? true)
                    && (audience.anyOf.isEmpty || audience.anyOf.contains(where: holds))
                    && audience.allOf.allSatisfy(holds) && !audience.except.contains(where: holds)
            }
            return !isBlocked && !tags.contains("opted_out") && id != "me" && holds(audience)
        }
    }

    private static let tags = ["a", "b", "c", "opted_out"]
    private static let rooms = ["r1", "r2"]

    private func audience(_ chance: inout SystemRandomNumberGenerator, depth: Int = 0) -> Audience {
        func some(_ names: [String]) -> [String] { names.filter { _ in Bool.random(using: &chance) } }
        var audience = Audience()
        if Int.random(in: 0..<2, using: &chance) == 0 { audience.tagged = some(["a", "b", "c"]) }
        if Int.random(in: 0..<4, using: &chance) == 0 { audience.notTagged = some(["a", "b", "c"]) }
        if Int.random(in: 0..<4, using: &chance) == 0 { audience.rooms = some(Self.rooms) }
        if Int.random(in: 0..<6, using: &chance) == 0 { audience.users = some((8..<60).map { "p\($0)" }) }
        if Int.random(in: 0..<4, using: &chance) == 0 { audience.friends = Bool.random(using: &chance) }
        if Int.random(in: 0..<4, using: &chance) == 0 { audience.activeWithin = .seconds(500) }
        guard depth < 2 else { return audience }
        func parts() -> [Audience] { (0..<2).map { _ in self.audience(&chance, depth: depth + 1) } }
        if Int.random(in: 0..<4, using: &chance) == 0 { audience.anyOf = parts() }
        if Int.random(in: 0..<4, using: &chance) == 0 { audience.allOf = parts() }
        if Int.random(in: 0..<4, using: &chance) == 0 { audience.except = parts() }
        return audience
    }

    @Test func `is those of whom all is true, whatever is asked and however it is paged`() async throws {
        try await withStore { store, _ in
            var chance = SystemRandomNumberGenerator()
            try await store.setLink(
                of: bot, to: .online, reason: "", identity: Identity(id: "me", name: "Me"), now: start)
            let now = start + .seconds(1000)
            let people = (0..<60).map { number -> Person in
                var person = Person(id: number == 7 ? "me" : "p\(number)")
                person.tags = Set(Self.tags.filter { _ in Int.random(in: 0..<3, using: &chance) == 0 })
                person.rooms = Set(Self.rooms.filter { _ in Bool.random(using: &chance) })
                person.isFriend = Bool.random(using: &chance)
                person.isBlocked = number % 11 == 0
                if number % 3 == 0 { person.wrote = start + .seconds(number * 20) }
                return person
            }
            var contacts = people.map {
                Contact(id: $0.id, kind: .private, name: "", isFriend: $0.isFriend, isBlocked: $0.isBlocked)
            }
            contacts += Self.rooms.map { room in
                Contact(
                    id: room, kind: .group, name: room, isFriend: true,
                    members: people.filter { $0.rooms.contains(room) }
                        .map { RoomMember(person: PersonID($0.id), name: "") })
            }
            _ = try await store.append(
                Changes(key: SyncKey(bytes: [1]), contacts: contacts), to: bot, now: start)
            for person in people {
                for tag in person.tags { try await store.setTag(tag, on: person.id, of: bot, to: true) }
                guard let wrote = person.wrote else { continue }
                let event = Event(
                    id: EventID("w\(person.id)"), chat: ChatID(person.id), chatKind: .private, time: wrote,
                    body: .message(Message(sender: PersonID(person.id), content: .text("hi"))))
                _ = try await store.append(event, to: bot, now: wrote)
            }
            var asked = 0
            while asked < 400 {
                let audience = audience(&chance)
                guard audience.selects else { continue }
                asked += 1
                let expected = people.filter { $0.belongs(to: audience, now: now) }.map(\.id).sorted()
                let (count, found) = try await store.count(audience, of: bot, samples: 100, now: now)
                #expect(count == found.count)
                #expect(found == expected, "\(audience)")
            }
        }
    }

    @Test func `leaves out to the last moment whom it leaves out anywhere`() async throws {
        let staff = Audience(tagged: ["a"], notTagged: ["staff"])
        for audience in [
            staff, Audience(allOf: [Audience(allOf: [staff])]),
            Audience(tagged: ["a"], except: [Audience(tagged: ["staff"])]),
            Audience(anyOf: [staff, Audience(allOf: [staff])]),
        ] {
            try await withStore { store, _ in
                try await store.setTag("a", on: "ann", of: bot, to: true)
                let pending = try await store.journal([message(1)])
                let order = BroadcastOrder(rule: "r", key: "k", audience: audience, plan: "{}")
                _ = try await store.decide(pending, of: bot, lifetime: .seconds(60), now: start) { _, _ in
                    Decision(actions: [.broadcast(order)])
                }
                let broadcast = try #require(try await store.openBroadcasts(of: bot).first)
                #expect(try await store.gather(broadcast, now: start) == false)
                try await store.setTag("staff", on: "ann", of: bot, to: true)
                let fed = try await store.feed(
                    broadcast, at: [BroadcastSlot(time: start, arrival: start)], now: start
                ) { _, _, _ in (.send(.text("x")), SendTerms()) }
                #expect(fed == 0)
                #expect(try await store.broadcasts(1).first?.counts.leftOut == 1)
            }
        }
    }

    @Test func `is put down page by page, once, wherever it is interrupted`() async throws {
        try await withStore { store, path in
            for number in 0..<97 { try await store.setTag("a", on: "p\(number)", of: bot, to: true) }
            let pending = try await store.journal([message(1)])
            let order = BroadcastOrder(rule: "r", key: "k", audience: Audience(tagged: ["a"]), plan: "{}")
            _ = try await store.decide(pending, of: bot, lifetime: .seconds(60), now: start) { _, _ in
                Decision(actions: [.broadcast(order), .broadcast(order)])
            }
            var broadcast = try #require(try await store.openBroadcasts(of: bot).first)
            #expect(try await store.openBroadcasts(of: bot).count == 1)
            var pages = 0
            while try await store.gather(broadcast, limit: 10, now: start) {
                pages += 1
                // Another process goes on.
                let other = try Store(path: path)
                if pages % 2 == 0 { _ = try await other.gather(broadcast, limit: 10, now: start) }
            }
            broadcast = try #require(try await store.openBroadcasts(of: bot).first)
            #expect(broadcast.counts.total == 97 && broadcast.state == .sending)
            #expect(try await store.gather(broadcast, now: start) == false)
            #expect(try await store.openBroadcasts(of: bot).first?.counts.total == 97)
        }
    }
}
