public import Foundation

/// What a question is to be answered with.
public struct Expected<Answer: Sendable>: Sendable {
    fileprivate let wire: String
    fileprivate var choices: [String]?
    fileprivate var between: [Double]?
    fileprivate let read: @Sendable (Value) -> Answer?
}

extension Expected where Answer == String {
    /// Any text.
    public static let text = Expected(wire: "text") { $0.asText }

    /// One of these, or its number in the list.
    public static func choice(_ choices: [String]) -> Expected {
        Expected(wire: "choice", choices: choices) { $0.asText }
    }
}

extension Expected where Answer == Decimal {
    /// A number.
    public static let number = Expected(wire: "number") { $0.asDecimal }
}

extension Expected where Answer == Int {
    /// A whole number.
    public static let whole = Expected(wire: "number") { $0.asInt }

    /// A whole number, at least and at most so great.
    public static func whole(in range: ClosedRange<Int>) -> Expected {
        Expected(wire: "number", between: [Double(range.lowerBound), Double(range.upperBound)]) { $0.asInt }
    }
}

extension Expected where Answer == Bool {
    /// Yes or no.
    public static let yesOrNo = Expected(wire: "yes_no") { $0.asFlag }
}

extension Expected where Answer == Timestamp {
    /// A day, such as `tomorrow` or `2026-11-28`; the answer is its beginning in the bot's time zone.
    public static let day = Expected(wire: "date") { $0.asTime }
}

extension Expected where Answer == Value {
    /// A picture; the answer has its `name`, and the id of its `message`.
    public static let image = Expected(wire: "image") { $0 }
}

extension Context {
    /// Asks the sender something, and gives the answer.
    ///
    /// The first time there is no answer yet. Then this throws, which ends the handler: all that it wanted is dropped, and
    /// the question is asked. When the answer is there, even after a restart, the handler runs anew from its beginning, and
    /// this returns the answer. So ask first and act afterwards, and let the error pass.
    ///
    /// - Parameters:
    ///   - name: what this question is called among those of this handler.
    ///   - text: what is asked.
    ///   - expected: what is taken for an answer; all else is answered with a word about what is expected.
    ///   - retries: how many wrong answers are borne; then the handler is given up.
    ///   - timeout: how long the answer is waited for; then the handler is given up.
    /// - Throws: something that ends the handler, if there is no answer yet.
    public func ask<Answer: Sendable>(
        _ name: String, _ text: String, for expected: Expected<Answer>, retries: Int = 2,
        timeout: Duration = .minutes(10)
    ) throws -> Answer {
        // Each name can be asked once: a number that had to be whole and is not is asked for under another.
        for name in [name] + (2...9).map({ "\(name) \($0)" }) {
            guard let answer = answer(to: name) else {
                let question = HandlerQuestion(
                    name: name, text: text, expect: expected.wire, choices: expected.choices,
                    between: expected.between, retries: retries, timeout: timeout.inSeconds)
                withWishes { $0.question = $0.question ?? question }
                throw Unanswered()
            }
            if let answer = expected.read(answer) { return answer }
        }
        throw Failure("no answer to '\(name)' could be used")
    }
}

/// Ends a handler whose question has no answer yet.
private struct Unanswered: Error, CustomStringConvertible {
    var description: String { "a question has no answer yet" }
}
