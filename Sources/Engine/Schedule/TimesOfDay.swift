/// Minutes of a day: a bit for each, an hour to a word.
struct TimesOfDay: Hashable, Sendable {
    private var hours = [UInt64](repeating: 0, count: 24)

    /// Every minute of `minutes` in every hour of `hours`.
    init(hours: UInt64, minutes: UInt64) {
        for hour in 0..<24 where hours & 1 << UInt64(hour) != 0 { self.hours[hour] = minutes }
    }

    /// Minutes after midnight, each below 1440.
    init(minutes: [Int]) {
        for minute in minutes where (0..<1440).contains(minute) {
            hours[minute / 60] |= 1 << UInt64(minute % 60)
        }
    }

    var text: String { hours.map { String($0, radix: 36) }.joined(separator: ",") }

    /// The first minute of the day at or after `minute`; nil if none is.
    func first(from minute: Int) -> Int? {
        guard minute < 1440 else { return nil }
        var rest = hours[minute / 60] & (~0 << UInt64(minute % 60))
        for hour in minute / 60..<24 {
            if rest != 0 { return hour * 60 + rest.trailingZeroBitCount }
            if hour < 23 { rest = hours[hour + 1] }
        }
        return nil
    }
}
