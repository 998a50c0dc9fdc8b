import BotKit
import MicroChatWire
import Testing

@testable import MicroChatGateway

struct ItemTests {
    private func items(_ build: (inout Microchat_ChatMessage) -> Void) throws -> Items {
        var message = Microchat_ChatMessage()
        message.messageID = 7
        message.serverID = 1234
        message.sender = Microchat_StringBox("wxid_ann")
        message.to = Microchat_StringBox("wxid_bot")
        message.type = 1
        message.createTime = 1_800_000_000
        message.content = Microchat_StringBox("hello")
        build(&message)
        let item = Microchat_SyncItem(kind: .message, payload: try message.plaintext())
        return Items([item], own: "wxid_bot", now: Timestamp(seconds: 1))
    }

    @Test func `a private message is an event of its sender's chat`() throws {
        #expect(
            try items { _ in }.events == [
                Event(
                    id: "1234", chat: "wxid_ann", chatKind: .private, time: Timestamp(seconds: 1_800_000_000),
                    body: .message(Message(sender: "wxid_ann", content: .text("hello"))))
            ])
    }

    @Test func `in a room the speaker stands before the text`() throws {
        let event = try #require(
            try items {
                $0.sender = Microchat_StringBox("7@chatroom")
                $0.content = Microchat_StringBox("wxid_ann:\nhello: you")
            }.events.first)
        #expect(event.chat == "7@chatroom" && event.chatKind == .group)
        #expect(event.body == .message(Message(sender: "wxid_ann", content: .text("hello: you"))))
    }

    @Test func `what our own account sent elsewhere is ours, in the other's chat`() throws {
        let event = try #require(
            try items {
                $0.sender = Microchat_StringBox("wxid_bot")
                $0.to = Microchat_StringBox("wxid_ann")
            }.events.first)
        #expect(event.chat == "wxid_ann")
        #expect(event.body == .message(Message(sender: "wxid_bot", content: .text("hello"), isOwn: true)))
    }

    @Test func `without a server id the message id names it, without a time it is now`() throws {
        let event = try #require(
            try items {
                $0.serverID = 0
                $0.createTime = 0
            }.events.first)
        #expect(event.id == "m7" && event.time == Timestamp(seconds: 1))
    }

    @Test func `a broken item is passed over and the rest is read`() throws {
        var contact = Microchat_Contact()
        contact.wxid = Microchat_StringBox("wxid_ann")
        contact.nickName = Microchat_StringBox("Ann")
        contact.typeBits = 1
        let items = Items(
            [
                Microchat_SyncItem(kind: .message, payload: [0xFF, 0xFF]),
                Microchat_SyncItem(kind: .contact, payload: try contact.plaintext()),
                Microchat_SyncItem(kind: SyncItemKind(rawValue: 99), payload: [1]),
            ], own: "wxid_bot", now: Timestamp(seconds: 1))
        #expect(items.unreadable == 1)
        #expect(items.contacts == [Contact(id: "wxid_ann", kind: .private, name: "Ann", isFriend: true)])
    }
}

struct SyncPositionTests {
    @Test(arguments: [
        SyncPosition.synced([1, 2, 3]), .synced([]), .initializing(current: [1, 2], most: [3]),
        .initializing(current: [], most: []),
    ])
    func `a position survives its key`(position: SyncPosition) {
        #expect(SyncPosition(position.key) == position)
    }

    @Test(arguments: [[], [9], [2], [2, 0, 0, 0, 9, 1]] as [[UInt8]])
    func `bytes that are no position mean the start`(bytes: [UInt8]) {
        #expect(SyncPosition(BotKit.SyncKey(bytes: bytes)) == .initializing(current: [], most: []))
    }
}

struct SessionKeeperTests {
    private func session(_ uin: Int32) -> Session {
        Session(uin: uin, cookie: .random(), key: .random(), wxid: "wxid_bot")
    }

    @Test func `word about an older session is no news`() async throws {
        let keeper = SessionKeeper()
        keeper.install(session(1), name: "Bot")
        let first = try #require(keeper.current)
        #expect(keeper.kick(generation: first.generation) == .theirs)
        keeper.loginBegins()
        #expect(keeper.kick(generation: first.generation) == .stale)
        keeper.install(session(2), name: "Bot")
        #expect(keeper.kick(generation: first.generation) == .stale)
        #expect(!keeper.lose(generation: first.generation))
        #expect(keeper.current?.session.uin == 2)
    }

    @Test func `a login of our own that takes effect late is nobody else's, once`() throws {
        let keeper = SessionKeeper()
        let start = ContinuousClock.now
        // The first login is lost, the second has an answer.
        keeper.loginBegins()
        keeper.loginBegins()
        keeper.loginAnswered()
        keeper.install(session(1), name: "Bot", now: start)
        let first = try #require(keeper.current).generation
        #expect(keeper.kick(generation: first, now: start + .seconds(60)) == .theirs)
        #expect(keeper.kick(generation: first, now: start + .seconds(59)) == .ours)
        #expect(keeper.current == nil && keeper.resumable == nil)
        #expect(keeper.kick(generation: first, now: start + .seconds(59)) == .stale)
        // This one has no lost login before it.
        keeper.loginBegins()
        keeper.loginAnswered()
        keeper.install(session(2), name: "Bot", now: start)
        let second = keeper.current?.generation
        #expect(keeper.kick(generation: second, now: start + .seconds(1)) == .theirs)
    }

    @Test func `only the first to miss a session asks for a login, all get the next one`() async throws {
        let keeper = SessionKeeper()
        keeper.install(session(1), name: "Bot")
        let first = try #require(keeper.current).generation
        #expect(keeper.lose(generation: first))
        #expect(!keeper.lose(generation: first))
        async let next = keeper.session(after: first, within: .seconds(60))
        keeper.install(session(2), name: "Bot")
        #expect(await next?.session.uin == 2)
        #expect(await keeper.session(after: first + 1, within: .milliseconds(1)) == nil)
    }
}
