import BotKit
import Store

extension Settlement {
    /// Waits after attempts in a row that came to nothing.
    private static let waits = Backoff(first: .seconds(1), most: .seconds(60))
    /// Waits after the network said "too often".
    private static let pauses = Backoff(first: .seconds(20), most: .seconds(600))

    /// What an attempt's outcome means for its row.
    init(_ result: Result<Receipt, GatewayError>, of row: LeasedRow, now: Timestamp) {
        if case .callWebhook(let request) = row.outgoing.effect, row.attempts > request.retries,
            let reason = result.reasonForAnother
        {
            self = .failed(reason: "\(reason) (\(row.attempts) attempts)")
            return
        }
        switch result {
        case .success(let receipt):
            self = .sent(receipt)
        case .failure(.refused(let reason)):
            self = .failed(reason: reason)
        case .failure(.unknown(let reason)) where row.outgoing.effect.isUnrepeatable:
            self = .failed(reason: "\(reason): nobody knows whether it happened, and a repetition would show")
        case .failure(.unknown(let reason)):
            self = .unknown(until: now + Self.waits.delay(after: row.attempts), reason: reason)
        case .failure(.slowDown(let reason)):
            self = .refusedForNow(until: now + Self.pauses.delay(after: row.attempts), reason: reason)
        case .failure(.retry(let reason, let after)):
            self = .waiting(until: now + (after ?? Self.waits.delay(after: row.attempts)), reason: reason)
        case .failure(.sessionLost(let reason)):
            // Nothing left the machine. The next lease waits for the link anyway.
            self = .waiting(until: now + Self.waits.first, reason: reason)
        }
    }
}

extension Result<Receipt, GatewayError> {
    /// Why there is to be another attempt; nil if there is not.
    fileprivate var reasonForAnother: String? {
        switch self {
        case .failure(.unknown(let reason)), .failure(.slowDown(let reason)),
            .failure(.sessionLost(let reason)):
            reason
        case .failure(.retry(let reason, _)): reason
        case .success, .failure(.refused): nil
        }
    }
}
