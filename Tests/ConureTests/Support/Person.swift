import BotKit
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

    fileprivate init(_ name: String, at site: Site) throws {
        self.name = name
        gateway = MicroChatGateway(
            try site.account(of: name), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        (heard, hear) = AsyncStream.makeStream(of: String.self)
    }

    /// Sends a text, again and again under the same id until the server has it.
    func send(_ text: String, to chat: ChatID) async throws {
        let outgoing = Outgoing(
            number: 1,
            clientID: ClientMessageID(
                seconds: UInt32(clamping: SystemClock().now.seconds), number: .random(in: 1 ... .max)),
            chat: chat, effect: .send(.text(text)))
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
        guard case .message(let message) = event.body, !message.isOwn, case .text(let text) = message.content
        else { return }
        hear.yield(text)
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
