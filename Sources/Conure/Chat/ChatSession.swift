import BotKit
import Foundation
import MicroChatGateway

/// One terminal chat: what is typed goes out, what comes in is shown.
struct ChatSession {
    let gateway: MicroChatGateway
    let partner: ChatID
    let names: [ChatID: String]
    let screen: Screen
    /// After the end of piped input: how long nothing may come until the chat is over.
    let silence: Duration

    func run() async throws {
        let (notices, notify) = AsyncStream.makeStream(of: GatewayNotice.self)
        let (activity, active) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        try await withThrowingTaskGroup { group in
            group.addTask { try await gateway.run { notify.yield($0) } }
            group.addTask { try await follow(notices, active: { active.yield() }) }
            group.addTask {
                await online(activity)
                screen.welcome()
                for await line in screen.lines() where !line.isEmpty { await send(line) }
                if !screen.isInteractive { await quiet(activity) }
                throw Over()
            }
            do {
                while try await group.next() != nil {}
            } catch is Over {
                group.cancelAll()
            }
        }
    }

    private struct Over: Error {}

    /// Shows what comes in, and stops if the gateway does.
    private func follow(_ notices: AsyncStream<GatewayNotice>, active: () -> Void) async throws {
        var key: SyncKey?
        for await notice in notices {
            switch notice {
            case .online: active()
            case .offline(let reason): screen.note("offline: \(reason)")
            case .paused(let reason): throw Failure(reason)
            case .changed: break
            }
            var hasMore = true
            while hasMore, let changes = try? await gateway.changes(since: key) {
                for event in changes.events where show(event) { active() }
                key = changes.key
                hasMore = changes.hasMore
                try? await gateway.acknowledge(changes.key)
            }
        }
    }

    private func show(_ event: Event) -> Bool {
        guard case .message(let message) = event.body, !message.isOwn else { return false }
        let name = names[event.chat] ?? event.chat.rawValue
        screen.says(name, message.content.forPeople)
        return true
    }

    /// Sends a line: at most three tries under the same id (MicroChat wire protocol, section 14.1).
    private func send(_ line: String) async {
        let outgoing = Outgoing(
            number: 0,
            clientID: ClientMessageID(
                seconds: UInt32(truncatingIfNeeded: SystemClock().now.seconds),
                number: .random(in: 1 ... .max)),
            chat: partner, effect: .send(.text(line)))
        var reason = ""
        for _ in 1...3 {
            switch await gateway.perform([outgoing]).first {
            case .success: return
            case .failure(.refused(let why)): return screen.note("not sent: \(why)")
            case .failure(let error): reason = error.reason
            case nil: break
            }
            try? await Task.sleep(for: .seconds(1))
        }
        screen.note("not sent: \(reason)")
    }

    private func online(_ activity: AsyncStream<Void>) async {
        for await _ in activity { return }
    }

    /// Returns once nothing has come for `silence`.
    private func quiet(_ activity: AsyncStream<Void>) async {
        var hasCome = true
        while hasCome {
            hasCome = await withTaskGroup { group in
                group.addTask {
                    for await _ in activity { return true }
                    return false
                }
                group.addTask {
                    try? await Task.sleep(for: silence)
                    return false
                }
                defer { group.cancelAll() }
                return await group.next() ?? false
            }
        }
    }
}

extension Content {
    /// The content in one line of a terminal.
    fileprivate var forPeople: String {
        switch self {
        case .text(let text), .system(let text): text
        case .link(let link): "[link] \(link.title) \(link.url)"
        case .card(let card): "[card] \(card.name) (\(card.person))"
        case .emoji(let emoji): "[emoji \(emoji.name)]"
        case .unsupported(let kind, let raw): "[\(kind)] \(raw)"
        }
    }
}
