import Foundation
import Testing

@Suite(.timeLimit(.minutes(5)))
struct `The command wire decode` {
    struct Line: Decodable {
        struct Packet: Decodable {
            struct Message: Decodable {
                struct Outgoing: Decodable { var content: String }
                struct Items: Decodable {
                    struct Item: Decodable {
                        struct Payload: Decodable {
                            struct Text: Decodable { var value: String }
                            var content: Text?
                        }
                        var payload: Payload
                    }
                    var items: [Item]
                }
                var messages: [Outgoing]?
                var items: Items?
            }
            var call: String?
            var uin: Int32
            var cookie: String
            var message: Message?
        }
        var kind: String
        var offset: Int
        var name: String?
        var sequence: UInt32?
        var packet: Packet?
    }

    private struct VectorFile: Decodable {
        struct Vector: Decodable {
            var group: String
            var packed: String?
            var frame: String?
            var stream: String?
            var session_key: String?
            var client_key: String?
            var content: String?
        }
        var vectors: [Vector]
    }

    private func vector(_ group: String) throws -> VectorFile.Vector {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../MicroChatWireTests/Vectors/microchat-vectors.json")
        let file = try JSONDecoder().decode(VectorFile.self, from: Data(contentsOf: path))
        return try #require(file.vectors.first { $0.group == group })
    }

    @Test func `opens a packet with its key, which it does not print`() async throws {
        try await withFolder { folder in
            let vector = try vector("newsync-response")
            let key = try #require(vector.session_key)
            let packed = try #require(vector.packed)
            let ending = try await folder.conure("wire", "decode", "--key", key, input: packed)
            #expect(ending.code == 0 && ending.errors.isEmpty)
            let line = try #require(try ending.decoded(as: Line.self).first)
            #expect(line.kind == "packet" && line.packet?.uin == 100_001)
            #expect(line.packet?.message?.items?.items.first?.payload.content?.value == vector.content)

            try folder.write(key + "\n", to: folder / "key")
            try folder.write(packed, to: folder / "packet.hex")
            let files = try await folder.conure("wire", "decode", "--key-file", "key", "packet.hex")
            #expect(files.code == 0 && files.output == ending.output)
            #expect(!ending.output.contains(key) && !ending.output.contains("SessionKey_16byt"))
        }
    }

    @Test func `opens a login's answer with the client key`() async throws {
        try await withFolder { folder in
            let key = try #require(try vector("login-request").client_key)
            let frames =
                try #require(try vector("login-request").frame) + "\n"
                + #require(try vector("login-response").frame)
            let ending = try await folder.conure("wire", "decode", "--key", key, input: frames)
            #expect(ending.code == 0)
            #expect(ending.output.contains(#""sealed_account_length":256"#))
            #expect(ending.output.contains(#""nick_name":"Alice""#))
            #expect(!ending.output.contains(key))
        }
    }

    @Test func `prints what comes before bytes that make no sense`() async throws {
        try await withFolder { folder in
            let ending = try await folder.conure(
                "wire", "decode", "-", input: try #require(try vector("frame-stream").stream))
            #expect(ending.code == 1 && ending.isOneErrorLine)
            #expect(try ending.decoded(as: Line.self).map(\.name) == ["heartbeat", "push notice"])
            #expect(ending.errors.contains("offset 36 (0x24): expected a frame of at least 16 bytes"))
        }
    }

    @Test func `refuses keys and files that are none, without repeating a key`() async throws {
        try await withFolder { folder in
            let key = try await folder.conure(
                "wire", "decode", "--key", "secret-but-short", "--key", "tooshort")
            #expect(key.code == 1 && key.output.isEmpty && key.isOneErrorLine)
            #expect(!key.errors.contains("tooshort") && !key.errors.contains("secret-but-short"))
            let file = try await folder.conure("wire", "decode", "missing")
            #expect(file.code == 1 && file.output.isEmpty && file.isOneErrorLine)
            let nothing = try await folder.conure("wire", "decode")
            #expect(nothing.code == 1 && nothing.isOneErrorLine && nothing.errors.contains("found nothing"))
        }
    }
}
