import BotKit
import Foundation

extension Reading {
    /// `20s`, `20s to 90s`, or `{ until: "08:00" }`.
    func waitLength(_ node: Node, _ context: RuleContext, label: String) -> WaitLength? {
        if case .map = node.content {
            guard let fields = Fields(node, .wait, in: self) else { return nil }
            return fields.required("until").flatMap(clock).map {
                .until(minute: $0, in: TimeZone(identifier: context.bot.timezone) ?? .gmt)
            }
        }
        guard let text = text(node) else { return nil }
        let ends = text.split(separator: " ")
        if ends.count == 3, ends[1] == "to", let from = duration(ends[0]), let to = duration(ends[2]) {
            if from <= to { return .span(from...to, salt: "\(context.rule)/\(label)") }
            error("the wait ends before it begins: write \(ends[2]) to \(ends[0])", at: node.position)
            return nil
        }
        if let length = duration(text[...]) { return .length(length) }
        error("expected a time to wait such as 20s, 20s to 90s or { until: \"08:00\" }", at: node.position)
        return nil
    }

    /// What a step asks.
    func question(_ fields: Fields, _ context: RuleContext, label: String) -> Question? {
        let before = errorCount
        let text = fields.required("text").flatMap { answer($0, context) }
        let expected = expectedAnswer(fields, context)
        let name = fields.required("save_as").flatMap(variableName)
        let retries = fields["retries"].flatMap { count($0, in: 0...20) }
        let retryText = fields["retry_text"].flatMap { answer($0, context) }
        let timeout = fields["timeout"].flatMap(length)
        let cancelWords = cancelWords(fields["cancel_words"], context).map(Question.plain)
        guard let text, let expected, let name else { return nil }
        var question = Question(text: text, expected: expected, saveAs: name, label: label)
        question.retries = retries ?? question.retries
        question.retryText = retryText
        question.timeout = timeout ?? question.timeout
        question.cancelWords = Set(cancelWords)
        if let node = fields["from"] {
            question.isForAnyone = choice(node, of: ["sender", "anyone"]) == "anyone"
        }
        return errorCount == before ? question : nil
    }

    private func cancelWords(_ node: Node?, _ context: RuleContext) -> [String] {
        guard let node else { return ["cancel", "取消"] + (context.vocabulary.words["bye"] ?? []) }
        return list(node).flatMap { item -> [String] in
            guard let name = item.reference("words") else { return text(item).map { [$0] } ?? [] }
            if let words = context.vocabulary.words[name] { return words }
            undefined(
                "words", name, at: item.position, among: context.vocabulary.words.keys,
                unless: !context.vocabulary.knowsAllWords)
            return []
        }
    }

    private func expectedAnswer(_ fields: Fields, _ context: RuleContext) -> ExpectedAnswer? {
        let before = errorCount
        let bot = context.bot
        let kinds = ["text", "number", "date", "yes_no", "choice", "image", "regex"]
        let kind = fields["expect"].map { choice($0, of: kinds) } ?? "text"
        for (key, owner) in [("choices", "choice"), ("between", "number"), ("matches", "regex")] {
            if let entry = fields.entry(key), let kind, kind != owner {
                error("'\(key)' goes with expect: \(owner)", at: entry.keyPosition)
            }
        }
        let expected: ExpectedAnswer?
        switch kind {
        case "number": expected = .number(fields["between"].flatMap(range), bot: bot)
        case "date": expected = .date(bot: bot)
        case "yes_no": expected = .yesNo(bot: bot)
        case "image": expected = .image(bot: bot)
        case "choice":
            let choices = fields.required("choices").map { texts(in: $0) } ?? []
            if choices.isEmpty, let node = fields["choices"] {
                error("expected at least a choice", at: node.position)
            }
            expected = .choice(choices, bot: bot)
        case "regex":
            guard let node = fields.required("matches"), let text = text(node),
                let pattern = pattern(text, node, CheckOptions())
            else { return nil }
            expected = .matching(pattern, bot: bot)
        case "text": expected = .text
        default: expected = nil
        }
        return errorCount == before ? expected : nil
    }

    /// `[1, 12]`.
    private func range(_ node: Node) -> ClosedRange<Decimal>? {
        let ends = list(node).map { item -> Decimal? in
            if case .scalar(let scalar) = item.content { NumberText.decimal(scalar.text) } else { nil }
        }
        if ends.count == 2, let from = ends[0], let to = ends[1], from <= to { return from...to }
        error("expected two numbers such as [1, 12], the smaller first", at: node.position)
        return nil
    }
}
