import BotKit
import Foundation
import Store
import Testing

@Suite struct `What decisions remember` {
    /// Decides one new message by `decide`.
    private func decide(
        _ store: Store, _ number: Int, in chat: ChatID = "ann", at now: Timestamp = start,
        _ decide: @escaping @Sendable (StoredState) throws -> Decision
    ) async throws -> Store.Decided {
        let changes = Changes(key: SyncKey(bytes: [UInt8(number)]), events: [message(number, in: chat)])
        _ = try await store.append(changes, to: bot, now: now)
        let pending = try await store.undecided(of: bot, after: 0, limit: 10)
        return try await store.decide(pending, of: bot, lifetime: .seconds(60), now: now) { _, state in
            try decide(state)
        }
    }

    @Test func `is there for the next one, and after a restart`() async throws {
        try await withStore { store, path in
            let word = Variable(owner: .chat("ann"), name: "word")
            let sum = Variable(owner: .bot, name: "sum")
            let short = Variable(owner: .sender("ann"), name: "short")
            for round in 1...3 {
                _ = try await decide(store, round) { state throws in
                    let value = try state.value(of: sum)
                    #expect(value == (round == 1 ? nil : .number(Decimal(round - 1))))
                    return Decision(changes: [
                        .set(sum, .number(Decimal(round)), lifetime: nil),
                        .set(word, .list([.text("a"), .number(1.5)]), lifetime: nil),
                        .set(short, .flag(true), lifetime: .seconds(60)), .tag("vip", on: "ann", isSet: true),
                        .started(rule: "r", sender: "ann"),
                    ])
                }
            }
            let again = try Store(path: path)
            _ = try await decide(again, 4, at: start + .seconds(59)) { state throws in
                #expect(try state.value(of: word) == .list([.text("a"), .number(1.5)]))
                #expect(try state.value(of: short) == .flag(true))
                #expect(try state.tags(of: "ann") == ["vip"])
                return Decision(changes: [.clear(word), .tag("vip", on: "ann", isSet: false)])
            }
            _ = try await decide(again, 5, at: start + .seconds(60)) { state throws in
                #expect(try state.value(of: word) == nil && state.value(of: short) == nil)
                #expect(try state.tags(of: "ann").isEmpty)
                #expect(try state.starts(of: "r", in: .chat("ann"), since: start, limit: 2).count == 2)
                #expect(
                    try state.starts(of: "r", in: .sender("ann"), since: start, limit: 9) == [
                        start, start, start,
                    ])
                #expect(try state.starts(of: "r", in: .account, since: start + .seconds(1), limit: 9).isEmpty)
                #expect(try state.starts(of: "r", in: .chat("bob"), since: start, limit: 9).isEmpty)
                #expect(try state.messages(in: "ann", since: start, limit: 9) == 5)
                #expect(try state.messages(in: "ann", since: start, limit: 3) == 3)
                return Decision()
            }
        }
    }

    @Test func `is nothing of what failed`() async throws {
        struct Broken: Error {}
        try await withStore { store, _ in
            let sum = Variable(owner: .bot, name: "sum")
            let pending = try await store.journal([message(1), message(2)])
            await #expect(throws: Broken.self) {
                _ = try await store.decide(pending, of: bot, lifetime: .seconds(60), now: start) {
                    pending, state throws in
                    if pending.number == 2 { throw Broken() }
                    return Decision(changes: [.set(sum, .number(1), lifetime: nil)])
                }
            }
            #expect(try await store.undecided(of: bot, after: 0, limit: 10).count == 2)
            _ = try await store.decide(pending, of: bot, lifetime: .seconds(60), now: start) {
                pending, state throws in
                #expect(try state.value(of: sum) == (pending.number == 1 ? nil : .number(1)))
                return Decision(changes: [.set(sum, .number(1), lifetime: nil)])
            }
        }
    }

    @Test func `puts something under one key into the outbox once`() async throws {
        try await withStore { store, _ in
            let decision = Decision(actions: [
                .perform(.send(.text("a")), in: "ann", rule: "r", terms: SendTerms(key: "k")),
                .perform(.send(.text("b")), in: "ann", rule: "r", terms: SendTerms(lifetime: .seconds(1))),
            ])
            #expect(try await decide(store, 1) { _ in decision }.outgoing == 2)
            #expect(try await decide(store, 2) { _ in decision }.outgoing == 1)
            let lease = try await store.leave(at: start + .seconds(2))
            #expect(lease.texts == ["a"])
            #expect(try await store.outboxCounts() == ["leased": 1, "waiting": 2])
        }
    }

    @Test func `journals what rules emit, and keeps alerts`() async throws {
        try await withStore { store, _ in
            let event = EmittedEvent(name: "seen", data: ["n": .number(1)], depth: 1)
            let decided = try await decide(store, 1) { _ in
                Decision(
                    emitted: [event],
                    notes: [
                        Note(isAlert: true, rule: "r", text: "look"),
                        Note(isAlert: false, rule: "r", text: "hm"),
                    ])
            }
            #expect(decided.journaled == 1 && decided.notes.count == 2)
            let pending = try await store.undecided(of: bot, after: 0, limit: 10)
            #expect(pending.map(\.event.body) == [.emitted(event)] && pending[0].event.chat == "ann")
            #expect(try await store.accountEvents(of: bot, limit: 9).map(\.text) == ["r: look"])
        }
    }
}

@Suite struct `News of contacts` {
    private func bodies(_ store: Store, _ key: UInt8, _ contacts: [Contact], removed: [String] = [])
        async throws
        -> [Event.Body]
    {
        var changes = Changes(key: SyncKey(bytes: [key]), events: [])
        changes.contacts = contacts
        changes.removedContacts = removed
        _ = try await store.append(changes, to: bot, now: start)
        let pending = try await store.undecided(of: bot, after: 0, limit: 100)
        _ = try await store.decide(pending, of: bot, lifetime: .seconds(1), now: start) { _, _ in Decision() }
        return pending.map(\.event.body)
    }

    private func room(_ name: String, _ members: [PersonID]) -> Contact {
        Contact(
            id: "7@room", kind: .group, name: name, isFriend: true,
            members: members.map { RoomMember(person: $0, name: "") })
    }

    @Test func `become events, but not at first sight`() async throws {
        try await withStore { store, _ throws in
            let ann = Contact(id: "ann", kind: .private, name: "Ann", isFriend: true)
            let bob = Contact(id: "bob", kind: .private, name: "Bob", isFriend: true)
            #expect(try await bodies(store, 1, [ann, room("Staff", ["ann"])]).isEmpty)
            #expect(try await bodies(store, 2, [ann, bob]) == [.friendAdded("bob")])
            #expect(try await bodies(store, 3, [ann, bob]).isEmpty)
            #expect(try await bodies(store, 4, [], removed: ["bob"]) == [.friendLost("bob")])
            #expect(try await bodies(store, 5, [], removed: ["bob", "eve"]).isEmpty)
            #expect(
                try await bodies(store, 6, [room("Team", ["bob", "eve"])]) == [
                    .group(GroupChange(kind: .renamed, name: "Team")),
                    .group(GroupChange(kind: .joined, person: "bob")),
                    .group(GroupChange(kind: .joined, person: "eve")),
                    .group(GroupChange(kind: .left, person: "ann")),
                ])
            var other = room("New", [])
            other.id = "8@room"
            #expect(try await bodies(store, 7, [other]) == [.group(GroupChange(kind: .invited, name: "New"))])
        }
    }
}
