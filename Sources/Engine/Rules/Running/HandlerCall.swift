import BotKit
import Foundation

/// A call of a handler, as a step says it.
struct HandlerCall: Sendable {
    /// `Orders.lookup`.
    let handler: String
    let arguments: [(name: String, value: Payload.JSONTemplate)]
    /// For one attempt.
    var timeout = Duration.seconds(10)
    /// How often it is called again at most, if it says that this may help.
    var retries = 0
    /// In whose words its questions are asked.
    let bot: BotSettings
}

/// What a run has asked a handler.
struct PendingCall: Hashable, Sendable, Codable {
    let handler: String
    let arguments: [String: Value]
    let timeout: Double
    let retries: Int
    /// What has been answered so far, by the questions' names.
    var answers: [String: Value] = [:]
    /// What the handler has to know before it can go on.
    var question: HandlerQuestion?
}

/// What came of a call, as it reaches the run.
struct CallResult: Codable {
    let outcome: HandlerOutcome
    /// What the variables that it changes were when the handler was asked, in the order of the changes.
    let seen: [Value]

    init(_ outcome: HandlerOutcome, of invocation: Invocation) {
        self.outcome = outcome
        seen = (outcome.memory ?? []).map { change in
            let memory =
                switch change.scope {
                case .chat: invocation.memory.chat
                case .sender: invocation.memory.sender
                case .bot: invocation.memory.bot
                }
            return memory[change.name] ?? .missing
        }
    }

    var json: String {
        (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Nil if that is none.
    init?(json: String) {
        guard let result = try? JSONDecoder().decode(Self.self, from: Data(json.utf8)) else { return nil }
        self = result
    }
}

extension Question {
    /// What a handler asks.
    ///
    /// - Returns: nil if it expects something that is nothing.
    init?(_ asked: HandlerQuestion, of step: Step, for bot: BotSettings) {
        let between = asked.between ?? []
        let range =
            between.count == 2 && between[0] <= between[1]
            ? Decimal(between[0])...Decimal(between[1]) : nil
        let expected: ExpectedAnswer
        switch asked.expect ?? "text" {
        case "text": expected = .text
        case "number": expected = .number(range, bot: bot)
        case "date": expected = .date(bot: bot)
        case "yes_no": expected = .yesNo(bot: bot)
        case "image": expected = .image(bot: bot)
        case "choice":
            guard let choices = asked.choices, !choices.isEmpty else { return nil }
            expected = .choice(choices, bot: bot)
        default: return nil
        }
        self.init(
            text: .template(Template(plain: asked.text)), expected: expected, saveAs: asked.name,
            label: step.label)
        onError = step.onError
        retries = min(max(0, asked.retries ?? retries), 20)
        timeout = asked.timeout.flatMap { Duration(handlerSeconds: $0) } ?? timeout
        cancelWords = ["cancel", "取消"]
    }
}

extension Duration {
    /// Nil if that is no time that could be waited: what handlers say is checked like all that comes from outside.
    init?(handlerSeconds seconds: Double) {
        guard seconds.isFinite, seconds >= 0, seconds <= 366 * 86_400 else { return nil }
        self = .microseconds(Int64(seconds * 1_000_000))
    }
}
