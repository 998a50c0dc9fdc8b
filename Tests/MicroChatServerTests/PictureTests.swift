import Foundation
import MicroChatServer
import MicroChatWire
import NIOCore
import SwiftProtobuf
import Testing

@Suite(.timeLimit(.minutes(5)))
struct `Pictures of people` {
    @Test(arguments: [(TestPicture.png, "image/png"), (TestPicture.jpeg, "image/jpeg")])
    func `are uploaded, told to friends and served, after a restart too`(picture: [UInt8], type: String)
        async throws
    {
        try await withFolder { folder in
            var people: People?
            var url = ""
            try await withServer(in: folder) { server in
                let who = try await People(server)
                people = who
                let bob = try await TestClient.loggedIn(server, as: "bob")
                _ = try await bob.fetch()
                try await bob.notice()
                let alice = try await TestClient.loggedIn(server, as: "alice")
                let set = try await alice.setPicture(picture)
                #expect(set.result.code == 0)
                url = set.bigHeadURL
                #expect(url.hasPrefix("http://\(server.shortLink)/mmhead/"))
                #expect(url.contains(try SHA256.hex(picture)))
                try await bob.notice()
                let contact = try #require(try await bob.fetch().contacts.first)
                #expect(contact.wxid.value == who.alice.wxid && contact.bigHeadURL == url)
                #expect(contact.smallHeadURL == set.smallHeadURL)
                let carol = try await TestClient.loggedIn(server, as: "carol")
                #expect(try await carol.contacts(who.alice.wxid).contacts.first?.bigHeadURL == url)
                #expect(try await carol.search("alice").smallHeadURL == set.smallHeadURL)
            }
            let path = "/mmhead/" + url.split(separator: "/").suffix(2).joined(separator: "/")
            try await withServer(in: folder) { server in
                let socket = try await TestSocket(server.shortLink)
                for _ in 0..<2 {
                    let answer = try #require(try await socket.get(path))
                    #expect(answer.status == 200 && answer.headers["content-type"] == type)
                    #expect(Array(answer.body.readableBytesView) == picture)
                }
                let bob = try await TestClient.loggedIn(server, as: "bob")
                let wxid = try #require(people).alice.wxid
                #expect(try await bob.contacts(wxid).contacts.first?.hasBigHeadURL == true)
                let alice = try await TestClient.loggedIn(server, as: "alice")
                #expect(try await alice.setPicture([]).result.code == 0)
                let gone = try await TestSocket(server.shortLink)
                #expect(try await gone.get(path)?.status == 404)
                #expect(try await bob.contacts(wxid).contacts.first?.hasBigHeadURL == false)
            }
        }
    }

    @Test func `are refused if they are none, or too large`() async throws {
        try await withPeople { server, _ in
            let alice = try await TestClient.loggedIn(server, as: "alice")
            var damaged = TestPicture.png
            damaged[17] ^= 1
            var huge = TestPicture.jpeg
            huge[15] = 0xFF
            for bytes in [
                Array("GIF89a".utf8), Array("<svg/>".utf8), damaged, huge, TestPicture.png + [0],
                Array(TestPicture.png.prefix(30)), Array(TestPicture.jpeg.dropLast()), [0xFF, 0xD8, 0xFF],
                TestPicture.jpeg + [UInt8](repeating: 0, count: 300 << 10) + [0xFF, 0xD9],
            ] {
                #expect(try await alice.setPicture(bytes).result.code == -2)
            }
        }
    }

    @Test(arguments: [
        "/mmhead/", "/mmhead/00", "/mmhead/../server.sqlite", "/mmhead/" + String(repeating: "0", count: 64),
        "/mmhead/" + String(repeating: "A", count: 64),
        "/mmhead/" + String(repeating: "0", count: 64) + "/0/0",
    ])
    func `are only served if there are such`(path: String) async throws {
        try await withPeople { server, _ in
            let socket = try await TestSocket(server.shortLink)
            #expect(try await socket.get(path)?.status == 404)
        }
    }

    @Test func `belong to rooms too, whose owner sets them`() async throws {
        try await withPeople { server, people in
            let alice = try await TestClient.loggedIn(server, as: "alice")
            let bob = try await TestClient.loggedIn(server, as: "bob")
            let wxid = try await alice.createRoom("x", with: [people.bob.wxid]).room.value
            #expect(try await bob.setPicture(TestPicture.png, room: wxid).result.code == -66)
            let url = try await alice.setPicture(TestPicture.png, room: wxid).bigHeadURL
            #expect(try await bob.fetch().room(wxid)?.bigHeadURL == url)
        }
    }
}

extension TestSocket {
    func get(_ path: String) async throws -> HTTPAnswer? {
        try await write(ByteBuffer(string: "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"))
        return try await answer()
    }
}
