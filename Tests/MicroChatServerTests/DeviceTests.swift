import Foundation
import MicroChatServer
import MicroChatWire
import NIOCore
import SwiftProtobuf
import Testing

@Suite(.timeLimit(.minutes(5)))
struct `Several devices` {
    private static let pairs = [
        ("", "android-22"), ("iPhone OS9.3.3", "android-22"), ("Windows Phone 8", "anything"),
        ("iPad", "android-tablet"), ("ANDROID-PAD", "iPad iPhone OS9.3.3"), ("windows", "conure-linux"),
        ("iMac", "Windows 11"), ("MacBook", "desktop"),
    ]

    @Test func `of one kind: the second ends the first's session`() async throws {
        try await withPeople { server, _ in
            for (first, second) in Self.pairs {
                let older = try await TestClient.loggedIn(server, as: "alice", on: first)
                let newer = try await TestClient.loggedIn(server, as: "alice", on: second)
                #expect(try await older.next(.quit)?.quitReason == .loggedInElsewhere, "\(first), \(second)")
                while try await older.next(.push) != nil {}
                let socket = try await TestSocket(server.shortLink)
                let packet = try older.seal(.newSync, Microchat_SyncRequest())
                let answer = try #require(try await socket.post(ShortLink.path(of: .newSync), packet))
                #expect(try Packet(reading: answer.body).status == .loggedInElsewhere)
                _ = try await newer.newSync()
            }
        }
    }

    @Test func `of different kinds are served at once, and each is told and gets everything`() async throws {
        try await withPeople { server, people in
            let bob = try await TestClient.loggedIn(server, as: "bob")
            var devices: [TestClient] = []
            for type in ["android-22", "iPad", "windows"] {
                devices.append(try await TestClient.loggedIn(server, as: "alice", on: type))
            }
            for device in devices {
                try await device.notice()
                #expect(try await device.newSync().items.items.contacts.count == 1)
            }
            _ = try await bob.sendTexts(["one"], to: people.alice.wxid)
            _ = try await bob.sendTexts(["two"], to: people.alice.wxid, firstID: 2)
            for device in devices {
                var texts: [String] = []
                while texts.count < 2 {
                    try await device.notice()
                    texts += try await device.newSync().messages.map(\.content.value)
                }
                #expect(texts == ["one", "two"])
                try await device.report()
            }
        }
    }

    @Test func `see what another one sent, which itself does not`() async throws {
        try await withPeople { server, people in
            let bob = try await TestClient.loggedIn(server, as: "bob")
            let phone = try await TestClient.loggedIn(server, as: "alice", on: "android-22")
            let pad = try await TestClient.loggedIn(server, as: "alice", on: "iPad")
            for device in [phone, pad] {
                try await device.notice()
                _ = try await device.newSync()
            }
            let results = try await phone.sendTexts(["hello", "again"], to: people.bob.wxid)
            // A repetition shows nothing twice.
            #expect(
                try await phone.sendTexts(["hello", "again"], to: people.bob.wxid).map(\.serverID)
                    == results.map(\.serverID))
            try await pad.notice()
            let shown = try await pad.newSync().messages
            #expect(shown.map(\.content.value) == ["hello", "again"])
            #expect(shown.map(\.serverID) == results.map(\.serverID))
            #expect(
                shown.allSatisfy { $0.sender.value == people.alice.wxid && $0.to.value == people.bob.wxid })
            #expect(Set(shown.map(\.messageID)).count == 2)
            try await phone.report()
            #expect(try await phone.notices() == 0)
            #expect(try await phone.newSync().messages.isEmpty)
            // From the database too.
            phone.key = .zero
            #expect(try await phone.newSync(keeping: false).messages.isEmpty)
            #expect(try await bob.newSync().messages.map(\.content.value) == ["hello", "again"])

