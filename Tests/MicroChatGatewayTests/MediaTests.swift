import BotKit
import MicroChatWire
import Testing

@testable import MicroChatGateway

struct `Media as they are sent and read` {
    private static let digest = String(repeating: "0a", count: 32)
    private static let facts =
        "length=\"5\" sha256=\"\(digest)\" mimetype=\"audio/ogg\" filename=\"a &amp; b\""

    private static func media(_ source: String, duration: Int = 0) -> Media {
        Media(
            name: "a & b", mimeType: "audio/ogg", size: 5, digest: digest, duration: duration, source: source)
    }

    @Test(arguments: [
        (MessageType.picture, "<msg><img \(facts)/></msg>", Content.image(media("getmsgimg"))),
        (
            .voice, "<msg><voicemsg voicelength=\"70\" \(facts)/></msg>",
            .voice(media("downloadvoice", duration: 70))
        ),
        (
            .video, "<msg><videomsg playlength=\"70\" \(facts)/></msg>",
            .video(media("downloadvideo", duration: 70))
        ),
        (
            .app,
            """
            <msg><appmsg appid="" sdkver="0"><title>a &amp; b</title><type>6</type><appattach><totallen>5</totallen>\
            <sha256>\(digest)</sha256><mimetype>audio/ogg</mimetype></appattach></appmsg></msg>
            """, .file(media("downloadappattach"))
        ),
    ])
    func `are known by their digest`(_ type: MessageType, _ text: String, _ content: Content) throws {
        #expect(Content(type, text) == content)
        let source = try #require(content.media.flatMap(MediaSource.init))
        #expect(source.digest == [UInt8](repeating: 10, count: 32))
        #expect(source.kind.messageType == type)
    }

    @Test(arguments: [
        "", "<msg/>", "<msg><img length=\"5\"/></msg>", "<msg><img length=\"5\" sha256=\"0a\"/></msg>",
        "<msg><img length=\"-5\" sha256=\"\(digest)\"/></msg>", "<msg><img sha256=\"\(digest)\"/></msg>",
        "<msg><img length=\"5\" sha256=\"\(digest.uppercased())\"/></msg>",
        "<msg><img length=\"5\" sha256=\"\(String(repeating: "+a", count: 32))\"/></msg>",
    ])
    func `are kept as they came if they name no bytes`(_ text: String) {
        #expect(Content(.picture, text) == .unsupported(kind: "3", raw: text))
    }

    @Test func `take turns, and those who give up leave the line`() async throws {
        let slots = Slots(1)
        try await slots.take()
        let quitter = Task { try await slots.take() }
        quitter.cancel()
        await #expect(throws: (any Error).self) { try await quitter.value }
        let next = Task { try await slots.take() }
        slots.giveBack()
        try await next.value
        slots.giveBack()
        try await slots.take()
    }
}
