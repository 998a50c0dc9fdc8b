/// An instant of wall-clock time: microseconds since 1970-01-01 00:00 UTC.
///
/// Rows hold it as one integer. Microseconds, because limits of thousands a second need finer steps than
/// milliseconds.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Microseconds since 1970-01-01 00:00 UTC.
    public let microseconds: Int64

    /// An instant, in microseconds since 1970-01-01 00:00 UTC.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// An instant, in whole seconds since 1970-01-01 00:00 UTC.
    public init(seconds: Int64) { self.microseconds = seconds &* 1_000_000 }

    /// Whole seconds since 1970-01-01 00:00 UTC, rounded down.
    public var seconds: Int64 { (microseconds - (microseconds < 0 ? 999_999 : 0)) / 1_000_000 }

    /// Orders by time.
    public static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }

    /// The instant `duration` later, to the microsecond.
    public static func + (left: Timestamp, right: Duration) -> Timestamp {
        Timestamp(microseconds: left.microseconds &+ right.microseconds)
    }

    /// The time from `right` to `left`.
    public static func - (left: Timestamp, right: Timestamp) -> Duration {
        .microseconds(left.microseconds &- right.microseconds)
    }
}

extension Timestamp {
    /// The instant that handlers are told in seconds.
    package init(wire seconds: Double) {
        let microseconds = (seconds * 1_000_000).rounded()
        self.init(microseconds: Int64(exactly: microseconds) ?? (microseconds < 0 ? .min : .max))
    }

    /// The instant as handlers are told it: seconds since 1970-01-01 00:00 UTC.
    package var wire: Double { Double(microseconds) / 1_000_000 }
}

extension Timestamp: Codable {
    private enum Key: String, CodingKey {
        case time = "$time"
        /// What older versions wrote.
        case microseconds
    }

    /// Reads what `encode` writes.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let old = try fields.decodeIfPresent(Int64.self, forKey: .microseconds)
        microseconds = try old ?? fields.decode(Int64.self, forKey: .time)
    }

    /// Writes the instant as a `Value` writes a time, so that a time within anything stays one.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(microseconds, forKey: .time)
    }
}

extension Duration {
    /// The duration in whole microseconds, rounded towards zero and kept within `Int64`.
    public var microseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        return whole.addingReportingOverflow(attoseconds / 1_000_000_000_000).partialValue
    }
}
