import BotKit

/// Sorts answers by what the outbox has to do.
enum AnswerSorting {
    static func result(
        of answer: CheckedConnection.Answer, now: Timestamp
    ) -> Result<WebhookAnswer, GatewayError> {
        let status = answer.status
        let after = answer.retryAfter.flatMap { RetryAfter.duration($0, now: now) }
        switch status {
        case 200...299:
            guard answer.isWhole else {
                return .failure(.unknown(reason: "The answer, \(status), broke off."))
            }
            return .success(WebhookAnswer(status: status, body: text(answer.body)))
        case 408, 425, 429, 500...599:
            return .failure(.retry(reason: "The webhook answered \(status).", after: after))
        case 300...399:
            return .failure(.refused(reason: "The webhook answered \(status); redirects are not followed."))
        default:
            return .failure(.refused(reason: "The webhook answered \(status)."))
        }
    }

    /// As text. A character that the limit cut in two is left out.
    private static func text(_ bytes: [UInt8]) -> String {
        guard bytes.count == CheckedConnection.answerLimit else {
            return String(decoding: bytes, as: UTF8.self)
        }
        // A character has four bytes at most, of which all but the first look like 10xxxxxx.
        let tail = bytes.suffix(4).reversed().prefix { $0 & 0xC0 == 0x80 }.count
        let lead = bytes.count - tail - 1
        guard tail < 4, lead >= 0 else { return String(decoding: bytes, as: UTF8.self) }
        let whole = String(validating: bytes[lead...], as: UTF8.self) != nil
        return String(decoding: whole ? bytes[...] : bytes[..<lead], as: UTF8.self)
    }
}
