import BotKit
import Store
import Testing

struct `Media in the store` {
    private func media(_ digest: String, thumbnail: String = "") -> Media {
        Media(
            name: "a \"b\".jpg", mimeType: "image/jpeg", size: 3, digest: digest, duration: 4,
            thumbnail: thumbnail, source: "s")
    }

    @Test func `that came in are listed, newest first, with who sent them`() async throws {
        try await withStore { store, _ in
            let contents: [Content] = [
                .image(media("1")), .text("hi"), .voice(media("2")), .video(media("3")), .file(media("4")),
            ]
            let events = contents.enumerated().map { index, content in
                Event(
                    id: EventID("e\(index)"), chat: "ann", chatKind: .private, time: start,
                    body: .message(Message(sender: "ann", content: content)))
            }
            let changes = Changes(
                key: SyncKey(bytes: [1]), events: events,
                contacts: [Contact(id: "ann", kind: .private, name: "Ann", remark: "", isFriend: true)])
            _ = try await store.append(changes, to: bot, now: start)
            let received = try await store.receivedMedia(of: bot, limit: 3)
            #expect(received.map(\.content) == [contents[4], contents[3], contents[2]])
            #expect(received.map(\.number) == [5, 4, 3] && received.allSatisfy { $0.sender == "Ann" })
            #expect(try await store.receivedMedia(1, of: bot)?.content == contents[0])
            #expect(try await store.receivedMedia(2, of: bot) == nil)
            #expect(try await store.receivedMedia(1, of: "other") == nil)
        }
    }

    @Test func `that have to leave are known until they have`() async throws {
        try await withStore { store, _ in
            for content in [Content.image(media("1", thumbnail: "t")), .text("hi"), .file(media("2"))] {
                _ = try await store.enqueue(
                    .send(content), in: ChatID(content.kind), of: bot, lifetime: .seconds(60), now: start)
            }
            #expect(try await store.mediaToSend() == ["1", "t", "2", ""])
            try await store.settle(try await store.leave().rows, .sent(Receipt()))
            #expect(try await store.mediaToSend().isEmpty)
        }
    }
}
