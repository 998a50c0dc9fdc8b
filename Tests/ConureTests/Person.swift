import BotKit
import Foundation
import Logging
import MicroChatGateway
import MicroChatWire
import Synchronization
import Testing

/// Somebody who talks to the bot through the real protocol and remembers every answer.
final class Person: Sendable {
    private let gateway: MicroChatGateway
    private let bot: ChatID
    private let answers = Mutex<[String]>([])
    private let lastKey = Mutex<BotKit.SyncKey?>(nil)

    init(
        _ name: String, password: String, bot: String, longLink: Int, shortLink: Int, keyPath: String
    ) throws {
        var timing = Timing()
        timing.reconnect = [.milliseconds(50), .milliseconds(100), .milliseconds(200)]
        timing.answer = .seconds(3)
        gateway = MicroChatGateway(
            MicroChatAccount(
                longLinks: [Endpoint(host: "127.0.0.1", port: longLink)],
                shortLinks: [Endpoint(host: "127.0.0.1", port: shortLink)],
                loginKey: try RSAPublicKey(pem: String(contentsOfFile: keyPath, encoding: .utf8)),
                loginKeyVersion: 1, user: name, password: try PasswordDigest(password: password),
                timing: timing),
            logger: Logger(label: "person") { _ in SwiftLogNoOpLogHandler() })
        self.bot = ChatID(bot)
    }

    /// Is online while `body` runs.
    func online(_ body: @escaping @Sendable (Person) async throws -> Void) async throws {
        let (notices, notify) = AsyncStream.makeStream(of: GatewayNotice.self)
        try await withThrowingTaskGroup { group in
            group.addTask { try await self.gateway.run { notify.yield($0) } }
            group.addTask { await self.listen(to: notices) }
            try await body(self)
            group.cancelAll()
        }
    }

    /// Every answer so far, in order.
    var heard: [String] { answers.withLock { $0 } }

    /// Says something, under one client id until the server has taken it.
    func say(_ text: String, number: UInt32) async throws {
        let outgoing = Outgoing(
            number: 1,
            clientID: ClientMessageID(seconds: UInt32(SystemClock().now.seconds), number: number), chat: bot,
            content: .text(text))
        while true {
            switch await gateway.perform([outgoing]).first {
            case .success: return
            case .failure(.refused(let reason)): throw Refused(reason: reason)
            default: try await Task.sleep(for: .milliseconds(30))
            }
        }
    }

    struct Refused: Error { var reason: String }

    /// Returns once so many answers have come.
    func hears(_ count: Int) async throws {
        while heard.count < count { try await Task.sleep(for: .milliseconds(20)) }
    }

    private func listen(to notices: AsyncStream<GatewayNotice>) async {
        var key = lastKey.withLock { $0 }
        for await _ in notices {
            var hasMore = true
            while hasMore, let changes = try? await gateway.changes(since: key) {
                let texts = changes.events.compactMap { event -> String? in
                    guard case .message(let message) = event.body, !message.isOwn,
                        case .text(let text) = message.content
                    else { return nil }
                    return text
                }
                answers.withLock { $0 += texts }
                key = changes.key
                lastKey.withLock { [key] in $0 = key }
                hasMore = changes.hasMore
                try? await gateway.acknowledge(changes.key)
            }
        }
    }
}
