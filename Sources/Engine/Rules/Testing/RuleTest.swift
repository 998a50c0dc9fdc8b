import BotKit
import Foundation
import Store

/// A test that a rules file brings along: what happens, and what has to come of it.
struct RuleTest: Sendable {
    /// Where it stands; its message is what went wrong.
    let place: Finding
    let body: Event.Body
    let chat: Contact
    let sender: Contact
    let time: Timestamp
    var tags: Set<String> = []
    var variables: [String: Value] = [:]
    /// What the sender writes next, one after the other.
    var answers: [String] = []
    /// What webhooks answer, by name; others take what they are told and say nothing.
    var webhooks: [String: WebhookOutcome] = [:]
    /// What handlers say, by name. One that is not named here cannot be asked.
    var handlers: [String: HandlerOutcome] = [:]
    let expected: Expectation

    /// What has to come of it; nil where nothing is said about that.
    struct Expectation: Sendable {
        /// The rule that runs; `none` for no rule.
        var rule: String?
        var replies: [TextTest]?
        var sends: [TextTest]?
        var emits: [String]?
        var accepts: Bool?
        /// The webhooks that are called, in order.
        var http: [String]?
        /// What broadcasts say, in order.
        var broadcasts: [TextTest]?
    }

    /// What becomes of a call.
    enum WebhookOutcome: Sendable {
        case answer(WebhookAnswer)
        case failure(String)
    }

    /// A text, exactly, or an expression that is found in it.
    enum TextTest: Sendable {
        case exactly(String)
        case matching(Pattern, text: String)

        func holds(_ text: String) -> Bool {
            switch self {
            case .exactly(let wanted): text == wanted
            case .matching(let pattern, _): pattern.match(Array(text.utf8)) != nil
            }
        }

        var spelling: String {
            switch self {
            case .exactly(let text): quoted(text)
            case .matching(_, let text): "/\(text)/"
            }
        }
    }
}

extension RuleTest {
    private static let me: PersonID = "test-bot"

    /// Runs the test on a clock, a store and a network of its own.
    ///
    /// - Returns: what is wrong, in one line; nil if nothing is.
    func failure(of rules: RuleSet) -> String? {
        let state = MemoryState(now: time)
        state.identity = Self.me
        state.contacts = [sender, chat]
        state.inventsContacts = true
        state.tags[sender.id] = tags
        for (name, value) in variables {
            state.set(Variable(owner: .chat(ChatID(chat.id)), name: name), to: value)
        }
        var run = TestRun(test: self, rules: rules, state: state)
        guard let decisions = try? run.play() else { return "the rules cannot be run" }
        return failure(of: decisions)
    }

    private func failure(of decisions: [Decision]) -> String? {
        let fired = decisions.first?.firedRules ?? []
        if let rule = expected.rule {
            let wanted = rule == "none" ? [] : [rule]
            if wanted.isEmpty, let first = fired.first { return "expected no rule to run, and \(first) does" }
            if let rule = wanted.first, !fired.contains(rule) {
                let instead = fired.first.map { ", and \($0) does" } ?? ", and none does"
                return "expected \(rule) to run\(instead)" + why(rule, decisions.first)
            }
        }
        let actions = decisions.flatMap(\.actions)
        if let replies = expected.replies {
            let said = texts(of: actions) { $0.rawValue == chat.id }
            if let problem = compare(replies, said, "reply", decisions) { return problem }
        }
        if let sends = expected.sends {
            let said = texts(of: actions) { $0.rawValue != chat.id }
            if let problem = compare(sends, said, "message to somebody else", decisions) { return problem }
        }
        if let broadcasts = expected.broadcasts {
            let said = actions.compactMap { action -> String? in
                if case .broadcast(let order) = action { order.example } else { nil }
            }
            if let problem = compare(broadcasts, said, "broadcast", decisions) { return problem }
        }
        if let emits = expected.emits {
            let names = decisions.flatMap { $0.emitted.map(\.name) }
            if names != emits { return "expected the events \(list(emits)), got \(list(names))" }
        }
        if let http = expected.http {
            let names = actions.compactMap { action -> String? in
                if case .perform(.callWebhook(let request), _, _, _) = action { request.webhook } else { nil }
            }
            if names != http { return "expected calls of \(list(http)), got \(list(names))" }
        }
        if let accepts = expected.accepts {
            let does = actions.contains {
                if case .perform(.acceptFriend, _, _, _) = $0 { true } else { false }
            }
            if does != accepts {
                return accepts
                    ? "expected the request to be accepted" : "expected the request not to be accepted"
            }
        }
        return nil
    }

    private func compare(
        _ wanted: [TextTest], _ said: [String], _ what: String, _ decisions: [Decision]
    ) -> String? {
        for (number, test) in wanted.enumerated() {
            guard number < said.count else {
                let error = decisions.flatMap(\.trace).first { $0.verdict == .error }
                let reason = error.map { ": \($0.rule): \($0.seen)" } ?? ""
                return
                    "expected the \(what) \(test.spelling), got \(number == 0 ? "none" : "no more")\(reason)"
            }
            if !test.holds(said[number]) {
                return "expected the \(what) \(test.spelling), got \(quoted(said[number]))"
            }
        }
        guard said.count > wanted.count else { return nil }
        return "expected no \(wanted.isEmpty ? "" : "more ")\(what), got \(quoted(said[wanted.count]))"
    }

    private func texts(of actions: [Action], _ isWanted: (ChatID) -> Bool) -> [String] {
        actions.compactMap { action in
            guard case .perform(.send(.text(let text), _), let chat, _, _) = action, isWanted(chat) else {
                return nil
            }
            return text
        }
    }

    private func why(_ rule: String, _ decision: Decision?) -> String {
        guard let line = decision?.trace.last(where: { $0.rule == rule && $0.verdict != .yes }) else {
            return ""
        }
        return ": \(line.check) says \(line.verdict.rawValue), seeing \(quoted(line.seen))"
    }

    private func list(_ names: [String]) -> String { names.isEmpty ? "none" : names.joined(separator: ", ") }
}

extension Decision {
    /// The rules that ran, in order.
    var firedRules: [String] {
        trace.filter(\.isStart).map(\.rule)
    }
}
