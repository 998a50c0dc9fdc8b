import BotKit
import Logging
import Synchronization

/// A gateway that fetches the bytes of what comes in by itself, as long as they are few, while everything else goes on.
///
/// It is a convenience: events never wait for it, and what it missed (a crash, too large, too many at once) can be
/// fetched later.
final class EagerMedia: Gateway {
    /// What is larger is only fetched when asked for.
    private static let mostBytes: Int64 = 20 << 20
    /// What waits beyond this is forgotten, oldest first.
    private static let mostWaiting = 200
    private static let atOnce = 2
    /// What to wait after each attempt that came to nothing.
    private static let waits: [Duration] = [.seconds(1), .seconds(5), .seconds(30)]

    private let gateway: any Gateway
    private let logger: Logger
    private let wanted = Mutex<AsyncStream<Media>.Continuation?>(nil)

    init(_ gateway: any Gateway, logger: Logger) {
        self.gateway = gateway
        self.logger = logger
    }

    func run(notify: @escaping @Sendable (GatewayNotice) -> Void) async throws {
        let (media, want) = AsyncStream.makeStream(
            of: Media.self, bufferingPolicy: .bufferingNewest(Self.mostWaiting))
        wanted.withLock { $0 = want }
        defer { wanted.withLock { $0 = nil } }
        try await withThrowingTaskGroup { group in
            group.addTask { try await self.gateway.run(notify: notify) }
            group.addTask { await self.fetch(media) }
            try await group.next()
            group.cancelAll()
        }
    }

    func changes(since key: SyncKey?) async throws(GatewayError) -> Changes {
        let changes = try await gateway.changes(since: key)
        let media = changes.events.compactMap { event -> Media? in
            guard case .message(let message) = event.body, !message.isOwn else { return nil }
            return message.content.media
        }
        wanted.withLock { wanted in
            for media in media where media.size <= Self.mostBytes { wanted?.yield(media) }
        }
        return changes
    }

    func acknowledge(_ key: SyncKey) async throws(GatewayError) { try await gateway.acknowledge(key) }

    func perform(_ batch: [Outgoing]) async -> [Result<Receipt, GatewayError>] {
        await gateway.perform(batch)
    }

    private func fetch(_ wanted: AsyncStream<Media>) async {
        await withTaskGroup(of: Void.self) { group in
            var running = 0
            for await media in wanted {
                if running == Self.atOnce {
                    await group.next()
                    running -= 1
                }
                running += 1
                group.addTask { await self.fetch(media) }
            }
        }
    }

    private func fetch(_ media: Media) async {
        var reason = ""
        for wait in Self.waits {
            switch await gateway.perform([Outgoing(fetching: media)]).first {
            case .success?: return
            case .failure(.refused(let why))?: return note(media, why)
            case .failure(let error)?: reason = error.reason
            case nil: break
            }
            guard (try? await Task.sleep(for: wait)) != nil else { return }
        }
        note(media, reason)
    }

    private func note(_ media: Media, _ reason: String) {
        logger.info("not fetched: \(reason)", metadata: ["digest": "\(media.digest)"])
    }
}

extension Outgoing {
    /// Something that no row of an outbox stands for.
    init(fetching media: Media) {
        self.init(
            number: 0, clientID: ClientMessageID(seconds: 0, number: 0), chat: .none,
            effect: .fetchMedia(media))
    }
}
