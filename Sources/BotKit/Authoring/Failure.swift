/// Why a handler could not do what it was asked. Throw it, and nothing of what the handler wanted takes effect; the rule
/// goes on with its `on_error`, where `{{ error.reason }}` is the reason.
///
/// ```swift
/// throw Failure("the shop is closed for repairs", retry: true)
/// ```
public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Why, in words for people.
    public var reason: String
    /// Whether another attempt may succeed. It is made if the rule allows `retries`.
    public var retry: Bool

    /// Why a handler could not do what it was asked.
    ///
    /// - Parameter retry: whether another attempt may succeed.
    public init(_ reason: String, retry: Bool = false) {
        self.reason = reason
        self.retry = retry
    }

    /// The reason.
    public var description: String { reason }
}
