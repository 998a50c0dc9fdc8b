import Foundation
import MicroChatServer
import MicroChatWire
import SwiftProtobuf
import Testing

@Suite(.timeLimit(.minutes(5)))
struct `Rooms` {
    @Test func `are made, told to every member, talked in, and there after a restart`() async throws {
        try await withFolder { folder in
            var wxid = ""
            var people: People?
            try await withServer(in: folder) { server in
                let who = try await People(server)
                people = who
                let (alice, bob) = try await pair(server)
                let made = try await alice.createRoom("Lunch", with: [who.bob.wxid, who.carol.wxid])
                #expect(made.result.code == 0 && made.topic.value == "Lunch" && made.memberCount == 2)
                // Carol has nobody in her list.
                #expect(made.members.map(\.status) == [0, 4])
                wxid = made.room.value
                #expect(wxid.hasSuffix("@chatroom"))
                for client in [alice, bob] {
                    try await client.notice()
                    let room = try #require(try await client.fetch().room(wxid))
                    #expect(room.nickName.value == "Lunch" && room.typeBits & 1 == 1)
                    #expect(room.chatRoomOwner == who.alice.wxid && room.members.count == 2)
                    #expect(room.members.entries.map(\.wxid) == [who.alice.wxid, who.bob.wxid])
                    #expect(room.members.entries.map(\.nickName) == ["Alice", "Bob"])
                    #expect(room.members.entries.last?.invitedBy == who.alice.wxid)
                }
                #expect(try await bob.sendTexts(["hello"], to: wxid).map(\.code) == [0])
            }
            let who = try #require(people)
            try await withServer(in: folder) { server in
                let (alice, bob) = try await pair(server, fetching: false)
                // The repetition is one, in rooms too.
                let sent = try await bob.sendTexts(["hello"], to: wxid)
                let items = try await alice.fetch()
                #expect(try items.room(wxid)?.members.count == 2)
                let message = try #require(try items.messages.first)
                #expect(try items.messages.count == 1)
                #expect(message.sender.value == wxid && message.to.value == who.alice.wxid)
                #expect(message.content.value == "\(who.bob.wxid):\nhello" && message.type == 1)
                #expect(message.serverID == sent.first?.serverID)
                #expect(try await bob.fetch().messages.isEmpty)
                #expect(try await bob.contacts(wxid).contacts.first?.members.count == 2)
            }
        }
    }

