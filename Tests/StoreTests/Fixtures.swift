import BotKit
import Foundation
import Store
import Testing

let bot: AccountID = "bot"
let start = Timestamp(seconds: 1_800_000_000)
let generous = SendLimits(
    account: Rate(interval: .microseconds(1), burst: 1_000_000),
    chat: Rate(interval: .microseconds(1), burst: 1_000_000),
    group: Rate(interval: .microseconds(1), burst: 1_000_000))

/// A store in a folder of its own, gone with the test.
func withStore(_ body: (Store, _ path: String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "conure-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "store.sqlite").path
    let store = try Store(path: path)
    try await store.open(bot, now: start)
    try await body(store, path)
}

func message(_ id: Int, in chat: ChatID = "ann", _ text: String = "hello") -> Event {
    Event(
        id: EventID("m\(id)"), chat: chat, chatKind: .private, time: start,
        body: .message(Message(sender: PersonID(chat.rawValue), content: .text(text))))
}

extension Store {
    /// Journals events, and returns those that nobody has decided.
    func journal(_ events: [Event], key: UInt8 = 1) async throws -> [PendingEvent] {
        _ = try await append(Changes(key: SyncKey(bytes: [key]), events: events), to: bot, now: start)
        return try await undecided(of: bot, after: 0, limit: 10_000)
    }

    /// Answers each undecided event with its own text.
    func echoAll(lifetime: Duration = .seconds(3600)) async throws {
        let pending = try await undecided(of: bot, after: 0, limit: 10_000)
        _ = try await decide(pending, of: bot, lifetime: lifetime, now: start) { pending, _ in
            Decision(actions: [.perform(.send(pending.content), in: pending.event.chat, rule: "echo")])
        }
    }

    /// What may leave at `now`, as client ids' numbers and texts.
    func leave(_ limits: SendLimits = generous, at now: Timestamp = start) async throws -> Lease {
        try await lease(of: bot, limits: limits, limit: 100, now: now)
    }

    func settle(_ rows: [LeasedRow], _ result: Settlement, at now: Timestamp = start) async throws {
        try await settle(rows.map { (row: $0, result: result) }, of: bot, now: now)
    }
}

extension PendingEvent {
    var content: Content {
        if case .message(let message) = event.body { message.content } else { .text("") }
    }
}

extension Lease {
    var texts: [String] {
        rows.map { row in
            if case .send(.text(let text), _) = row.outgoing.effect { text } else { "" }
        }
    }
}
