import BotKit
import Foundation
import MicroChatGateway

/// One terminal chat: what is typed goes out, what comes in is shown.
struct ChatSession {
    let gateway: MicroChatGateway
    let media: MediaFolder
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
    private func follow(
        _ notices: AsyncStream<GatewayNotice>, active: @escaping @Sendable () -> Void
    ) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            try await follow(notices, active: active) { message, chat in
                group.addTask { await fetch(message, in: chat, active: active) }
            }
        }
    }

    private func follow(
        _ notices: AsyncStream<GatewayNotice>, active: () -> Void, fetch: (Message, ChatID) -> Void
    ) async throws {
        var key: SyncKey?
        for await notice in notices {
            switch notice {
            case .online: active()
            case .offline(let reason): screen.note("offline: \(reason)")
            case .paused(let reason): throw Failure(reason)
            case .changed, .poorNetwork, .kicked, .sessionRenewed: break
            }
            var hasMore = true
            while hasMore, let changes = try? await gateway.changes(since: key) {
                for event in changes.events {
                    guard case .message(let message) = event.body, !message.isOwn else { continue }
                    if message.content.media != nil {
                        fetch(message, event.chat)
                    } else {
                        show(message, in: event.chat, message.content.forPeople)
                    }
                    active()
                }
                key = changes.key
                hasMore = changes.hasMore
                try? await gateway.acknowledge(changes.key)
            }
        }
    }

    private func show(_ message: Message, in chat: ChatID, _ text: String) {
        screen.says(names[chat] ?? chat.rawValue, text)
    }

    /// Shows a picture, voice, video or file once its bytes are here, as the place where they are.
    private func fetch(_ message: Message, in chat: ChatID, active: () -> Void) async {
        guard let wanted = message.content.media else { return }
        var reason = ""
        for _ in 1...3 {
            switch await gateway.perform([Outgoing(fetching: wanted)]).first {
            case .failure(let error): reason = error.reason
            default: reason = ""
            }
            if reason.isEmpty { break }
            try? await Task.sleep(for: .seconds(1))
        }
        let place = media.path(of: wanted) ?? "(not fetched: \(reason))"
        show(message, in: chat, "\(message.content.forPeople) \(place)")
        active()
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
        case .image(let media), .voice(let media), .video(let media), .file(let media):
            "[\(kind)] \(media.name.isEmpty ? "" : media.name + ", ")\(media.size) bytes"
        case .unsupported(let kind, let raw): "[\(kind)] \(raw)"
        }
    }
}
