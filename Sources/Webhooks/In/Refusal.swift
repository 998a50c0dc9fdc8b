import HTTPTypes

/// Why a call is not taken: a status, a line for the person who reads it, and what helps their program.
struct Refusal: Error, Hashable {
    let status: HTTPResponse.Status
    let reason: String
    var headers: [HTTPField.Name: String] = [:]
}

extension Refusal {
    static let unknownPath = Refusal(status: .notFound, reason: "There is no webhook here.")

    static func wrongMethod(_ allowed: some Sequence<String>) -> Refusal {
        let allowed = allowed.sorted().joined(separator: ", ")
        return Refusal(
            status: .methodNotAllowed, reason: "This webhook takes \(allowed).", headers: [.allow: allowed])
    }

    /// The same whatever was missing or wrong, so that nobody learns how close a guess was.
    static let notProved = Refusal(
        status: .unauthorized, reason: "This call does not prove who makes it.",
        headers: [.wwwAuthenticate: "Bearer"])

    static func tooOften(_ delay: Duration) -> Refusal {
        let seconds = delay.components.seconds + (delay.components.attoseconds > 0 ? 1 : 0)
        return Refusal(
            status: .tooManyRequests, reason: "That is too often.",
            headers: [.retryAfter: "\(max(1, seconds))"])
    }

    static func tooLarge(_ limit: Int) -> Refusal {
        Refusal(status: .contentTooLarge, reason: "A body has \(limit) bytes at most.")
    }

    static let busy = Refusal(
        status: .serviceUnavailable, reason: "Too many calls at once.", headers: [.retryAfter: "1"])

    static let notKept = Refusal(
        status: .serviceUnavailable, reason: "The call could not be kept. Please repeat it.",
        headers: [.retryAfter: "5"])

    static let compressed = Refusal(
        status: .unsupportedMediaType, reason: "A body should not be compressed.",
        headers: [.acceptEncoding: "identity"])

    static func badRequest(_ reason: String) -> Refusal { Refusal(status: .badRequest, reason: reason) }
}