    @Test func `carry links, emoticons, mentions and recalls`() async throws {
        try await withPeople { server, people in
            let (alice, bob) = try await pair(server)
            let wxid = try await alice.createRoom("x", with: [people.bob.wxid]).room.value
            let source = "<msgsource><atuserlist><![CDATA[\(people.bob.wxid)]]></atuserlist></msgsource>"
            let mention = Microchat_OutgoingMessage.with {
                $0.to.value = wxid
                $0.content = Data("@Bob\u{2005}look".utf8)
                $0.type = 1
                $0.clientID = 1
                $0.messageSource = source
            }
            let sent = try #require(try await alice.sendMessages([mention]).first)
            let link = "<appmsg appid=\"\" sdkver=\"0\"><title>t</title><type>5</type></appmsg>"
            #expect(try await alice.sendLink(link, to: wxid, clientID: "a1").result.code == 0)
            #expect(try await alice.sendEmoji([emoji(to: wxid)]).items.map(\.code) == [0])
            #expect(try await alice.recall(sent.serverID, to: wxid) == 0)
            let messages = try await bob.fetch().messages
            #expect(messages.map(\.type) == [1, 49, 47, 10_002])
            #expect(messages.first?.messageSource == source)
            #expect(
                messages.allSatisfy { $0.content.value.hasPrefix("\(people.alice.wxid):\n<") || $0.type == 1 }
            )
            #expect(messages.last?.content.value.contains("<newmsgid>\(sent.serverID)</newmsgid>") == true)
        }
    }

    @Test func `show an account's other devices what one of them sends`() async throws {
        try await withPeople { server, people in
            let (alice, bob) = try await pair(server)
            let pad = try await TestClient.loggedIn(server, as: "alice", on: "pad")
            let wxid = try await alice.createRoom("x", with: [people.bob.wxid]).room.value
            #expect(try await pad.fetch().room(wxid) != nil)
            let text = try #require(try await alice.sendTexts(["hello"], to: wxid).first)
            let link = try await alice.sendLink("<appmsg></appmsg>", to: people.bob.wxid, clientID: "1")
            #expect(try await alice.recall(text.serverID, to: wxid) == 0)
            let shown = try await pad.fetch().messages
            #expect(shown.map(\.type) == [1, 49, 10_002])
            #expect(shown.map(\.to.value) == [wxid, people.bob.wxid, wxid])
            #expect(shown.allSatisfy { $0.sender.value == people.alice.wxid })
            #expect(shown.first?.content.value == "hello")
            #expect(shown.prefix(2).map(\.serverID) == [text.serverID, link.serverID])
            #expect(try await alice.fetch().messages.isEmpty)
            #expect(try await bob.fetch().messages.count == 3)
        }
    }

    @Test func `are closed to those who are not in them`() async throws {
        try await withPeople { server, people in
            let (alice, _) = try await pair(server)
            let carol = try await TestClient.loggedIn(server, as: "carol")
            let wxid = try await alice.createRoom("x", with: [people.bob.wxid]).room.value
            let sent = try #require(try await alice.sendTexts(["secret"], to: wxid).first)
            for room in [wxid, "0@chatroom", "@chatroom"] {
                #expect(try await carol.sendTexts(["x"], to: room, firstID: 1).map(\.code) == [-21])
                #expect(
                    try await carol.sendLink("<appmsg></appmsg>", to: room, clientID: "1").result.code == -21)
                #expect(try await carol.sendEmoji([emoji(to: room)]).items.map(\.code) == [-21])
                #expect(try await carol.addMembers([people.bob.wxid], to: room).result.code == -21)
                #expect(try await carol.announce("x", in: room) == -21)
                #expect(try await carol.setPicture(png, room: room).result.code == -21)
                #expect(try await carol.contacts(room).codes == [-21])
                let topic = Microchat_RoomTopicChange.with {
                    $0.room.value = room
                    $0.topic.value = "mine"
                }
                let leaving = Microchat_ContactRemoval.with { $0.wxid.value = room }
                #expect(
                    try await carol.operate((.roomTopic, topic), (.contactRemoval, leaving)) == [-21, -21])
            }
            #expect(try await carol.recall(sent.serverID, to: wxid) == -2)
            #expect(try await carol.fetch().messages.isEmpty)
            let looked = try await carol.contacts(wxid)
            #expect(looked.contacts.first?.members.entries.isEmpty == true)
        }
    }

    @Test func `change topic, names, members and announcement, and tell`() async throws {
        try await withPeople { server, people in
            let (alice, bob) = try await pair(server)
            let dave = try await server.accounts.add(name: "dave", password: "secret", friends: ["bob"])
            let wxid = try await alice.createRoom("x", with: [people.bob.wxid]).room.value
            _ = try await alice.fetch()
            #expect(
                try await bob.addMembers([dave.wxid, people.alice.wxid], to: wxid).members.map(\.status) == [
                    0, 0,
                ])
            let topic = Microchat_RoomTopicChange.with {
                $0.room.value = wxid
                $0.topic.value = "New"
            }
            let name = Microchat_RoomNickNameChange.with {
                $0.room = wxid
                $0.wxid = people.bob.wxid
                $0.nickName = Data("Bobby".utf8)
            }
            var foreign = name
            foreign.wxid = people.alice.wxid
            #expect(
                try await bob.operate(
                    (.roomTopic, topic), (.roomNickName, name), (.roomNickName, foreign))
                    == [0, 0, -2])
            let room = try #require(try await alice.fetch().room(wxid))
            #expect(room.nickName.value == "New")
            #expect(room.members.entries.map(\.displayName) == ["", "Bobby", ""])
            #expect(room.members.entries.last?.invitedBy == people.bob.wxid)

            #expect(try await bob.announce("read this", in: wxid) == -66)
            #expect(try await alice.announce(String(repeating: "x", count: 5000), in: wxid) == -2)
            #expect(try await alice.announce("read this", in: wxid) == 0)
            let notice = try #require(try await bob.fetch().messages.last)
            #expect(notice.sender.value == wxid)
            #expect(notice.content.value == "\(people.alice.wxid):\nread this")
        }
    }

    @Test(arguments: [SyncItemKind.contactRemoval, .roomQuit])
    func `are left, and pass to the next one`(kind: SyncItemKind) async throws {
        try await withPeople { server, people in
            let (alice, bob) = try await pair(server)
            let wxid = try await alice.createRoom("x", with: [people.bob.wxid]).room.value
            _ = try await alice.fetch()
            _ = try await bob.fetch()
            let leaving = Microchat_ContactRemoval.with { $0.wxid.value = wxid }
            #expect(try await alice.operate((kind, leaving)) == [0])
            #expect(try await alice.fetch().removals == [wxid])
            #expect(try await alice.sendTexts(["x"], to: wxid).map(\.code) == [-21])
            let room = try #require(try await bob.fetch().room(wxid))
            #expect(
                room.chatRoomOwner == people.bob.wxid && room.members.entries.map(\.wxid) == [people.bob.wxid]
            )
            #expect(try await bob.sendTexts(["alone"], to: wxid).map(\.code) == [0])
            // Back again, by invitation.
            #expect(try await bob.addMembers([people.alice.wxid], to: wxid).members.map(\.status) == [0])
            #expect(try await alice.fetch().room(wxid)?.members.count == 2)
            try await server.accounts.remove(name: "bob")
            while try await alice.fetch().room(wxid)?.chatRoomOwner != people.alice.wxid {
                try await alice.notice()
            }
        }
    }

    @Test func `refuse what is too long or too many, and leave nothing behind`() async throws {
        try await withPeople { server, people in
            let (alice, _) = try await pair(server)
            let long = String(repeating: "x", count: 200)
            #expect(try await alice.createRoom(long, with: [people.bob.wxid]).result.code == -2)
            #expect(try await alice.createRoom("x", with: []).result.code == -2)
            #expect(try await alice.createRoom("x", with: [people.carol.wxid]).result.code == -44)
            let crowd = [String](repeating: people.bob.wxid, count: 501)
            #expect(try await alice.createRoom("x", with: crowd).result.code == -2)
            let wxid = try await alice.createRoom("x", with: [people.bob.wxid]).room.value
            #expect(try await alice.addMembers(crowd, to: wxid).result.code == -2)
            let topic = Microchat_RoomTopicChange.with {
                $0.room.value = wxid
                $0.topic.value = long
            }
            let name = Microchat_RoomNickNameChange.with {
                $0.room = wxid
                $0.nickName = Data(long.utf8)
            }
            #expect(try await alice.operate((.roomTopic, topic), (.roomNickName, name)) == [-2, -2])
            let rooms = try await alice.fetch().contacts.filter { $0.wxid.value.hasSuffix("@chatroom") }
            #expect(rooms.map(\.wxid.value) == [wxid] && rooms.first?.nickName.value == "x")
        }
    }

    @Test func `are met in by a code that people nearby agree on`() async throws {
        let clock = TestClock()
        try await withFolder { folder in
            try await withServer(in: folder, configure: { $0.now = { clock.now } }) { server in
                let people = try await People(server)
                let carol = try await TestClient.loggedIn(server, as: "carol")
                let alice = try await TestClient.loggedIn(server, as: "alice")
                let bob = try await TestClient.loggedIn(server, as: "bob")
                #expect(try await carol.nearby(0, code: "1234").members.map(\.wxid) == [people.carol.wxid])
                #expect(try await alice.nearby(0, code: "1234").memberCount == 2)
                #expect(try await bob.nearby(0, code: "1234", longitude: 9).memberCount == 1)
                let room = try await carol.nearby(1, code: "1234").room
                #expect(try await alice.nearby(1, code: "1234").room == room && !room.isEmpty)
                let members = try await alice.fetch().room(room)?.members.entries.map(\.wxid)
                #expect(members == [people.carol.wxid, people.alice.wxid])
                for code in ["123", "12345", "abcd", ""] {
                    #expect(try await bob.nearby(0, code: code).result.code == -2)
                }
                #expect(try await bob.nearby(0, code: "1234", longitude: .nan).result.code == -2)
                clock.advance(by: 301)
                #expect(try await bob.nearby(1, code: "1234").room != room)
            }
        }
    }

    private var png: [UInt8] { TestPicture.png }

    private func emoji(to wxid: String) -> Microchat_OutgoingEmoji {
        .with {
            $0.md5 = "0123456789abcdef0123456789abcdef"
            $0.total = 100
            $0.to = wxid
            $0.clientID = "e1"
        }
    }

    /// Alice and Bob, who have everything that there is so far.
    private func pair(_ server: MicroChatServer, fetching: Bool = true) async throws -> (
        TestClient, TestClient
    ) {
        let alice = try await TestClient.loggedIn(server, as: "alice")
        let bob = try await TestClient.loggedIn(server, as: "bob")
        if fetching {
            for client in [alice, bob] {
                _ = try await client.fetch()
                try await client.notice()
            }
        }
        return (alice, bob)
    }
}
