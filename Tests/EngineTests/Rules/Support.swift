import BotKit
import Engine
import Foundation
import Testing

/// Secrets as a test wants them.
struct FixedSecrets: SecretSource {
    var values: [String: String] = [:]
    func secret(_ name: String) -> String? { values[name] }
}

/// One set of rules under test, and somebody who writes to it.
struct Conversation {
    let file: RulesFile
    var sender = Contact(id: "u1", kind: .private, name: "Ann", isFriend: true)
    var chat: Contact?
    /// 2026-11-23 10:00:00 UTC, a Monday.
    var now = Timestamp(seconds: 1_795_428_000)
    var lastPicks: [String: Int] = [:]
    var event: EventID = "e1"

    init(_ text: String, secrets: FixedSecrets = FixedSecrets()) throws {
        file = try RulesFile.parse(Array(text.utf8), secrets: secrets)
    }

    /// A file whose rules start with the three lines that every file has.
    init(rules: String) throws {
        try self.init("version: 1\nrules:\n" + rules)
    }

    /// A file with one rule that says "yes" when `message` holds.
    init(message: String) throws {
        try self.init(rules: "  - { id: r, when: { message: \(message) }, then: { reply: \"yes\" } }")
    }

    func decision(_ content: Content, isOwn: Bool = false, tracing: RuleSet.Tracing = .everything) -> Decision
    {
        let message = Message(sender: PersonID(sender.id), content: content, isOwn: isOwn)
        let event = Event(
            id: event, chat: ChatID(chat?.id ?? sender.id), chatKind: chat?.kind ?? .private, time: now,
            body: .message(message))
        let circumstances = Circumstances(
            account: "bot", sender: sender, chat: chat, now: now, lastPicks: lastPicks)
        let decision = file.rules.decide(event, in: circumstances, tracing: tracing)
        // The index changes how long it takes, and nothing else.
        let quick = file.rules.decide(event, in: circumstances, tracing: .looked)
        #expect(quick.actions == decision.actions && quick.picks == decision.picks)
        return decision
    }

    /// What is answered to a text.
    func answers(_ text: String) -> [String] {
        decision(.text(text)).actions.compactMap { action in
            guard case .perform(.send(.text(let text), _), _, _) = action else { return nil }
            return text
        }
    }
}

/// Everything that is wrong with a text, as a person reads it.
func complaints(about text: String, secrets: FixedSecrets = FixedSecrets()) -> String {
    do {
        _ = try RulesFile.parse(Array(text.utf8), secrets: secrets)
        return ""
    } catch {
        return error.description
    }
}