            _ = try await pad.sendTexts(["mine"], to: people.bob.wxid, firstID: 10)
            _ = try await bob.sendTexts(["back"], to: people.alice.wxid, firstID: 10)
            #expect(try await pad.newSync().messages.map(\.content.value) == ["back"])
            phone.key = .zero
            #expect(try await phone.newSync().messages.map(\.content.value) == ["mine", "back"])
        }
    }

    @Test func `alone sees nothing of what it sent, refused or not, but the reason`() async throws {
        try await withPeople { server, people in
            let carol = try await TestClient.loggedIn(server, as: "carol", on: "iPad")
            #expect(try await carol.sendTexts(["hi"], to: people.alice.wxid).map(\.code) == [-44])
            #expect(try await carol.newSync().messages.map(\.type) == [10000])
            let bob = try await TestClient.loggedIn(server, as: "bob", on: "iPad")
            #expect(try await bob.sendTexts(["hi"], to: people.alice.wxid).map(\.code) == [0])
            #expect(try await bob.newSync().messages.isEmpty)
        }
    }

    @Test func `consume each for itself, across a restart`() async throws {
        try await withFolder { folder in
            try await withServer(in: folder) { server in
                let people = try await People(server)
                let bob = try await TestClient.loggedIn(server, as: "bob")
                let phone = try await TestClient.loggedIn(server, as: "alice", on: "android-22")
                let pad = try await TestClient.loggedIn(server, as: "alice", on: "iPad")
                _ = try await bob.sendTexts(["one", "two"], to: people.alice.wxid)
                for device in [phone, pad] { #expect(try await device.newSync().messages.count == 2) }
                try await phone.report()
                #expect(try await phone.notices() >= 0)
                phone.key = .zero
                pad.key = .zero
                #expect(try await phone.newSync(keeping: false).messages.isEmpty)
                #expect(try await pad.newSync(keeping: false).messages.count == 2)
            }
            try await withServer(in: folder) { server in
                let phone = try await TestClient.loggedIn(server, as: "alice", on: "android-22")
                let pad = try await TestClient.loggedIn(server, as: "alice", on: "iPad")
                #expect(try await phone.newSync().messages.isEmpty)
                #expect(try await pad.newSync().messages.map(\.content.value) == ["one", "two"])
            }
        }
    }

    @Test func `that are new begin with what no other one has stored`() async throws {
        try await withPeople { server, people in
            let bob = try await TestClient.loggedIn(server, as: "bob")
            let phone = try await TestClient.loggedIn(server, as: "alice", on: "android-22")
            _ = try await bob.sendTexts(["read"], to: people.alice.wxid)
            _ = try await phone.newSync()
            _ = try await phone.newSync()
            _ = try await bob.sendTexts(["unread"], to: people.alice.wxid, firstID: 2)
            let pad = try await TestClient.loggedIn(server, as: "alice", on: "iPad")
            _ = try await bob.sendTexts(["later"], to: people.alice.wxid, firstID: 3)
            _ = try await phone.newSync()
            _ = try await phone.newSync()
            #expect(try await pad.newSync().messages.map(\.content.value) == ["unread", "later"])
        }
    }

    /// What the server had not written down when it died it may offer again; what a device had not stored it must.
    @Test(arguments: [Duration.milliseconds(1), .seconds(3600)])
    func `lose nothing when the server dies between a fetch and its report`(saving: Duration) async throws {
        try await withFolder { folder in
            try await withFolder { wreck in
                var keys: [SyncKey] = []
                try await withServer(in: folder, configure: { $0.outsidePollInterval = saving }) { server in
                    let people = try await People(server)
                    let bob = try await TestClient.loggedIn(server, as: "bob")
                    let phone = try await TestClient.loggedIn(server, as: "alice", on: "android-22")
                    let pad = try await TestClient.loggedIn(server, as: "alice", on: "iPad")
                    _ = try await bob.sendTexts(["one"], to: people.alice.wxid)
                    for device in [phone, pad] { #expect(try await device.newSync().messages.count == 1) }
                    keys = [phone.key, pad.key]
                    _ = try await pad.sendTexts(["shown"], to: people.bob.wxid)
                    _ = try await bob.sendTexts(["two"], to: people.alice.wxid, firstID: 2)
                    for device in [phone, pad] { _ = try await device.newSync() }
                    try await phone.report()
                    _ = try await phone.notices()
                    try copy(folder, to: wreck)
                }
                try await withServer(in: wreck) { server in
                    let phone = try await TestClient.loggedIn(server, as: "alice", on: "android-22")
                    let pad = try await TestClient.loggedIn(server, as: "alice", on: "iPad")
                    (phone.key, pad.key) = (keys[0], keys[1])
                    #expect(try await phone.newSync().messages.map(\.content.value) == ["shown", "two"])
                    #expect(try await pad.newSync().messages.map(\.content.value) == ["two"])
                }
            }
        }
    }

    /// What is on the disk at this moment.
    private func copy(_ folder: ServerFolder, to wreck: ServerFolder) throws {
        let parent = URL(fileURLWithPath: wreck.path).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: folder.path, toPath: wreck.path)
    }

    @Test func `log out one by one`() async throws {
        try await withPeople { server, people in
            let phone = try await TestClient.loggedIn(server, as: "alice", on: "android-22")
            let pad = try await TestClient.loggedIn(server, as: "alice", on: "iPad")
            let socket = try await TestSocket(server.shortLink)
            let packet = try phone.seal(.logout, Microchat_LogoutRequest())
            #expect(try await socket.post(ShortLink.path(of: .logout), packet)?.status == 200)
            await #expect(throws: CallRefused(status: .sessionGone)) { try await phone.newSync() }
            #expect(try await pad.newSync().items.items.contacts.count == 1)
            try await server.accounts.remove(name: "alice")
            #expect(try await pad.next(.quit)?.quitReason == .sessionGone)
            #expect(people.alice.name == "alice")
        }
    }
}
