package import BotKit
import Foundation
import Store

/// What a broadcast says and how it goes about it, as it was when its rule decided. It is kept as text, so a rule that
/// changes meanwhile, or goes, changes nothing about it.
struct BroadcastPlan: Sendable, Codable {
    /// What it says, as the rules file has it; everybody gets one of these. Empty where it says something else.
    var texts: [String] = []
    /// What names in the texts meant that are the same for everybody.
    var values: [String: Value] = [:]
    var timezone: String
    var language: String
    var pacing: Pacing
    var priority: Priority
    /// The rule's name, for people.
    var title: String

    init(timezone: String, language: String, pacing: Pacing, priority: Priority, title: String) {
        self.timezone = timezone
        self.language = language
        self.pacing = pacing
        self.priority = priority
        self.title = title
    }

    /// - Throws: if another version has written it in a way that this one cannot read.
    init(json: String) throws {
        self = try JSONDecoder().decode(BroadcastPlan.self, from: Data(json.utf8))
    }

    /// It as text.
    var json: String {
        get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
    }

    var bot: BotSettings { BotSettings(timezone: timezone, language: language) }
}

/// Somebody who gets a broadcast, as texts may speak of them.
struct RecipientFacts: Sendable {
    var id: String
    var name: String
    var remark = ""
    var tags: [String] = []

    init(id: String, name: String) { (self.id, self.name) = (id, name) }

    /// Somebody as the store knows them.
    init(_ id: String, in state: StoredState) throws {
        let contact = try state.contact(id)
        (self.id, name) = (id, RuleRun.name(of: contact, id: id))
        remark = contact?.remark ?? ""
        tags = try state.tags(of: id)
    }

    /// Somebody who stands for all.
    static let example = RecipientFacts(id: "recipient", name: "recipient")
}

/// The texts of a broadcast, ready to be written to one after the other.
struct BroadcastTexts: Sendable {
    private let templates: [Template]
    private let values: [String: Value]
    private let number: Int64

    /// - Throws: `TemplateError` if a text cannot be read any more.
    init(_ plan: BroadcastPlan, number: Int64) throws {
        var names = KnownNames()
        for name in plan.values.keys {
            let parts = name.split(separator: ".").map(String.init)
            if parts.count > 1, parts[0] == "vars" { names.variables.insert(parts[1]) }
            parts.first.map { _ = names.saved.insert($0) }
        }
        let parser = TemplateParser(bot: plan.bot, names: names)
        templates = try plan.texts.map { text in
            let (template, problems) = parser.parse(text)
            if let problem = problems.first { throw TemplateError(reason: problem.message) }
            return template
        }
        (values, self.number) = (plan.values, number)
    }

    /// What somebody is told; the same at each try.
    func text(for recipient: RecipientFacts) throws -> String {
        guard !templates.isEmpty else { throw TemplateError(reason: "there is nothing to say") }
        let place = Pick.number(below: Int64(templates.count), for: recipient.id, salt: "broadcast \(number)")
        return try templates[Int(place)].render(BroadcastValues(values: values, recipient: recipient))
    }
}

/// What names mean in a broadcast's texts.
struct BroadcastValues: ValueSource {
    let values: [String: Value]
    let recipient: RecipientFacts

    func value(of name: ValueName) -> Value {
        switch name {
        case .plain(.recipientID): .text(recipient.id)
        case .plain(.recipientName): .text(recipient.name)
        case .plain(.recipientRemark): .text(recipient.remark)
        case .plain(.recipientTags): .list(recipient.tags.map(Value.text))
        default: values[name.spelling] ?? .missing
        }
    }
}

extension BroadcastOrder {
    /// What somebody would get who stands for all.
    package var example: String {
        if let content { return content.kind }
        let texts = (try? BroadcastPlan(json: plan)).flatMap { try? BroadcastTexts($0, number: 0) }
        return (try? texts?.text(for: .example)) ?? ""
    }
}

extension ValueName {
    /// Whether it differs from one to the next who get a broadcast.
    var isOfRecipient: Bool {
        switch self {
        case .plain(.recipientID), .plain(.recipientName), .plain(.recipientRemark), .plain(.recipientTags):
            true
        default: false
        }
    }
}
