import ArgumentParser
import BotKit
import Engine
import Foundation
import Store

/// Says which rules would run on a message, and why the others would not.
struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say which rules would run on a message, and why the others would not.",
        discussion: """
            Nothing is sent and nothing is remembered. Cool-downs, variables, tags and names are those of the bot's \
            data folder, if it has one.
            """)

    @OptionGroup var data: DataOption
    @OptionGroup var rules: RulesOption
    @OptionGroup var json: JSONOption
    @Option(help: "What is written.") var text: String
    @Option(help: "Who writes it: a name, a remark or an id; a friend nobody knows if not given.") var from:
        String?
    @Option(help: "The group in which it is written, by name or id; a private chat if not given.") var chat:
        String?
    @Option(help: "When, in the bot's time zone, such as \"2026-11-23 10:00\"; now if not given.") var at:
        String?
    @Option(help: "Which of the bot's accounts; the first if not given.") var account: String?

    func run() async throws {
        let folder = data.folder
        let file = try loadRules(rules, secretsIn: folder)
        let now = try moment(file.bot)
        let id = account ?? file.accounts.first?.id.rawValue ?? "bot"
        guard file.accounts.contains(where: { $0.id.rawValue == id }) else {
            throw Failure("there is no account '\(id)' in \(rules.path)")
        }
        let explain = { @Sendable [self] (state: any RuleState) in
            try self.explanation(file.rules(for: AccountID(id)), AccountID(id), state, now: now)
        }
        let explanation: Explanation
        if FileManager.default.fileExists(atPath: folder.store) {
            explanation = try await Store(path: folder.store).look(at: AccountID(id), now: now) {
                try explain($0)
            }
        } else {
            let state = MemoryState(now: now)
            state.inventsContacts = true
            explanation = try explain(state)
        }
        let report = ExplanationReport(explanation)
        print(json.isOn ? try JSONLine.text(report) : report.text)
    }

    private func explanation(
        _ rules: RuleSet, _ account: AccountID, _ state: any RuleState, now: Timestamp
    ) throws -> Explanation {
        let sender = try contact(from ?? "a friend", .private, state)
        let room = try chat.map { try contact($0, .group, state) }
        let event = Event(
            id: "explain", chat: ChatID((room ?? sender).id), chatKind: room == nil ? .private : .group,
            time: now, body: .message(Message(sender: PersonID(sender.id), content: .text(text))))
        let circumstances = Circumstances(
            account: account, sender: sender, chat: room ?? sender, now: now)
        return try rules.explain(event, in: circumstances, state)
    }

    private func contact(_ name: String, _ kind: ChatKind, _ state: any RuleState) throws -> Contact {
        try state.contacts(called: name, kind: kind).first
            ?? Contact(id: name, kind: kind, name: name, isFriend: from == nil)
    }

    private func moment(_ bot: BotSettings) throws -> Timestamp {
        guard let at else { return SystemClock().now }
        guard let moment = bot.moment(of: at) else {
            throw Failure("--at is '\(at)', expected a day and a time such as \"2026-11-23 10:00\"")
        }
        return moment
    }
}

/// An explanation for people and as JSON.
private struct ExplanationReport: Encodable {
    struct Rule: Encodable {
        var id: String
        var verdict: String
        var check: String
        var seen: String
        var file: String
        var line: Int
    }

    var rules: [Rule]
    var actions: [ActionLine]

    init(_ explanation: Explanation) {
        rules = explanation.rules.map { line in
            Rule(
                id: line.id, verdict: line.verdict.rawValue, check: line.check, seen: line.seen,
                file: line.place.file, line: line.place.line)
        }
        actions = explanation.decision.actions.map(ActionLine.init)
    }

    var text: String {
        var lines = rules.map { rule in
            let reason = rule.check.isEmpty ? "" : "  \(rule.check): \(rule.seen)"
            return "\(rule.file):\(rule.line): \(rule.id): \(words(rule.verdict))\(reason)"
        }
        if rules.isEmpty { lines.append("no rule is about messages") }
        lines += actions.map { "→ \($0.kind) in \($0.chat): \($0.text)" }
        if actions.isEmpty { lines.append("→ nothing is sent") }
        return lines.joined(separator: "\n")
    }

    private func words(_ verdict: String) -> String { verdict.replacing("_", with: " ") }
}

/// Something that a rule does, for people and as JSON.
struct ActionLine: Encodable {
    var kind: String
    var chat: String
    var text: String
    var rule: String

    init(_ action: Action) {
        switch action {
        case .perform(let effect, let chat, let rule, _):
            kind = effect.kind
            self.chat = chat.rawValue
            self.rule = rule
            if case .send(.text(let text), _) = effect { self.text = text } else { text = "" }
        case .broadcast(let order):
            (kind, chat, text, rule) = ("broadcast", "", order.example, order.rule)
        }
    }
}
