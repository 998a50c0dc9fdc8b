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
    var state = MemoryState(now: Timestamp(seconds: 1_795_428_000))
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

    func decision(
        _ content: Content, isOwn: Bool = false, mentions: [PersonID] = [],
        tracing: RuleSet.Tracing = .everything
    ) -> Decision {
        decision(
            .message(
                Message(sender: PersonID(sender.id), content: content, isOwn: isOwn, mentions: mentions)),
            tracing: tracing)
    }

    /// What is decided about something, at which the state stays as it is.
    func decision(_ body: Event.Body, tracing: RuleSet.Tracing = .everything) -> Decision {
        let event = event(body)
        let circumstances = Circumstances(account: "bot", sender: sender, chat: chat, now: now)
        state.now = now
        do {
            let decision = try file.rules.decide(event, in: circumstances, state, tracing: tracing)
            // The index changes how long it takes, and nothing else.
            let quick = try file.rules.decide(event, in: circumstances, state, tracing: .looked)
            #expect(quick.actions == decision.actions && quick.picks == decision.picks)
            #expect(quick.changes == decision.changes && quick.emitted == decision.emitted)
            return decision
        } catch {
            Issue.record("\(error)")
            return Decision()
        }
    }

    private func event(_ body: Event.Body) -> Event {
        Event(
            id: event, chat: ChatID(chat?.id ?? sender.id), chatKind: chat?.kind ?? .private, time: now,
            body: body)
    }

    /// What is answered to something, which is then remembered.
    mutating func answers(to body: Event.Body) -> [String] {
        let decision = decision(body)
        state.apply(decision, of: event(body))
        return decision.texts
    }

    /// What is answered to a text, which is then remembered.
    mutating func say(_ text: String) -> [String] {
        answers(to: .message(Message(sender: PersonID(sender.id), content: .text(text))))
    }

    /// What is answered to a text.
    func answers(_ text: String) -> [String] { decision(.text(text)).texts }
}

extension Decision {
    /// The texts that leave.
    var texts: [String] {
        actions.compactMap { action in
            guard case .perform(.send(.text(let text), _), _, _, _) = action else { return nil }
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
