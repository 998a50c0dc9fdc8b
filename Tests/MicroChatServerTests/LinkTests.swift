import Foundation
import MicroChatServer
import MicroChatWire
import NIOCore
import SwiftProtobuf
import Testing

@Suite(.timeLimit(.minutes(5)))
struct `Links` {
    @Test func `echo heartbeats with any sequence number, answer identify, ignore the rest`() async throws {
        try await withPeople { server, _ in
            let client = try await TestClient(server)
            for sequence in [SequenceNumbers.heartbeat, 15, 0] {
                try await client.send(Frame(command: .heartbeat, sequence: sequence))
                #expect(try await client.next(Command.heartbeat.answer)?.sequence == sequence)
            }
            try await client.send(Frame(command: .signalling, sequence: SequenceNumbers.signalling))
            try await client.send(Frame(command: Command(rawValue: 4711), sequence: 3))
            try await client.send(Frame(command: .report, sequence: 4, body: ByteBuffer(bytes: [1])))
            try await client.send(Frame(command: .identify, sequence: SequenceNumbers.identify))
            let answer = try #require(try await client.next(Command.identify.answer))
            #expect(answer.sequence == SequenceNumbers.identify && answer.body.readableBytes == 0)
        }
    }

    @Test func `take frames in whatever pieces they come`() async throws {
        try await withPeople { server, _ in
            let client = try await TestClient(server)
            var bytes = ByteBuffer()
            for sequence in 1...300 as ClosedRange<UInt32> {
                try FrameEncoder().encode(data: Frame(command: .heartbeat, sequence: sequence), out: &bytes)
            }
            let cut = bytes.readSlice(length: 299 * 16 + 5)
            try await client.link.write(try #require(cut))
            for sequence in 1...299 as ClosedRange<UInt32> {
                #expect(try await client.next(Command.heartbeat.answer)?.sequence == sequence)
            }
            try await client.link.write(bytes)
            #expect(try await client.next(Command.heartbeat.answer)?.sequence == 300)
        }
    }

    @Test(arguments: [
        Array("GET / HTTP/1.1\r\n\r\n".utf8), [UInt8](repeating: 0xFF, count: 64),
        [UInt8](repeating: 0, count: 64),
        [0, 0x10, 0, 1, 0, 0x10, 0, 1, 0, 0, 0, 6, 0, 0, 0, 1],
    ])
    func `that talk nonsense are closed, and others are served`(garbage: [UInt8]) async throws {
        try await withPeople { server, _ in
            let client = try await TestClient(server)
            try await client.link.write(ByteBuffer(bytes: garbage))
            #expect(try await client.next(.push) == nil)
            let undecodable = try await TestClient(server)
            try await undecodable.send(
                Frame(command: .newSync, sequence: 1, body: ByteBuffer(bytes: garbage)))
            #expect(try await undecodable.next(Command.newSync.answer) == nil)
            let short = try await TestSocket(server.shortLink)
            try await short.write(ByteBuffer(bytes: garbage))
            await short.close()
            _ = try await TestClient.loggedIn(server, as: "alice")
        }
    }

    @Test(arguments: [
        ("/cgi-bin/micromsg-bin/nonsense", 404), ("/", 404), ("/cgi-bin/micromsg-bin/newsync", 400),
        ("/cgi-bin/micromsg-bin/manualauth", 400),
    ])
    func `short ones refuse only what is not this protocol`(path: String, status: Int) async throws {
        try await withPeople { server, _ in
            let socket = try await TestSocket(server.shortLink)
            let answer = try await socket.post(path, ByteBuffer(bytes: [1, 2, 3]))
            #expect(answer?.status == status)
        }
    }

    @Test func `short ones refuse a packet above the limit without keeping it`() async throws {
        try await withPeople { server, _ in
            let socket = try await TestSocket(server.shortLink)
            let body = ByteBuffer(repeating: 0, count: ShortLink.maximumPacketLength + 1)
            #expect(try await socket.post(ShortLink.path(of: .newSync), body)?.status == 400)
        }
    }

    @Test func `merge notices, and one follows the last item`() async throws {
        try await withPeople { server, people in
            let alice = try await TestClient.loggedIn(server, as: "alice")
            let bob = try await TestClient.loggedIn(server, as: "bob")
            var received = 0
            for index in 0..<100 {
                _ = try await bob.sendTexts(["x"], to: people.alice.wxid, firstID: UInt32(index))
            }
            while received < 100 {
                try await alice.notice()
                received += try await alice.newSync().messages.count
            }
            #expect(received == 100)
        }
    }

    @Test func `are answered in order though many requests are on their way`() async throws {
        try await withPeople { server, people in
            let bob = try await TestClient.loggedIn(server, as: "bob")
            var bytes = ByteBuffer()
            for sequence in 1...200 as ClosedRange<UInt32> {
                let request = Microchat_SendMessageRequest.with {
                    $0.count = 1
                    $0.messages = [
                        .with {
                            $0.to = Microchat_StringBox(people.alice.wxid)
                            $0.content = .init("\(sequence)".utf8)
                            $0.type = 1
                            $0.clientID = sequence
                        }
                    ]
                }
                let packet = try bob.seal(.newSendMessage, request)
                let frame = Frame(command: .newSendMessage, sequence: sequence, body: packet)
                var encoded = ByteBuffer()
                try FrameEncoder().encode(data: frame, out: &encoded)
                bytes.writeBuffer(&encoded)
            }
            try await bob.link.write(bytes)
            for sequence in 1...200 as ClosedRange<UInt32> {
                #expect(try await bob.next(Command.newSendMessage.answer)?.sequence == sequence)
            }
            let alice = try await TestClient.loggedIn(server, as: "alice")
            let order = try await alice.newSync().messages.map(\.content.value)
            #expect(order == (1...198).map(String.init))
        }
    }

    @Test func `make room for others when too many have not logged in`() async throws {
        try await withFolder { folder in
            try await withServer(in: folder, configure: { $0.maximumConnections = 16 }) { server in
                _ = try await People(server)
                let alice = try await TestClient.loggedIn(server, as: "alice")
                var strangers: [TestClient] = []
                for _ in 0..<40 { strangers.append(try await TestClient(server)) }
                let bob = try await TestClient.loggedIn(server, as: "bob")
                let first = try #require(strangers.first)
                #expect(try await first.next(.push) == nil)
                _ = try await alice.newSync()
                _ = try await bob.newSync()
            }
        }
    }

    @Test func `name the port that is taken`() async throws {
        try await withPeople { server, _ in
            try await withFolder { folder in
                let configuration = ServerConfiguration(
                    longLink: server.longLink, shortLink: .init(host: "127.0.0.1", port: 0), folder: folder)
                let error = await #expect(throws: ServerError.self) {
                    try await MicroChatServer.bind(configuration)
                }
                #expect(error?.description.contains("127.0.0.1:\(server.longLink.port)") == true)
            }
        }
    }
}
