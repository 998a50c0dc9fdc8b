import BotKit
import Foundation

/// Takes a message for the answer to a question, as the engine does in the plain cases: it knows more words for a day and
/// for yes and no, in more languages.
struct AnswerReading {
    private let question: HandlerQuestion
    private let expect: String

    /// Nil if the question expects something that is nothing.
    init?(_ question: HandlerQuestion) {
        expect = question.expect ?? "text"
        guard ["text", "number", "date", "yes_no", "choice", "image"].contains(expect),
            expect != "choice" || question.choices?.isEmpty == false
        else { return nil }
        self.question = question
    }

    static func plain(_ text: String) -> String {
        text.trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
            .trimmingCharacters(in: CharacterSet(charactersIn: ".!。！~"))
    }

    /// - Returns: nil if it is no such answer.
    func answer(_ event: TestEvent, now: Timestamp) -> Value? {
        if expect == "image" {
            guard event.facts.kind == "image" else { return nil }
            return ["kind": "image", "message": .text(event.facts.id), "name": "image"]
        }
        guard event.facts.kind == "text", let text = event.facts.text else { return nil }
        let plain = Self.plain(text)
        if plain.isEmpty { return nil }
        switch expect {
        case "number": return number(in: plain)
        case "date": return day(plain, now).map { .time(Timestamp($0)) }
        case "yes_no":
            if ["yes", "y", "ok", "sure", "是", "好"].contains(plain) { return true }
            return ["no", "n", "不", "否"].contains(plain) ? false : nil
        case "choice":
            let choices = question.choices ?? []
            if let choice = choices.first(where: { Self.plain($0) == plain }) { return .text(choice) }
            guard let number = Int(plain), choices.indices.contains(number - 1) else { return nil }
            return .text(choices[number - 1])
        default: return .text(text.trimmingCharacters(in: .whitespacesAndNewlines))
        }
    }

    /// The one number in a text.
    private func number(in text: String) -> Value? {
        let numbers = text.split { !($0.isNumber || $0 == "." || $0 == "-") }.compactMap {
            Value.text(String($0)).asDecimal
        }
        guard numbers.count == 1, let number = numbers.first else { return nil }
        if let between = question.between, between.count == 2, between[0] <= between[1],
            !(Decimal(between[0])...Decimal(between[1])).contains(number)
        {
            return nil
        }
        return .number(number)
    }

    private func day(_ text: String, _ now: Timestamp) -> Date? {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        switch text {
        case "today": return calendar.startOfDay(for: now.date)
        case "tomorrow":
            return calendar.date(byAdding: .day, value: 1, to: calendar.startOfDay(for: now.date))
        default: return try? Date(text, strategy: .iso8601.year().month().day())
        }
    }

    // MARK: Words

    var inWords: String {
        switch expect {
        case "number":
            range.map { "a number from \($0)" } ?? "a number"
        case "date": "a date"
        case "yes_no": "yes or no"
        case "choice": "one of the choices"
        case "image": "an image"
        default: "a text"
        }
    }

    var retryText: String {
        switch expect {
        case "number": "Please answer with \(inWords)."
        case "date": "Please answer with a date, such as tomorrow or 2026-11-28."
        case "yes_no": "Please answer yes or no."
        case "choice":
            "Please choose one:\n"
                + (question.choices ?? []).enumerated().map { "\($0 + 1). \($1)" }.joined(separator: "\n")
        case "image": "Please send a picture."
        default: "Please answer with a text."
        }
    }

    private var range: String? {
        guard let between = question.between, between.count == 2 else { return nil }
        return "\(Decimal(between[0])) to \(Decimal(between[1]))"
    }
}
