import Foundation
import MicroChatServer
import MicroChatWire
import NIOCore
import SwiftProtobuf
import Testing

@Suite(.timeLimit(.minutes(5)))
struct `Links, emoticons and recalls` {
    private let link = "<appmsg appid=\"\" sdkver=\"0\"><title>a &lt; b</title><type>5</type></appmsg>"

    @Test func `reach a friend once however often they are sent, even after a restart`() async throws {
        try await withFolder { folder in
            var people: People?
            var ids: Set<Int64> = []
            for round in 0..<2 {
                try await withServer(in: folder) { server in
                    if round == 0 { people = try await People(server) }
                    let who = try #require(people)
                    let bob = try await TestClient.loggedIn(server, as: "bob")
                    for _ in 0..<2 {
                        let sent = try await bob.sendLink(link, to: who.alice.wxid, clientID: "1T2")
                        #expect(sent.result.code == 0 && sent.clientID == "1T2" && sent.messageID > 0)
                        #expect(sent.sender == who.bob.wxid && sent.to == who.alice.wxid && sent.type == 5)
                        let answer = try await bob.sendEmoji([emoji(to: who.alice.wxid)])
                        #expect(answer.result.code == 0 && answer.count == 1)
                        let item = try #require(answer.items.first)
                        #expect(item.code == 0 && item.total == 77 && item.md5 == emoji(to: "").md5)
                        ids.formUnion([sent.serverID, item.serverID])
                    }
                    let alice = try await TestClient.loggedIn(server, as: "alice")
                    let messages = try await alice.fetch().messages
                    #expect(messages.map(\.type) == [49, 47])
                    #expect(messages.first?.content.value == "<msg>\(link)</msg>")
                    let emoticon = try #require(messages.last?.content.value)
                    #expect(emoticon.hasPrefix("<msg><emoji fromusername=\"\(who.bob.wxid)\""))
                    #expect(emoticon.contains("md5=\"0123456789abcdef0123456789abcdef\" len=\"77\""))
                    #expect(emoticon.hasSuffix("<gameext type=\"1\" content=\"2\"></gameext></msg>"))
                    #expect(ids.count == 2 && Set(messages.map(\.serverID)) == ids)
                }
            }
        }
    }

    @Test func `are refused by those who do not want them, and explained`() async throws {
        try await withPeople { server, people in
            let carol = try await TestClient.loggedIn(server, as: "carol")
            #expect(try await carol.sendLink(link, to: people.alice.wxid, clientID: "1").result.code == -44)
            #expect(try await carol.sendEmoji([emoji(to: people.alice.wxid)]).items.map(\.code) == [-44])
            #expect(try await carol.fetch().messages.map(\.type) == [10_000, 10_000])
        }
    }

    @Test(arguments: [
        "", "text", "<appmsg>", "<appmsg></appmsg></msg><msg>", "<appmsgs></appmsgs>", "<appmsg/><appmsg/>",
        "<msg></msg>", "x<appmsg></appmsg>", "<appmsg a=\"></appmsg>", "<appmsg><![CDATA[</appmsg>",
        "<appmsg></a></appmsg>x",
    ])
    func `are refused if they would break out of what is put around them`(content: String) async throws {
        try await withPeople { server, people in
            let bob = try await TestClient.loggedIn(server, as: "bob")
            #expect(try await bob.sendLink(content, to: people.alice.wxid, clientID: "1").result.code == -2)
            var broken = emoji(to: people.alice.wxid)
            broken.extraXml = content.isEmpty ? "</msg>" : content
            #expect(try await bob.sendEmoji([broken]).result.code == -2)
            broken = emoji(to: people.alice.wxid)
            broken.md5 = "\"><"
            #expect(try await bob.sendEmoji([broken]).result.code == -2)
        }
    }

