import BotKit
import Store
import Testing

struct EffectTests {
    static let request = FriendRequest(
        person: "wxid_eve", name: "Eve", greeting: "hi \"there\"", source: "30", token: "v1 30 v2")
    static let media = Media(
        name: "a \"b\".ogg", mimeType: "audio/ogg", size: 1 << 40, digest: "00ff", duration: 1500,
        thumbnail: "0f", source: "downloadvoice")
    static let effects: [Effect] = [
        .send(.text("hi\nthere")), .send(.text("@a"), mentions: ["a", "b"]),
        .send(.link(WebLink(url: "https://a.example", title: "A", summary: "b", thumbnail: "c"))),
        .send(.card(PersonCard(person: "eve", name: "Eve"))), .send(.emoji(Emoji(name: "00ff", size: 3))),
        .recall(SentMessage(clientID: ClientMessageID(seconds: 1, number: 2), serverID: "3")),
        .requestFriend(FriendWish(token: "v1 3 v2", greeting: "hello")), .acceptFriend(request),
        .declineFriend(request), .setRemark("Eve from work"), .setRemark(""), .setBlocked(true),
        .setBlocked(false), .removeFriend, .createRoom(topic: "Tea", members: ["a", "b"]), .invite(["a"]),
        .announce("Closed\ntoday"), .renameRoom("Coffee"), .setOwnRoomName("Bot"), .leaveRoom,
        .search("eve"), .fetchContacts(["a", "7@chatroom"]), .send(.image(media)), .send(.voice(media)),
        .send(.video(media)), .send(.file(media)), .fetchMedia(media), .fetchPicture,
        .enterRoom(Rendezvous(code: "1234", longitude: 1.5, latitude: -2)),
    ]

    @Test(arguments: effects)
    func `every effect leaves the outbox as it went in`(_ effect: Effect) async throws {
        try await withStore { store, _ in
            let number = try await store.enqueue(
                effect, in: "ann", of: bot, lifetime: .seconds(60), now: start)
            let rows = try await store.leave().rows
            #expect(rows.map(\.outgoing.effect) == [effect] && rows.map(\.outgoing.number) == [number])
            let receipt = Receipt(serverID: "9", answer: #"{"a":1}"#)
            try await store.settle(rows, .sent(receipt))
            let row = try #require(try await store.outboxRow(number, of: bot))
            #expect(row.isSettled && row.kind == effect.kind && row.answer == receipt.answer)
            #expect(row.message == SentMessage(clientID: rows[0].outgoing.clientID, serverID: "9"))
        }
    }

    @Test(arguments: [
        Event.Body.friendRequest(request), .recall(Recall(person: "ann", message: "m1", notice: "gone")),
        .message(Message(sender: "ann", content: .system("hi"), mentions: ["bot", "bob"])),
        .message(Message(sender: "ann", content: .unsupported(kind: "3", raw: "<img/>"))),
        .message(Message(sender: "ann", content: .image(media))),
        .message(Message(sender: "ann", content: .file(media), isOwn: true)),
    ])
    func `every event leaves the journal as it went in`(_ body: Event.Body) async throws {
        try await withStore { store, _ in
            let event = Event(id: "e", chat: "ann", chatKind: .private, time: start, body: body)
            let undecided = try await store.journal([event])
            #expect(undecided.map(\.event) == [event])
        }
    }

    @Test func `what would show a second time is not repeated after a crash`() async throws {
        try await withStore { store, path in
            for effect in [Effect.createRoom(topic: "Tea", members: []), .send(.text("hi"))] {
                _ = try await store.enqueue(
                    effect, in: ChatID(effect.kind), of: bot, lifetime: .seconds(60), now: start)
            }
            #expect(try await store.leave().rows.count == 2)
            let next = try Store(path: path)
            try await next.open(bot, now: start)
            #expect(try await next.leave().rows.map(\.outgoing.effect) == [.send(.text("hi"))])
            let failed = try await next.outbox(in: ["failed"], limit: 10)
            #expect(failed.map(\.kind) == ["create_room"])
        }
    }

    @Test func `a row goes by the kind of its chat, and requests are open until they are answered`()
        async throws
    {
        try await withStore { store, _ in
            let event = Event(
                id: "e", chat: "wxid_eve", chatKind: .private, time: start,
                body: .friendRequest(Self.request))
            let pending = try await store.journal([event])
            let open = try await store.openFriendRequests(of: bot)
            #expect(open.map(\.request) == [Self.request] && open.map(\.number) == pending.map(\.number))
            let number = try await store.enqueue(
                .acceptFriend(Self.request), in: "wxid_eve", answering: open[0].number, of: bot,
                lifetime: .seconds(60), now: start)
            #expect(try await store.openFriendRequests(of: bot).isEmpty)
            let rows = try await store.leave().rows
            try await store.settle(rows, .failed(reason: "no"))
            #expect(rows.map(\.outgoing.number) == [number])
            #expect(try await store.openFriendRequests(of: bot).count == 1)
        }
    }

    @Test func `contacts keep members and tags`() async throws {
        try await withStore { store, _ in
            let room = Contact(
                id: "7@chatroom", kind: .group, name: "Tea", isFriend: true,
                members: [RoomMember(person: "ann", name: "Ann"), RoomMember(person: "bob", name: "")])
            let ann = Contact(
                id: "ann", kind: .private, name: "Ann", alias: "ann1", isFriend: true, isBlocked: true)
            func journal(_ key: UInt8, _ contacts: [Contact], removed: [String] = []) async throws {
                let changes = Changes(
                    key: SyncKey(bytes: [key]), contacts: contacts, removedContacts: removed)
                _ = try await store.append(changes, to: bot, now: start)
            }
            try await journal(1, [room, ann])
            #expect(try await store.setTag("vip", on: "ann", of: bot, to: true))
            #expect(try await store.setTag("vip", on: "ann", of: bot, to: true) == false)
            let known = try await store.contacts(of: bot)
            #expect(known.map(\.contact) == [ann, room] && known.map(\.tags) == [["vip"], []])
            var smaller = room
            smaller.members = [RoomMember(person: "ann", name: "Ann")]
            try await journal(2, [smaller])
            #expect(try await store.contacts(of: bot).map(\.contact) == [ann, smaller])
            try await journal(3, [], removed: ["ann", "7@chatroom"])
            #expect(try await store.contacts(of: bot).isEmpty)
            #expect(try await store.contacts(of: bot, includingStrangers: true).count == 2)
        }
    }
}
