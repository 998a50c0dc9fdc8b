import ContentFiles
import DurableSQLite
import Foundation
import GRDB
import MicroChatServer
import MicroChatWire
import SwiftProtobuf
import Testing

@Suite(.timeLimit(.minutes(5)))
struct `Pictures, voice, video and files` {
    private let whole = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }

    @Test func `reach the friend as a message that names them, and can be fetched in pieces`() async throws {
        try await withPeople { server, people in
            let bob = try await TestClient.loggedIn(server, as: "bob")
            let alice = try await TestClient.loggedIn(server, as: "alice")
            let calls: [(MediaKind, name: String, type: String, tag: String)] = [
                (.picture, "a.png", "image/png", "<img length=\"100000\""),
                (.voice, "", "audio/ogg", "<voicemsg voicelength=\"1500\" length=\"100000\""),
                (.video, "a.mp4", "video/mp4", "<videomsg playlength=\"1500\" length=\"100000\""),
                (.file, "a.tar.gz", "application/gzip", "<totallen>100000</totallen><fileext>gz</fileext>"),
            ]
            for (index, call) in calls.enumerated() {
                var upload = try MediaToSend(whole, to: people.alice.wxid, client: UInt32(index))
                upload.kind = call.0
                upload.request.name = call.name
                upload.request.mimeType = call.type
                upload.request.duration = 1500
                upload.request.thumbnail = Data("small".utf8)
                let sent = try await bob.upload(upload, piece: 40_000)
                #expect(sent.result.code == 0 && sent.have == 100_000 && sent.serverID != 0)
                let message = try #require(try await alice.newSync().messages.last)
                #expect(message.serverID == sent.serverID && message.type == call.0.messageType.rawValue)
                #expect(message.sender.value == people.bob.wxid)
                #expect(message.content.value.contains(call.tag), "\(message.content.value)")
                #expect(message.content.value.contains(upload.digest.hex))
                #expect(message.imageBuffer.bytes == Array("small".utf8))
                #expect(try await alice.fetch(upload.digest, by: call.0.download, piece: 33_333) == whole)
            }
        }
    }

    @Test func `go on where the server has them, whatever comes twice or out of order`() async throws {
        try await withPeople { server, people in
            let bob = try await TestClient.loggedIn(server, as: "bob")
            let upload = try MediaToSend(whole, to: people.alice.wxid)
            func piece(_ range: Range<Int>) async throws -> UInt64 {
                try await bob.call(upload, range).have
            }
            #expect(try await piece(0..<0) == 0)
            #expect(try await piece(50_000..<60_000) == 0)
            #expect(try await piece(0..<30_000) == 30_000)
            #expect(try await piece(0..<30_000) == 30_000)
            #expect(try await piece(10_000..<40_000) == 30_000)
            #expect(try await piece(30_000..<60_000) == 60_000)
            // Another request for the same bytes, for another message: it goes on from there too.
            let other = try MediaToSend(whole, to: people.alice.wxid, client: 2)
            #expect(try await bob.call(other, 0..<0).have == 60_000)
            let last = try await bob.call(upload, 60_000..<100_000)
            #expect(last.serverID != 0)
            #expect(try await bob.call(other, 0..<0).serverID != 0)
            let alice = try await TestClient.loggedIn(server, as: "alice")
            #expect(try await alice.newSync().messages.map(\.type) == [49, 49])
            #expect(try await alice.fetch(upload.digest) == whole)
        }
    }

    @Test func `sent again under the same id are the same message, even at once and after a restart`()
        async throws
    {
        try await withFolder { folder in
            var results: [Microchat_MediaUploadResponse] = []
            var wxid = ""
            for round in 0..<2 {
                try await withServer(in: folder) { server in
                    if round == 0 { wxid = try await People(server).alice.wxid }
                    let bob = try await TestClient.loggedIn(server, as: "bob")
                    let upload = try MediaToSend(whole, to: wxid)
                    _ = try await bob.call(upload, 0..<90_000)
                    let packet = try bob.seal(upload.kind.upload, upload.piece(90_000..<100_000))
                    let session = try #require(bob.session)
                    let address = server.shortLink
                    results += try await withThrowingTaskGroup { group in
                        for _ in 0..<4 {
                            group.addTask {
                                let answer = try await TestSocket(address).post(
                                    ShortLink.path(of: upload.kind.upload), packet)
                                return try #require(answer).response(session) as Microchat_MediaUploadResponse
                            }
                        }
                        var all: [Microchat_MediaUploadResponse] = []
                        for try await one in group { all.append(one) }
                        return all
                    }
                    results.append(try await bob.call(upload, 0..<0))
                }
            }
            // One that came between may have been told that it comes too late to be a piece.
            let named = results.filter { $0.serverID != 0 }
            #expect(named.count >= 4 && Set(named.map(\.serverID)).count == 1)
            #expect(Set(named.map(\.messageID)).count == 1)
            try await withServer(in: folder) { server in
                let alice = try await TestClient.loggedIn(server, as: "alice")
                #expect(try await alice.newSync().messages.count == 1)
            }
        }
    }

    @Test func `survive a restart in the middle`() async throws {
        try await withFolder { folder in
            var upload: MediaToSend?
            try await withServer(in: folder) { server in
                let people = try await People(server)
                let bob = try await TestClient.loggedIn(server, as: "bob")
                let begun = try MediaToSend(whole, to: people.alice.wxid)
                #expect(try await bob.call(begun, 0..<70_000).have == 70_000)
                upload = begun
            }
            let begun = try #require(upload)
            try await withServer(in: folder) { server in
                let bob = try await TestClient.loggedIn(server, as: "bob")
                #expect(try await bob.call(begun, 0..<0).have == 70_000)
                #expect(try await bob.call(begun, 70_000..<100_000).serverID != 0)
                let alice = try await TestClient.loggedIn(server, as: "alice")
                #expect(try await alice.newSync().messages.count == 1)
                #expect(try await alice.fetch(begun.digest) == whole)
            }
        }
    }

    @Test func `that are not what their digest says are thrown away`() async throws {
        try await withPeople { server, people in
            let bob = try await TestClient.loggedIn(server, as: "bob")
            let right = try MediaToSend(whole, to: people.alice.wxid)
            var wrong = right
            wrong.whole[5] ^= 1
            #expect(try await bob.call(wrong, 0..<50_000).have == 50_000)
            let answer = try await bob.call(wrong, 50_000..<100_000)
            #expect(answer.result.result == .mediaDamaged && answer.serverID == 0)
            #expect(try await bob.call(right, 0..<0).have == 0)
            #expect(try await bob.upload(right).serverID != 0)
            let alice = try await TestClient.loggedIn(server, as: "alice")
            #expect(try await alice.newSync().messages.count == 1)
            #expect(try await alice.fetch(right.digest) == whole)
        }
    }

    @Test func `can be fetched by those alone who sent them or were sent them`() async throws {
        try await withPeople { server, people in
            let bob = try await TestClient.loggedIn(server, as: "bob")
            let carol = try await TestClient.loggedIn(server, as: "carol")
            let upload = try MediaToSend(whole, to: people.alice.wxid)
            _ = try await bob.upload(upload)
            #expect(try await bob.fetch(upload.digest) == whole)
            #expect(try await carol.download(upload.digest, at: 0, 10).result.result == .mediaGone)
            // To know what something is called is not to have it.
            var claim = try MediaToSend(whole, to: people.carol.wxid)
            claim.whole = []
            #expect(try await carol.call(claim, 0..<0).have == 0)
            #expect(try await carol.download(upload.digest, at: 0, 10).result.result == .mediaGone)
            // What is not there looks the same.
            let nothing = try ContentDigest.of([1])
            #expect(try await bob.download(nothing, at: 0, 10).result.result == .mediaGone)
            #expect(try await bob.download(upload.digest, at: 100_000, 10).data.isEmpty)
            #expect(try await bob.download(upload.digest, at: 100_001, 10).result.result == .badArgument)
            #expect(try await bob.download(upload.digest, at: 0, .max).data.count == 100_000)
        }
    }

    @Test func `are refused before their bytes come if they cannot be delivered`() async throws {
        try await withPeople { server, people in
            let carol = try await TestClient.loggedIn(server, as: "carol")
            let upload = try MediaToSend(whole, to: people.alice.wxid)
            for _ in 0..<2 {
                #expect(try await carol.call(upload, 0..<0).result.result == .verificationNeeded)
            }
            #expect(try await carol.newSync().messages.map(\.type) == [10_000])
            #expect(try await carol.download(upload.digest, at: 0, 10).result.result == .mediaGone)
        }
    }

    @Test func `are refused if they are too large, or make no sense`() async throws {
        try await withPeople { server, people in
            let bob = try await TestClient.loggedIn(server, as: "bob")
            let good = try MediaToSend(whole, to: people.alice.wxid)
            func code(_ kind: MediaKind = .file, _ change: (inout Microchat_MediaUploadRequest) -> Void)
                async throws
                -> MicroChatWire.ResultCode
            {
                var upload = good
                upload.kind = kind
                change(&upload.request)
                return try await bob.call(upload, 0..<10).result.result
            }
            for kind in MediaKind.allCases {
                let code = try await code(kind) { $0.size = UInt64(kind.maximumSize) + 1 }
                #expect(code == .mediaTooLarge)
            }
            #expect(try await code { $0.size = .max } == .mediaTooLarge)
            #expect(
                try await code(.voice) {
                    $0.duration = 60_001; $0.mimeType = "audio/ogg"
                } == .mediaTooLarge)
            #expect(try await code { $0.size = 0 } == .badArgument)
            #expect(try await code { $0.size = 9 } == .badArgument)
            #expect(try await code { $0.offset = .max } == .badArgument)
            #expect(try await code { $0.digest = Data(count: 31) } == .badArgument)
            #expect(try await code { $0.name = "../a" } == .badArgument)
            #expect(try await code { $0.name = ".." } == .badArgument)
            #expect(try await code { $0.name = "a\nb" } == .badArgument)
            #expect(try await code { $0.mimeType = "a/b\"><x" } == .badArgument)
            #expect(try await code { $0.to = "" } == .badArgument)
            #expect(try await code { $0.thumbnail = Data(count: 16 << 10 + 1) } == .badArgument)
            #expect(try await code(.picture) { $0.mimeType = "text/html" } == .badArgument)
            #expect(try await code { _ in } == .ok)
            #expect(try await code { $0.size = 99_999 } == .badArgument)
        }
    }

    @Test func `have names that stay names in the XML`() async throws {
        try await withPeople { server, people in
            let bob = try await TestClient.loggedIn(server, as: "bob")
            var upload = try MediaToSend([1, 2, 3], to: people.alice.wxid)
            upload.request.name = "<title><type>5\"&.txt"
            _ = try await bob.upload(upload)
            let alice = try await TestClient.loggedIn(server, as: "alice")
            let text = try #require(try await alice.newSync().messages.last?.content.value)
            #expect(text.contains("<title>&lt;title&gt;&lt;type&gt;5&quot;&amp;.txt</title>"))
        }
    }

    @Test func `use up an account's room, until they are forgotten`() async throws {
        try await withFolder { folder in
            let start: Int64 = 1_700_000_000
            var first: MediaToSend?
            try await withServer(
                in: folder,
                configure: {
                    $0.now = { start }
                    $0.mediaQuota = 250_000
                }
            ) { server in
                let people = try await People(server)
                let bob = try await TestClient.loggedIn(server, as: "bob")
                let uploads = try (0..<3).map {
                    try MediaToSend(whole + [UInt8($0)], to: people.alice.wxid, client: UInt32($0))
                }
                #expect(try await bob.upload(uploads[0]).serverID != 0)
                #expect(try await bob.call(uploads[1], 0..<10).have == 10)
                #expect(try await bob.call(uploads[2], 0..<10).result.result == .mediaRoomUsedUp)
                first = uploads[0]
            }
            let sent = try #require(first)
            let database = try folder.openDatabase()
            func upkeep(at now: Int64, until table: String, is count: Int) async throws {
                try await withServer(
                    in: folder,
                    configure: {
                        $0.now = { now }
                        $0.upkeepInterval = .milliseconds(1)
                    }
                ) { _ in
                    // Looking is what takes time here.
                    while try await database.read({
                        try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? 0
                    }) != count {}
                }
            }
            try await upkeep(at: start + 47 * 3600, until: "uploads", is: 1)
            try await upkeep(at: start + 49 * 3600, until: "uploads", is: 0)
            #expect(try files(in: folder, "coming").isEmpty)
            #expect(try files(in: folder).contains(sent.digest.hex))
            try await upkeep(at: start + 31 * 24 * 3600, until: "media", is: 0)
            #expect(try files(in: folder) == ["coming"])
        }
    }

    @Test func `are forgotten with the last account that may fetch them`() async throws {
        try await withFolder { folder in
            try await withServer(in: folder, configure: { $0.upkeepInterval = .milliseconds(1) }) { server in
                let people = try await People(server)
                let bob = try await TestClient.loggedIn(server, as: "bob")
                let upload = try MediaToSend(whole, to: people.alice.wxid)
                _ = try await bob.upload(upload)
                try await server.accounts.remove(name: "bob")
                let alice = try await TestClient.loggedIn(server, as: "alice")
                #expect(try await alice.fetch(upload.digest) == whole)
                try await server.accounts.remove(name: "alice")
                while try files(in: folder).contains(upload.digest.hex) {
                    try await Task.sleep(for: .milliseconds(2))
                }
            }
        }
    }

    private func files(in folder: ServerFolder, _ part: String = "") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path + "/media/" + part)
    }
}
