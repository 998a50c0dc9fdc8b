import BotKit

/// Who knows what the names of an expression stand for.
protocol ValueSource {
    /// The value of a name; `missing` if there is none.
    func value(of name: ValueName) throws -> Value
}

/// Why an expression gives no value.
struct TemplateError: Error {
    let reason: String
}
