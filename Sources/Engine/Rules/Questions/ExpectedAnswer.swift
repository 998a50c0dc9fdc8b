import BotKit
import Foundation

/// What somebody is expected to answer.
enum ExpectedAnswer: Sendable {
    case text
    case number(ClosedRange<Decimal>?, bot: BotSettings)
    case date(bot: BotSettings)
    case yesNo(bot: BotSettings)
    case choice([String], bot: BotSettings)
    case image(bot: BotSettings)
    case matching(Pattern, bot: BotSettings)

    /// The value that a message gives; nil if it is no such answer.
    func value(of message: Message, _ event: Event, now: Timestamp) -> Value? {
        if case .image = self {
            guard case .image(let image) = message.content else { return nil }
            return .map([
                "kind": .text("image"), "message": .text(event.id.rawValue), "name": .text(image.name),
            ])
        }
        guard case .text(let raw) = message.content else { return nil }
        let text = Alike.trimmed(raw)
        let plain = Question.plain(text)
        guard !plain.isEmpty else { return nil }
        switch self {
        case .text: return .text(text)
        case .image: return nil
        case .number(let range, _):
            guard let number = Self.number(in: plain), range?.contains(number) ?? true else { return nil }
            return .number(number)
        case .date(let bot):
            return DateReading(for: bot, now: now).day(in: plain).map(Value.time)
        case .yesNo:
            return Self.yes.contains(plain) ? .flag(true) : Self.no.contains(plain) ? .flag(false) : nil
        case .choice(let choices, _):
            if let choice = choices.first(where: { Question.plain($0) == plain }) { return .text(choice) }
            let digits = plain.trimmingCharacters(in: .punctuationCharacters)
            guard let number = wholeNumber(digits), choices.indices.contains(number - 1) else { return nil }
            return .text(choices[number - 1])
        case .matching(let pattern, _):
            guard let groups = pattern.match(Array(Alike.normalised(text).utf8)) else { return nil }
            return groups.isEmpty ? .text(text) : .map(groups.mapValues(Value.text))
        }
    }

    /// The one number in a text: `3`, `3 people`, `about 1,500`.
    private static func number(in text: String) -> Decimal? {
        if let number = NumberText.decimal(text) { return number }
        var numbers: [String] = []
        var current = ""
        for character in text + " " {
            let isDigit = character.isASCII && character.isNumber
            let goesOn = !current.isEmpty && ".,".contains(character)
            let isSign = character == "-" && current.isEmpty
            if isDigit || goesOn || isSign {
                current.append(character)
                continue
            }
            let number = current.trimmingCharacters(in: CharacterSet(charactersIn: ".,"))
            if number.contains(where: \.isNumber) { numbers.append(number) }
            current = ""
        }
        guard numbers.count == 1, let only = numbers.first else { return nil }
        let parts = only.split(separator: ",", omittingEmptySubsequences: false)
        let areThousands =
            parts.count > 1
            && parts.dropFirst().allSatisfy { ($0.split(separator: ".").first?.count ?? 0) == 3 }
        // 1,500 is a number of thousands, 2,5 one of tenths.
        return NumberText.decimal(only.replacing(",", with: areThousands ? "" : "."))
    }

    private static let yes: Set = [
        "yes", "y", "yeah", "yep", "yup", "sure", "ok", "okay", "correct", "right", "true", "please",
        "yes please",
        "是", "是的", "对", "对的", "好", "好的", "可以", "行", "没问题", "确认", "嗯", "ja", "oui", "si", "sí", "sim", "да",
        "はい", "네", "👍",
    ]
    private static let no: Set = [
        "no", "n", "nope", "nah", "wrong", "false", "not", "no thanks", "no thank you",
        "不", "不是", "不对", "不要", "不行", "不可以", "否", "没有", "不用", "nein", "non", "não", "нет", "いいえ", "아니요", "👎",
    ]

    /// What is expected, for traces.
    var inWords: String {
        switch self {
        case .text: "a text"
        case .number(let range?, _): "a number from \(range.lowerBound) to \(range.upperBound)"
        case .number(nil, _): "a number"
        case .date: "a date"
        case .yesNo: "yes or no"
        case .choice: "one of the choices"
        case .image: "an image"
        case .matching: "what is expected"
        }
    }

    /// What is said when an answer is none, in the bot's language where Conure knows it.
    var retryText: String {
        func say(_ bot: BotSettings, _ english: String, _ chinese: String) -> String {
            bot.language.hasPrefix("zh") ? chinese : english
        }
        switch self {
        case .text: return "Please answer with a text."
        case .number(let range?, let bot):
            let (from, to) = ("\(range.lowerBound)", "\(range.upperBound)")
            return say(
                bot, "Please answer with a number from \(from) to \(to).", "请回复 \(from) 到 \(to) 之间的数字。")
        case .number(nil, let bot): return say(bot, "Please answer with a number.", "请回复一个数字。")
        case .date(let bot):
            return say(
                bot, "Please answer with a date, such as tomorrow or 2026-11-28.", "请回复日期，例如“明天”或“11月28日”。")
        case .yesNo(let bot): return say(bot, "Please answer yes or no.", "请回复“是”或“否”。")
        case .choice(let choices, let bot):
            let list = choices.enumerated().map { "\($0 + 1). \($1)" }.joined(separator: "\n")
            return say(bot, "Please choose one:\n\(list)", "请选择一项：\n\(list)")
        case .image(let bot): return say(bot, "Please send a picture.", "请发送一张图片。")
        case .matching(_, let bot):
            return say(bot, "I did not understand that, please try again.", "没看懂，请再试一次。")
        }
    }
}
