/// Refuses a request that is made over and over, so that a mistake of ours does not become the server's load
/// (MicroChat wire protocol, section 15). Owns no clock.
///
/// Requests are the same if their plaintexts have the same Adler-32. The 106th within the hour is refused. Each hour all
/// is forgotten but what was seen lately and often, so a loop that never ends gets a few tries an hour.
struct RepeatGuard {
    typealias Instant = ContinuousClock.Instant

    private struct Record {
        var sum: UInt32
        var count: Int
        var last: Instant
    }

    static let slots = 30
    static let most = 105
    static let hour = Duration.seconds(3600)
    private static let lately = Duration.seconds(600)
    private static let often = 74
    private static let carriedOver = 99

    private var records: [Record] = []
    private var sweep: Instant

    init(now: Instant) { sweep = now + Self.hour }

    /// Counts a request that is about to leave.
    ///
    /// - Returns: nil if it may; otherwise how long it may not.
    mutating func count(_ sum: UInt32, at now: Instant) -> Duration? {
        if now >= sweep { forget(at: now) }
        guard let index = records.firstIndex(where: { $0.sum == sum }) else {
            if records.count >= Self.slots,
                let oldest = records.indices.min(by: { records[$0].last < records[$1].last })
            {
                records.remove(at: oldest)
            }
            records.append(Record(sum: sum, count: 1, last: now))
            return nil
        }
        records[index].last = now
        guard records[index].count < Self.most else { return sweep - now }
        records[index].count += 1
        return nil
    }

    /// A request that was counted did not reach the server, so it was no load.
    mutating func takeBack(_ sum: UInt32) {
        guard let index = records.firstIndex(where: { $0.sum == sum }) else { return }
        records[index].count = max(records[index].count - 1, 0)
    }

    private mutating func forget(at now: Instant) {
        sweep = now + Self.hour
        records.removeAll { $0.count <= Self.often || now - $0.last > Self.lately }
        for index in records.indices { records[index].count = min(records[index].count, Self.carriedOver) }
    }
}

/// Adler-32 (RFC 1950).
func adler32(_ bytes: [UInt8]) -> UInt32 {
    var (low, high): (UInt32, UInt32) = (1, 0)
    // The sums stay below 2³² for this many bytes, so that the slow remainder is taken once a piece.
    var rest = bytes[...]
    while !rest.isEmpty {
        for byte in rest.prefix(5552) {
            low &+= UInt32(byte)
            high &+= low
        }
        low %= 65521
        high %= 65521
        rest = rest.dropFirst(5552)
    }
    return high << 16 | low
}
