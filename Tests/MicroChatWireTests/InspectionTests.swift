import Foundation
import MicroChatWire
import NIOCore
import Testing

@Suite struct `An inspection` {
    /// Everything told, and the fault in the end.
    private func inspect(
        _ bytes: [UInt8], keys: [SymmetricKey] = []
    ) -> (told: [InspectedValue], fault: InspectionFault?) {
        var told: [InspectedValue] = []
        do {
            try StreamInspection(keys: keys).inspect(bytes) { told.append($0) }
            return (told, nil)
        } catch {
            return (told, error as? InspectionFault)
        }
    }

    private func hex(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02x", $0) }.joined() }

    @Test(arguments: VectorFile.vectors("frame")) func `tells of a frame`(vector: Vector) throws {
        let bytes = try #require(vector.packed).bytes
        let (told, fault) = inspect(bytes)
        let frame = try #require(told.first)
        #expect(told.count == 1 && fault == nil)
        #expect(frame["command"] == .number(Int64(try #require(vector.cmd))))
        #expect(frame["sequence"] == .number(Int64(try #require(vector.seq))))
        #expect(frame["total"] == .number(Int64(bytes.count)))
        #expect(frame["body_length"] == .number(Int64(vector.body?.bytes.count ?? 0)))
        #expect(
            frame["header_extra"] == .string(String(repeating: "00", count: (vector.head_len ?? 16) - 16)))
        #expect(frame["name"] != nil)
    }

    @Test func `names commands and their direction`() throws {
        let report = try #require(VectorFile.vectors("frame").first { $0.cmd == 1_000_000_190 }?.packed).bytes
        let told = inspect([0, 0, 0, 16, 0, 16, 0, 1, 0x3B, 0x9A, 0xCA, 6, 0, 0, 0, 1] + report).told
        #expect(told.map { $0["name"] } == ["heartbeat", "report"])
        #expect(told.map { $0["direction"] } == ["server to client", "client to server"])
        #expect(told.last?["sync_key"] == .list([["kind": .number(1), "value": .number(9)]]))
    }

    @Test func `tells what came before a frame that is cut off`() throws {
        let vector = try #require(VectorFile.vectors("frame-stream").first)
        let stream = try #require(vector.stream).bytes
        let (told, fault) = inspect(stream)
        #expect(told.map { $0["command"] } == [.number(6), .number(24)])
        #expect(fault?.offset == 36)
        #expect(fault?.text == "expected a frame of at least 16 bytes, found 5")
    }

