import MicroChatWire
import NIOCore
import SwiftProtobuf
import Testing

struct `Calls` {
    @Test(arguments: VectorFile.vectors("sync-key"))
    func `carry sync keys as the vectors say`(vector: Vector) throws {
        let bytes = try #require(vector.packed).bytes
        let key = try SyncKey(envelope: bytes)
        #expect(key.entries.count == vector.values?.count)
        for (kind, value) in try #require(vector.values) { #expect(key[UInt32(kind) ?? 0] == value) }
        #expect(try key.envelope() == bytes)
        guard let reportBody = vector.report_body?.bytes else { return }
        #expect(Array(try Report(key: key).body().readableBytesView) == reportBody)
        #expect(try Report(body: ByteBuffer(bytes: reportBody)).key == key)
    }

    @Test func `read a report that promises more than it has as an error`() {
        #expect(throws: WireError.syncKey) {
            try Report(body: ByteBuffer(bytes: [0, 0, 0, 1, 0, 0, 0, 9, 1]))
        }
        #expect(throws: WireError.syncKey) { try Report(body: ByteBuffer(bytes: [0, 0, 0])) }
    }

    @Test func `read the zero key as zero for every kind`() throws {
        let key = try SyncKey(envelope: SyncKey.zero.envelope())
        #expect(key == .zero && key[1] == 0 && key[5] == 0 && key[99] == 0)
    }

    @Test func `open the vectors' newsync request and response`() throws {
        let request = try #require(VectorFile.vectors("newsync-request").first)
        let response = try #require(VectorFile.vectors("newsync-response").first)
        for vector in [request, response] {
            let key = try SymmetricKey(bytes: #require(vector.session_key).bytes)
            let packet = try Packet(reading: ByteBuffer(bytes: #require(vector.packed).bytes))
            #expect(packet.type == Call.newSync.type)
            #expect(try packet.openBody(with: key) == vector.plain?.bytes)
            let session = Session(uin: packet.uin, cookie: packet.cookie, key: key, wxid: "")
            let again = try session.sealRequest(
                packet.type, clientVersion: packet.versionOrStatus, plaintext: #require(vector.plain).bytes)
            if vector.group == "newsync-request" {
                #expect(Array(again.readableBytesView) == vector.packed?.bytes)
            }
        }
        let message = try Microchat_SyncResponse(plaintext: #require(response.plain).bytes)
        let item = try #require(message.items.items.first)
        #expect(SyncItemKind(rawValue: item.kind) == .message)
        #expect(item.payload.bytes == response.message?.bytes)
        #expect(try Microchat_ChatMessage(plaintext: item.payload.bytes).content.value == response.content)
    }

    @Test(arguments: VectorFile.vectors("protobuf"))
    func `encode packed numbers as the vectors say`(vector: Vector) throws {
        var request = try Microchat_VerifyUserRequest(plaintext: #require(vector.plain).bytes)
        #expect(request.op == 3 && request.scenes == [6])
        #expect(request.targets.first?.user == "v1_bob@stranger")
        request.unknownFields = UnknownStorage()
        #expect(try request.plaintext() == vector.plain?.bytes)
    }

    @Test(arguments: [
        ErrorNotice(content: "short"), ErrorNotice(content: "", url: "http://a.example"),
        ErrorNotice(content: String(repeating: "很长", count: 100), url: "http://a.example/b"),
        ErrorNotice(content: "ends ]]> early"),
        ErrorNotice(content: "x", url: String(repeating: "u", count: 99)),
    ])
    func `explain a failure in less than 128 bytes`(notice: ErrorNotice) {
        let xml = notice.xml
        #expect(xml.utf8.count < 128)
        let read = ErrorNotice(xml: xml)
        #expect(notice.content.replacing("]]>", with: "]]").hasPrefix(read.content))
        #expect(read.url == notice.url || read.url.isEmpty)
    }

    @Test func `show an explanation of an unknown form whole`() {
        #expect(ErrorNotice(xml: "plain text") == ErrorNotice(content: "plain text"))
    }

    @Test(arguments: [
        ("/cgi-bin/micromsg-bin/newsync", "newsync"), ("/cgi-bin/micromsg-bin/newsync?a=b", "newsync"),
        ("/cgi-bin/micromsg-bin/", nil), ("/cgi-bin/micromsg-bin/a/b", nil), ("/", nil), ("", nil),
    ])
    func `are found by their path`(path: String, name: String?) {
        #expect(ShortLink.callName(inPath: path).map(String.init) == name)
    }

    @Test func `have names and numbers of their own`() {
        #expect(Set(Call.all.map(\.name)).count == Call.all.count)
        // 0 is nobody's: servers dispatch by the name.
        let numbers = Call.all.map(\.type.rawValue).filter { $0 != 0 }
        #expect(Set(numbers).count == numbers.count)
        let commands = Call.all.compactMap(\.command)
        #expect(Set(commands).count == commands.count)
    }
}