    @Test(arguments: [
        "<appmsg/>", "<appmsg a=\"1 > 0\"><b><![CDATA[</appmsg>]]></b><!-- < --></appmsg>",
        "<appmsg\n><title/></appmsg>\n",
    ])
    func `may hold whatever XML may`(content: String) async throws {
        try await withPeople { server, people in
            let bob = try await TestClient.loggedIn(server, as: "bob")
            #expect(try await bob.sendLink(content, to: people.alice.wxid, clientID: "1").result.code == 0)
        }
    }

    @Test func `are taken back once, by their sender, while they are new`() async throws {
        let clock = TestClock()
        try await withFolder { folder in
            try await withServer(in: folder, configure: { $0.now = { clock.now } }) { server in
                let people = try await People(server)
                let bob = try await TestClient.loggedIn(server, as: "bob")
                let alice = try await TestClient.loggedIn(server, as: "alice")
                let sent = try await bob.sendTexts(["one", "two"], to: people.alice.wxid)
                let one = try #require(sent.first)
                let two = try #require(sent.last)
                // Not another's, not elsewhere, not what never was.
                #expect(try await alice.recall(one.serverID, to: people.alice.wxid) == -2)
                #expect(try await alice.recall(one.serverID, to: people.bob.wxid) == -2)
                #expect(try await bob.recall(one.serverID, to: people.carol.wxid) == -2)
                for nonsense in [0, -1, .max, .min, one.serverID & 0xFFFF, two.serverID + 1] as [Int64] {
                    #expect(try await bob.recall(nonsense, to: people.alice.wxid) == -2)
                }
                for _ in 0..<2 { #expect(try await bob.recall(one.serverID, to: people.alice.wxid) == 0) }
                let messages = try await alice.fetch().messages
                #expect(messages.map(\.type) == [1, 1, 10_002])
                let notice = try #require(messages.last)
                #expect(notice.sender.value == people.bob.wxid)
                #expect(notice.content.value.hasPrefix("<sysmsg type=\"revokemsg\">"))
                #expect(notice.content.value.contains("<newmsgid>\(one.serverID)</newmsgid>"))
                clock.advance(by: 121)
                #expect(try await bob.recall(two.serverID, to: people.alice.wxid) == -2)
                #expect(try await alice.fetch().isEmpty)
            }
        }
    }

    @Test func `are not the only calls that get an answer`() async throws {
        try await withPeople { server, people in
            let bob = try await TestClient.loggedIn(server, as: "bob")
            for call in [Call.reportDevice, .reportStrategy, .whatsNews, .downloadPackage] {
                let answer: Microchat_LogoutResponse = try await bob.post(call, Microchat_LogoutRequest())
                #expect(answer.hasResult && answer.result.hasMessage && answer.result.code == 0)
            }
            // By the path, whatever number the header has.
            let session = try #require(bob.session)
            let request = try Microchat_SearchContactRequest.with { $0.query.value = "alice" }.plaintext()
            let packet = try session.sealRequest(
                CallType(rawValue: 4711), clientVersion: 1, plaintext: request)
            let socket = try await TestSocket(server.shortLink)
            let answer = try #require(try await socket.post(ShortLink.path(of: .searchContact), packet))
            guard case .plaintext(let bytes, _) = try session.openResponse(answer.body) else {
                Issue.record("refused")
                return
            }
            #expect(try Microchat_SearchContactResponse(plaintext: bytes).user.value == people.alice.wxid)
            // Every call refuses what it cannot read, and the session goes on.
            for call in Call.all where call != .manualAuth && call.type.rawValue != 0 {
                let garbage = try session.sealRequest(call.type, clientVersion: 1, plaintext: [0xFF, 0xFF])
                let refused = try await TestSocket(server.shortLink).post(ShortLink.path(of: call), garbage)
                #expect(refused != nil)
                if call == .logout { break }
            }
        }
    }

    private func emoji(to wxid: String) -> Microchat_OutgoingEmoji {
        .with {
            $0.md5 = "0123456789abcdef0123456789abcdef"
            $0.total = 77
            $0.type = 1
            $0.to = wxid
            $0.extraXml = "<gameext type=\"1\" content=\"2\"></gameext>"
            $0.clientID = "1700000000000"
        }
    }
}