    @Test(arguments: VectorFile.vectors("frame-invalid") + VectorFile.vectors("packet-invalid"))
    func `says where what is wrong begins`(vector: Vector) throws {
        let heartbeat: [UInt8] = [0, 0, 0, 16, 0, 16, 0, 1, 0, 0, 0, 6, 0, 0, 0, 1]
        let (told, fault) = inspect(heartbeat + (try #require(vector.packed)).bytes)
        #expect(told.count == 1)
        #expect(fault?.offset == 16)
        #expect(fault?.text.hasPrefix("expected ") == true)
    }

    @Test(arguments: VectorFile.vectors("packet")) func `tells of a packet by itself`(vector: Vector) throws {
        let bytes = try #require(vector.packed).bytes
        let packet = try #require(inspect(bytes).told.first?["packet"])
        #expect(packet["marker"] == .bool(vector.marker ?? false))
        #expect(packet["header_length"] == .number(Int64(vector.header_len ?? 0)))
        #expect(packet["cipher"] == .number(Int64(vector.cipher?.number ?? 0)))
        #expect(packet["uin"] == .number(Int64(vector.uin ?? 0)))
        #expect(packet["type"] == .number(Int64(vector.cgi ?? 0)))
        #expect(packet["cookie"] == .string(hex(vector.cookie?.bytes ?? [])))
        #expect(packet["raw_length"] == .number(Int64(vector.raw_len ?? 0)))
        let version = vector.version_or_status.map { InspectedValue.number(Int64($0)) }
        #expect(packet[version == .number(637_927_472) ? "client_version" : "status"] == version)
    }

    @Test func `opens what a key fits, and shows no key`() throws {
        let answer = try #require(VectorFile.vectors("newsync-response").first)
        let key = try SymmetricKey(bytes: try #require(answer.session_key).bytes)
        let bytes = try #require(answer.packed).bytes
        let wrong = try SymmetricKey(bytes: [UInt8](repeating: 1, count: 16))
        let packet = try #require(inspect(bytes, keys: [wrong, key]).told.first?["packet"])
        let message = try #require(packet["message"])
        #expect(packet["call"] == "newsync" && packet["message_name"] == "SyncResponse")
        guard case .list(let items) = message["items"]?["items"] else {
            Issue.record("no items")
            return
        }
        #expect(items.first?["payload"]?["content"]?["value"] == .string(answer.content ?? ""))
        #expect(message["sync_key"] == .list([["kind": .number(1), "value": .number(5)]]))
        let closed = try #require(inspect(bytes, keys: [wrong]).told.first?["packet"])
        #expect(closed["message"] == nil && closed["closed"] != nil)
    }

    @Test func `shows how a login is made, and opens its answer with the client key`() throws {
        let request = try #require(VectorFile.vectors("login-request").first)
        let answer = try #require(VectorFile.vectors("login-response").first)
        let key = try SymmetricKey(bytes: try #require(request.client_key).bytes)
        let bytes = try #require(request.frame).bytes + (try #require(answer.frame)).bytes
        let told = inspect(bytes, keys: [key]).told
        #expect(
            told.first?["packet"]?["login"] == [
                "account_length": .number(165), "device_length": .number(242),
                "sealed_account_length": .number(256), "sealed_device_length": .number(176),
            ])
        let message = told.last?["packet"]?["message"]
        #expect(message?["account"]?["nick_name"] == "Alice")
        #expect(message?["session"]?["session_key"] == "redacted")
        let text = String(decoding: try JSONEncoder().encode(told), as: UTF8.self)
        #expect(!text.contains(hex(key.bytes)) && !text.contains(Data(key.bytes).base64EncodedString()))
    }

    @Test func `goes on behind a packet that makes no sense`() throws {
        let packet = try #require(VectorFile.vectors("packet-invalid").first?.packed).bytes
        var bytes = try EncodedFrame(command: 121, body: packet).bytes
        let length = bytes.count
        bytes += [0, 0, 0, 16, 0, 16, 0, 1, 0, 0, 0, 6, 0, 0, 0, 1]
        let (told, fault) = inspect(bytes)
        #expect(told.map { $0["offset"] } == [.number(0), .number(Int64(length))])
        #expect(told.first?["error"] != nil && fault?.offset == 16)
    }

    /// A frame's bytes, whatever is in it.
    private struct EncodedFrame {
        var bytes: [UInt8]

        init(command: UInt32, body: [UInt8]) throws {
            var buffer = ByteBuffer()
            try FrameEncoder().encode(
                data: Frame(
                    command: Command(rawValue: command), sequence: 1, body: ByteBuffer(bytes: body)),
                out: &buffer)
            bytes = Array(buffer.readableBytesView)
        }
    }

    @Test func `reads the short link's HTTP`() throws {
        let request = try #require(VectorFile.vectors("newsync-request").first)
        let key = try SymmetricKey(bytes: try #require(request.session_key).bytes)
        let packet = try #require(request.packed).bytes
        let post =
            Array(
                "POST /cgi-bin/micromsg-bin/newsync HTTP/1.1\r\nContent-Length: \(packet.count)\r\n\r\n".utf8)
            + packet
        let chunked =
            Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n".utf8) + packet.prefix(3)
            + Array("\r\n\(String(packet.count - 3, radix: 16))\r\n".utf8) + packet.dropFirst(3)
            + Array("\r\n0\r\n\r\n".utf8)
        let (told, fault) = inspect(post + post, keys: [key])
        #expect(fault == nil && told.map { $0["name"] } == ["newsync", "newsync"])
        #expect(told.last?["packet"]?["message"]?["scene"] == .number(3))
        let answer = inspect(chunked + chunked)
        #expect(answer.fault == nil && answer.told.map { $0["packet"]?["call"] } == ["newsync", "newsync"])
        let cut = inspect(Array(post.dropLast()))
        #expect(cut.told.isEmpty && cut.fault?.offset == post.count - 1)
    }

    @Test func `survives every cut and every flipped bit of a conversation`() throws {
        let login = try #require(VectorFile.vectors("login-request").first?.frame).bytes
        let answer = try #require(VectorFile.vectors("newsync-response").first)
        let key = try SymmetricKey(bytes: try #require(answer.session_key).bytes)
        let frame = try EncodedFrame(
            command: 1_000_000_121, body: try #require(answer.packed).bytes
        ).bytes
        for end in login.indices.dropFirst(16) {
            #expect(inspect(Array(login.prefix(end))).fault?.offset == 0)
        }
        for bit in 0..<(frame.count * 8) {
            var damaged = frame
            damaged[bit / 8] ^= 1 << (bit % 8)
            _ = inspect(damaged, keys: [key])
        }
    }
}

@Suite struct `Hex text` {

    private func commands(in text: String) throws -> [InspectedValue?] {
        var commands: [InspectedValue?] = []
        try StreamInspection(keys: []).inspect(Array(text.utf8)) { commands.append($0["sequence"]) }
        return commands
    }

    @Test(arguments: [
        "000000140010000100000018000000000000000700000010001000010000000600000061",
        "00 00 00 14 00 10 00 01 00 00 00 18 00 00 00 00 00\n00 00 07 00 00 00 10 00 10 00 01 00 00 00 06 00 00 00 61\n",
        "0x00,0x00,0x00,0x14,0x00,0x10,0x00,0x01,0x00,0x00,0x00,0x18,0x00,0x00,0x00,0x00,0x00,0x00,0x00,0x07,"
            + "0x00,0x00,0x00,0x10,0x00,0x10,0x00,0x01,0x00,0x00,0x00,0x06,0x00,0x00,0x00,0x61",
        // xxd
        """
        00000000: 0000 0014 0010 0001 0000 0018 0000 0000  ................
        00000010: 0000 0007 0000 0010 0010 0001 0000 0006  ................
        00000020: 0000 0061                                ...a
        """,
        // hexdump -C
        """
        00000000  00 00 00 14 00 10 00 01  00 00 00 18 00 00 00 00  |................|
        00000010  00 00 00 07 00 00 00 10  00 10 00 01 00 00 00 06  |................|
        00000020  00 00 00 61                                       |...a|
        00000024
        """,
        // Wireshark, with characters that look like hex
        """
        0000   00 00 00 14 00 10 00 01 00 00 00 18 00 00 00 00   ab ab ab ab ab a
        0010   00 00 00 07 00 00 00 10 00 10 00 01 00 00 00 06   ................
        0020   00 00 00 61                                       ab
        """,
        // tcpdump -x: two segments with IP and TCP headers, and an empty one
        """
        12:00:00.000000 IP 127.0.0.1.8080 > 127.0.0.1.40000: Flags [P.], length 20
        \t0x0000:  4500 003c 0000 4000 4006 0000 7f00 0001
        \t0x0010:  7f00 0001 1f90 9c40 0000 0001 0000 0001
        \t0x0020:  5018 0200 0000 0000 0000 0014 0010 0001
        \t0x0030:  0000 0018 0000 0000 0000 0007
        12:00:00.000001 IP 127.0.0.1.40000 > 127.0.0.1.8080: Flags [.], length 0
        \t0x0000:  4500 0028 0000 4000 4006 0000 7f00 0001
        \t0x0010:  7f00 0001 1f90 9c40 0000 0001 0000 0001
        \t0x0020:  5010 0200 0000 0000
        12:00:00.000002 IP 127.0.0.1.8080 > 127.0.0.1.40000: Flags [P.], length 16
        \t0x0000:  4500 0038 0000 4000 4006 0000 7f00 0001
        \t0x0010:  7f00 0001 1f90 9c40 0000 0015 0000 0001
        \t0x0020:  5018 0200 0000 0000 0000 0010 0010 0001
        \t0x0030:  0000 0006 0000 0061
        """,
    ]) func `is read as tools print it`(text: String) throws {
        #expect(try commands(in: text) == [.number(0), .number(0x61)])
    }

    @Test func `names the line and column of what is no digit`() throws {
        let error = try #require(throws: InspectionFault.self) { try commands(in: "0000\n00g0") }
        #expect(error.offset == 3 && error.text == "expected a hex digit, found 'g' in line 2, column 3")
    }

    @Test func `is refused when lines of a dump are missing`() throws {
        let text = "00000000: 0000 0014 0010 0001\n00000010: 0000 0007"
        let error = try #require(throws: InspectionFault.self) { try commands(in: text) }
        #expect(error.text == "expected a line with the offset 0x8, found 0x10 in line 2")
    }

    @Test func `of a key may be digits or characters`() throws {
        let key = try SymmetricKey(bytes: Array("0123456789abcdef".utf8))
        #expect(SymmetricKey(text: "0123456789abcdef") == key)
        #expect(SymmetricKey(text: "30313233343536373839616263646566") == key)
        for text in ["", "0123456789abcde", "3031323334353637383961626364656g", "0123456789abcde\n"] {
            #expect(SymmetricKey(text: text) == nil)
        }
    }
}
