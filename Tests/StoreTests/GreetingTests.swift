import BotKit
import Store
import Testing

@Suite struct `A greeting after a friend request` {
    private let request = FriendRequest(
        person: "ann", name: "Ann", greeting: "hi", source: "search", token: "t")

    /// Accepts, greets, and says something to somebody else.
    private func decide(_ store: Store) async throws {
        let event = Event(
            id: "r", chat: "ann", chatKind: .private, time: start, body: .friendRequest(request))
        let pending = try await store.journal([event, message(1, in: "ben")])
        _ = try await store.decide(pending, of: bot, lifetime: .seconds(3600), now: start) {
            [request] pending, _ in
            guard case .friendRequest = pending.event.body else {
                return Decision(actions: [.perform(.send(.text("to ben")), in: "ben", rule: "r")])
            }
            return Decision(actions: [
                .perform(.acceptFriend(request), in: "ann", rule: "r"),
                .perform(.send(.text("welcome")), in: "ann", rule: "r"),
                .perform(
                    .send(.text("later")), in: "ann", rule: "r",
                    terms: SendTerms(notBefore: start + .seconds(60))),
                .perform(.send(.text("told")), in: "boss", rule: "r"),
            ])
        }
    }

    @Test func `goes out once the friendship exists`() async throws {
        try await withStore { store, _ in
            try await decide(store)
            let first = try await store.leave()
            #expect(first.texts.sorted() == ["", "to ben", "told"])
            #expect(try await store.leave().rows.isEmpty)
            try await store.settle(first.rows, .sent(Receipt()))
            #expect(try await store.leave().texts == ["welcome"])
        }
    }

    @Test(arguments: [Settlement.failed(reason: "no"), .lost(reason: "nobody knows")])
    func `does not if it does not come about`(fate: Settlement) async throws {
        try await withStore { store, _ in
            try await decide(store)
            let first = try await store.leave()
            let accept = first.rows.filter { $0.outgoing.chat == "ann" }
            try await store.settle(accept, fate)
            try await store.settle(first.rows.filter { $0.outgoing.chat != "ann" }, .sent(Receipt()))
            #expect(try await store.leave(at: start + .seconds(120)).rows.isEmpty)
            let states = try await store.outbox(OutboxFilter(), limit: 10).map {
                "\($0.text): \($0.state) \($0.reason)"
            }
            #expect(states.filter { $0.contains("the friendship did not come about") }.count == 2)
            #expect(states.contains("told: sent ") && states.contains("to ben: sent "))
        }
    }
}
