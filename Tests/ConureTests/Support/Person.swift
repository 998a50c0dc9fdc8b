import BotKit
import ContentFiles
import Foundation
import Logging
import MicroChatGateway

/// Somebody on the server, with a client in this process: it reconnects by itself, repeats what may not have arrived,
/// and hears everything once.
final class Person: Sendable {
    let name: String
    private let gateway: MicroChatGateway
    private let heard: AsyncStream<String>
    private let hear: AsyncStream<String>.Continuation
    private let media: PersonsMedia
    private let (received, receive) = AsyncStream.makeStream(of: Content.self)

    fileprivate init(_ name: String, at site: Site) throws {
        self.name = name
        media = PersonsMedia(files: try ContentFolder(path: site.folder / "media-of-\(name)"))
        gateway = MicroChatGateway(
            try site.account(of: name), media: media,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        (heard, hear) = AsyncStream.makeStream(of: String.self)
    }

    /// Sends a text, again and again under the same id until the server has it.
    func send(_ text: String, to chat: ChatID) async throws {
        try await perform(.send(.text(text)), in: chat)
    }

    /// Sends a picture.
    func send(picture bytes: [UInt8], named name: String, to chat: ChatID) async throws {
        let picture = Media(
            name: name, mimeType: "image/png", size: Int64(bytes.count),
            digest: try media.files.keep(bytes).hex)
        try await perform(.send(.image(picture)), in: chat)
    }

    /// The next picture, voice, video or file that somebody sends, with its bytes.
    func nextMedia() async throws -> (content: Content, bytes: [UInt8]) {
        for await content in received {
            guard let wanted = content.media else { continue }
            try await perform(.fetchMedia(wanted), in: .none)
            let bytes = try await media.read(wanted.digest, at: 0, count: Int(wanted.size))
            return (content, bytes ?? [])
        }
        throw CancellationError()
    }

    /// Does something, again and again under the same id until it has worked.
    private func perform(_ effect: Effect, in chat: ChatID) async throws {
        let outgoing = Outgoing(
            number: 1,
            clientID: ClientMessageID(
                seconds: UInt32(clamping: SystemClock().now.seconds), number: .random(in: 1 ... .max)),
            chat: chat, effect: effect)
        while true {
            switch await gateway.perform([outgoing]).first {
            case .success: return
            case .failure(.refused(let reason)): throw ConureProcess.Failure(description: reason)
            default: try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    /// All texts that others wrote, from the first not yet taken to `last`.
    func texts(until last: String) async throws -> [String] {
        var texts: [String] = []
        for await text in heard {
            texts.append(text)
            if text == last { break }
        }
        try Task.checkCancellation()
        return texts
    }

    /// So many texts that others wrote, from the first not yet taken.
    func texts(count: Int) async throws -> [String] {
        var texts: [String] = []
        for await text in heard {
            texts.append(text)
            if texts.count >= count { break }
        }
        try Task.checkCancellation()
        return texts
    }

    /// Keeps the link, and hears what is said.
    fileprivate func live() async throws {
        let (notices, notify) = AsyncStream.makeStream(of: GatewayNotice.self)
        try await withThrowingTaskGroup { group in
            group.addTask { [gateway] in try await gateway.run { notify.yield($0) } }
            group.addTask { try await self.listen(notices) }
            while try await group.next() != nil {}
        }
    }

    private func listen(_ notices: AsyncStream<GatewayNotice>) async throws {
        var key: SyncKey?
        for await notice in notices {
            if case .paused(let reason) = notice { throw ConureProcess.Failure(description: reason) }
            if case .offline = notice { continue }
            while true {
                guard let changes = try? await gateway.changes(since: key) else {
                    try await Task.sleep(for: .milliseconds(20))
                    continue
                }
                changes.events.forEach(take)
                key = changes.key
                try? await gateway.acknowledge(changes.key)
                if !changes.hasMore { break }
            }
        }
    }

    private func take(_ event: Event) {
        guard case .message(let message) = event.body, !message.isOwn else { return }
        if case .text(let text) = message.content { hear.yield(text) }
        if message.content.media != nil { receive.yield(message.content) }
    }
}

/// People who are there until `body` ends.
func withPeople(
    _ names: [String], at site: Site, _ body: @escaping @Sendable ([Person]) async throws -> Void
) async throws {
    struct Over: Error {}
    let people = try names.map { try Person($0, at: site) }
    do {
        try await withThrowingTaskGroup { group in
            for person in people { group.addTask { try await person.live() } }
            group.addTask {
                try await body(people)
                throw Over()
            }
            // The first to fail ends all.
            while try await group.next() != nil {}
        }
    } catch is Over {}
}

/// Where somebody in this process keeps what they send and receive.
struct PersonsMedia: MediaStore {
    let files: ContentFolder

    func read(_ digest: String, at offset: Int64, count: Int) async throws -> [UInt8]? {
        try ContentDigest(hex: digest).flatMap { try files.read($0, at: offset, count: count) }
    }

    func received(_ media: Media) async throws -> Int64 { try Coming(named: media.digest, in: files).size }

    func receive(_ piece: [UInt8], at offset: Int64, of media: Media) async throws -> Int64 {
        let coming = Coming(named: media.digest, in: files)
        let have = try coming.append(piece, at: offset)
        if have >= media.size, let digest = ContentDigest(hex: media.digest) { try coming.finish(as: digest) }
        return have
    }
}
