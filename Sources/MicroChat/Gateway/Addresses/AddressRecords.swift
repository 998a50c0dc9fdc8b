import BotKit

/// How each pair of address and port did lately, and which are banned for it (MicroChat wire protocol, section 3.2).
///
/// Only pairs that failed have a record: what always works needs none, and so nothing is written while all is well.
struct AddressRecords: Hashable, Sendable, Codable {
    private struct Record: Hashable, Codable {
        /// The latest eight results, the newest in the lowest bit; a failure is 1.
        var recent: UInt8 = 0
        /// Failures since the last success.
        var failuresInARow = 0
        var lastFailure = Timestamp(microseconds: 0)
        var lastSuccess: Timestamp?

        var last: Timestamp { max(lastFailure, lastSuccess ?? lastFailure) }

        /// How long a ban lasts from the last failure; nil if there is none.
        var ban: Duration? {
            guard recent.nonzeroBitCount >= 3, failuresInARow > 0 else { return nil }
            return min(.seconds(6 * 60) * max(1, failuresInARow - 2), .seconds(30 * 60))
        }
    }

    /// More results of one kind and pair within this time count as one.
    private static let moment = Duration.seconds(10)
    /// A failure is fresh for as long as a client that had to go elsewhere waits before it looks again.
    private static let freshness = Duration.seconds(150)
    private static let lifetime = Duration.seconds(24 * 3600)
    private static let most = 64

    /// By `host:port`.
    private var records: [String: Record] = [:]

    /// Notes that a pair did not work. Returns whether it counted.
    mutating func failed(_ endpoint: Endpoint, at now: Timestamp) -> Bool {
        forget(at: now)
        var record = records[endpoint.description] ?? Record()
        guard record.recent == 0 || now - record.lastFailure >= Self.moment else { return false }
        record.recent = record.recent << 1 | 1
        record.failuresInARow = min(record.failuresInARow + 1, 1000)
        record.lastFailure = now
        records[endpoint.description] = record
        if records.count > Self.most, let oldest = records.min(by: { $0.value.last < $1.value.last }) {
            records[oldest.key] = nil
        }
        return true
    }

    /// Notes that a pair worked. Returns whether that is worth writing down.
    mutating func succeeded(_ endpoint: Endpoint, at now: Timestamp) -> Bool {
        forget(at: now)
        guard var record = records[endpoint.description] else { return false }
        // The first success after a failure always counts: it ends the ban.
        if let last = record.lastSuccess, record.failuresInARow == 0, now - last < Self.moment {
            return false
        }
        record.recent <<= 1
        record.failuresInARow = 0
        record.lastSuccess = now
        records[endpoint.description] = record.recent == 0 ? nil : record
        return true
    }

    func isBanned(_ endpoint: Endpoint, at now: Timestamp) -> Bool {
        guard let record = current(endpoint, at: now), let ban = record.ban else { return false }
        return now - record.lastFailure < ban
    }

    func hasJustFailed(_ endpoint: Endpoint, at now: Timestamp) -> Bool {
        guard let record = current(endpoint, at: now) else { return false }
        return record.failuresInARow > 0 && now - record.lastFailure < Self.freshness
    }

    func lastFailure(of endpoint: Endpoint) -> Timestamp {
        records[endpoint.description]?.lastFailure ?? Timestamp(microseconds: 0)
    }

    private func current(_ endpoint: Endpoint, at now: Timestamp) -> Record? {
        records[endpoint.description].flatMap { Self.isCurrent($0, at: now) ? $0 : nil }
    }

    private mutating func forget(at now: Timestamp) {
        records = records.filter { Self.isCurrent($0.value, at: now) }
    }

    /// A record from the future is of a clock that was wrong.
    private static func isCurrent(_ record: Record, at now: Timestamp) -> Bool {
        record.last <= now && now - record.last < lifetime
    }
}
