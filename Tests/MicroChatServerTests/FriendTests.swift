import Foundation
import MicroChatServer
import MicroChatWire
import SwiftProtobuf
import Testing

@Suite(.timeLimit(.minutes(5)))
struct `Becoming friends` {
    @Test func `goes from a search over a greeting to both lists, even over a restart`() async throws {
        try await withFolder { folder in
            var ticket = ""
            var people: People?
            try await withServer(in: folder) { server in
                let who = try await People(server)
                people = who
                let carol = try await TestClient.loggedIn(server, as: "carol")
                let alice = try await TestClient.loggedIn(server, as: "alice")
                _ = try await alice.fetch()
                let found = try await carol.search("alice")
                #expect(found.result.code == 0 && found.nickName.value == "Alice" && found.alias == "alice")
                #expect(found.user.value.hasPrefix("v1_") && found.v2Ticket.hasPrefix("v2_"))
                let user = found.user.value
                #expect(try await carol.verify(1, user, ticket: found.v2Ticket).result.code == -44)
                for _ in 0..<2 {
                    let asked = try await carol.verify(
                        2, user, ticket: found.v2Ticket, greeting: "Hi \"<you>\" & I", scene: 15)
                    #expect(asked.result.code == 0 && asked.wxid == who.alice.wxid)
                }
                try await alice.notice()
                let requests = try await alice.fetch().messages
                // The second was a repetition.
                #expect(requests.count == 1)
                let request = try #require(requests.first)
                #expect(request.type == 37 && request.sender.value == "fmessage")
                let xml = request.content.value
                #expect(xml.contains("fromusername=\"\(who.carol.wxid)\""))
                #expect(xml.contains("content=\"Hi &quot;&lt;you&gt;&quot; &amp; I\" scene=\"15\""))
                ticket = try #require(attribute("ticket", of: xml))
            }
            let who = try #require(people)
            try await withServer(in: folder) { server in
                let alice = try await TestClient.loggedIn(server, as: "alice")
                let carol = try await TestClient.loggedIn(server, as: "carol")
                _ = try await alice.fetch()
                _ = try await carol.fetch()
                let v1 = try await alice.search("carol").user.value
                let accepted = try await alice.verify(3, v1, ticket: ticket)
                #expect(accepted.result.code == 0 && accepted.wxid == who.carol.wxid)
                #expect(try await alice.fetch().contacts.map(\.source) == [1_000_015])
                let news = try await carol.fetch()
                #expect(try news.contacts.map(\.wxid.value) == [who.alice.wxid])
                #expect(try news.contacts.map(\.source) == [15])
                #expect(try news.messages.map(\.type) == [10_000])
                #expect(try news.messages.map(\.sender.value) == [who.alice.wxid])
                #expect(try await carol.sendTexts(["hi"], to: who.alice.wxid).map(\.code) == [0])
                #expect(try await alice.sendTexts(["hi"], to: who.carol.wxid).map(\.code) == [0])
                // A ticket is good once.
                #expect(try await alice.verify(3, v1, ticket: ticket).result.code == -48)
                #expect(try await carol.search("alice").user.value == who.alice.wxid)
            }
            try await withServer(in: folder) { server in
                let alice = try await TestClient.loggedIn(server, as: "alice")
                #expect(try await alice.fetch().contacts.map(\.wxid.value).contains(who.carol.wxid))
                let carol = try await TestClient.loggedIn(server, as: "carol")
                #expect(
                    try await carol.sendTexts(["again"], to: who.alice.wxid, firstID: 9).map(\.code) == [0])
            }
        }
    }

    @Test func `is refused without a ticket, with another's, and with one for another`() async throws {
        try await withPeople { server, people in
            let carol = try await TestClient.loggedIn(server, as: "carol")
            let bob = try await TestClient.loggedIn(server, as: "bob")
            let found = try await carol.search("alice")
            let v1 = found.user.value
            #expect(try await carol.verify(2, v1, greeting: "x").result.code == -48)
            #expect(try await carol.verify(2, v1, ticket: "v2_nonsense").result.code == -48)
            #expect(try await carol.verify(1, people.alice.wxid, ticket: "v2_nonsense").result.code == -48)
            #expect(
                try await carol.verify(2, people.bob.wxid, ticket: found.v2Ticket, greeting: "x").result.code
                    == -47)
            try await server.accounts.add(name: "dave", password: "secret")
            let dave = try await TestClient.loggedIn(server, as: "dave")
            #expect(try await dave.verify(2, v1, ticket: found.v2Ticket, greeting: "x").result.code == -47)
            #expect(try await carol.verify(1, people.carol.wxid).result.code == -2)
            #expect(try await carol.verify(9, v1, ticket: found.v2Ticket).result.code == -2)
            #expect(try await carol.verify(1, "wxid_nobody").result.code == -4)
            let long = String(repeating: "x", count: 600)
            #expect(try await carol.verify(2, v1, ticket: found.v2Ticket, greeting: long).result.code == -2)
            // Nor can anybody accept what was said to another.
            _ = try await carol.verify(2, v1, ticket: found.v2Ticket, greeting: "x")
            let alice = try await TestClient.loggedIn(server, as: "alice")
            let xml = try #require(try await alice.fetch().messages.first?.content.value)
            let ticket = try #require(attribute("ticket", of: xml))
            #expect(try await bob.verify(3, people.carol.wxid, ticket: ticket).result.code == -47)
            #expect(try await alice.verify(3, people.bob.wxid, ticket: ticket).result.code == -47)
            #expect(try await alice.verify(3, people.carol.wxid, ticket: found.v2Ticket).result.code == -48)
            #expect(try await alice.verify(4, people.carol.wxid, ticket: ticket).result.code == 0)
            #expect(try await alice.verify(3, people.carol.wxid, ticket: ticket).result.code == -48)
            #expect(try await carol.sendTexts(["x"], to: people.alice.wxid).map(\.code) == [-44])
        }
    }

    @Test func `is immediate with those who need no approval, and not with those who block`() async throws {
        try await withPeople { server, people in
            try await server.accounts.setNeedsApproval(false, of: "alice")
            let carol = try await TestClient.loggedIn(server, as: "carol")
            let alice = try await TestClient.loggedIn(server, as: "alice")
            let found = try await carol.search(people.alice.wxid)
            #expect(try await carol.verify(1, found.user.value, ticket: found.v2Ticket).result.code == 0)
            #expect(try await carol.sendTexts(["x"], to: people.alice.wxid).map(\.code) == [0])
            #expect(try await alice.fetch().contacts.map(\.wxid.value).contains(people.carol.wxid))
            let blocked = Microchat_Contact.with {
                $0.wxid.value = people.carol.wxid
                $0.typeBits = 8
            }
            #expect(try await alice.operate((.contact, blocked)) == [0])
            #expect(try await carol.sendTexts(["x"], to: people.alice.wxid, firstID: 2).map(\.code) == [-22])
            #expect(try await carol.verify(1, people.alice.wxid).result.code == -22)
        }
    }

    @Test func `finds people by name, number and ticket, and tells nothing of others`() async throws {
        try await withPeople { server, people in
            try await server.accounts.setMobile("+41790000000", of: "alice")
            let carol = try await TestClient.loggedIn(server, as: "carol")
            let found = try await carol.search("+41790000000")
            #expect(found.nickName.value == "Alice")
            #expect(try await carol.search(found.v2Ticket).user.value == found.user.value)
            #expect(try await carol.search(found.user.value).v2Ticket == found.v2Ticket)
            #expect(try await carol.search("nobody").result.code == -4)
            #expect(try await carol.search("").result.code == -4)
            #expect(try await carol.search(String(repeating: "a", count: 100_000)).result.code == -4)
            let bob = try await TestClient.loggedIn(server, as: "bob")
            let friend = try await bob.search("alice")
            #expect(friend.user.value == people.alice.wxid && friend.v2Ticket.isEmpty)
            #expect(try await TestClient(server).logIn("+41790000000").code == .ok)
            await #expect(throws: AccountError.badMobile("+41790000000")) {
                try await server.accounts.setMobile("+41790000000", of: "bob")
            }
        }
    }

    @Test func `who is gone from one list gets a ticket to ask anew`() async throws {
        try await withPeople { server, people in
            let alice = try await TestClient.loggedIn(server, as: "alice")
            let bob = try await TestClient.loggedIn(server, as: "bob")
            _ = try await alice.fetch()
            #expect(try await bob.contacts(people.alice.wxid).tickets.isEmpty)
            let own = try #require(try await alice.contacts(people.bob.wxid).contacts.first)
            var changed = own
            changed.typeBits = 0
            #expect(try await alice.operate((.contact, changed)) == [0])
            #expect(try await alice.fetch().removals == [people.bob.wxid])
            #expect(try await bob.sendTexts(["x"], to: people.alice.wxid).map(\.code) == [-44])
            let looked = try await bob.contacts(people.alice.wxid, people.carol.wxid)
            #expect(looked.contacts.map(\.typeBits) == [1, 0])
            #expect(looked.tickets.map(\.wxid) == [people.alice.wxid])
            let ticket = try #require(looked.tickets.first?.ticket)
            #expect(
                try await bob.verify(2, people.alice.wxid, ticket: ticket, greeting: "me").result.code == 0)
            #expect(try await alice.fetch().messages.map(\.type) == [37])
            // Who has the other still may simply put it back.
            changed.typeBits = 1
            changed.remark.value = "Bobby"
            #expect(try await alice.operate((.contact, changed)) == [0])
            #expect(try await alice.fetch().contacts.map(\.remark.value) == ["Bobby"])
            #expect(try await bob.sendTexts(["x"], to: people.alice.wxid, firstID: 2).map(\.code) == [0])
        }
    }

    @Test func `cannot be forced by writing oneself a contact`() async throws {
        try await withPeople { server, people in
            let carol = try await TestClient.loggedIn(server, as: "carol")
            let contact = Microchat_Contact.with {
                $0.wxid.value = people.alice.wxid
                $0.typeBits = 1
            }
            let removal = Microchat_ContactRemoval.with { $0.wxid.value = people.alice.wxid }
            let unknown = Microchat_ContactRemoval.with { $0.wxid.value = "wxid_nobody" }
            var long = contact
            long.remark.value = String(repeating: "r", count: 200)
            let codes = try await carol.operate(
                (.contact, contact), (.contactRemoval, removal), (.contact, long), (.contactRemoval, unknown),
                (SyncItemKind(rawValue: 999), contact))
            #expect(codes == [-44, -4, -2, -4, -2])
            #expect(try await carol.fetch().contacts.isEmpty)
            let garbage = Microchat_OperationRequest.with {
                $0.operations.items = [Microchat_SyncItem(kind: .contact, payload: [0xFF, 0xFF])]
            }
            let answer: Microchat_OperationResponse = try await carol.post(.operationLog, garbage)
            #expect(answer.results.codes == [-2])
        }
    }

    private func attribute(_ name: String, of xml: String) -> String? {
        guard let start = xml.firstRange(of: " \(name)=\"")?.upperBound,
            let end = xml[start...].firstIndex(of: "\"")
        else { return nil }
        return String(xml[start..<end])
    }
}
