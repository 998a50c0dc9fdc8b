/// Days of the calendar, by month, by day of the month and by day of the week: a bit for each.
struct DaysOfYear: Hashable, Sendable {
    /// Bits 1 to 12.
    var months: UInt64 = 0x1FFE
    /// Bits 1 to 31.
    var daysOfMonth: UInt64 = 0xFFFF_FFFE
    /// Bits 0 (Sunday) to 6.
    var weekdays: UInt64 = 0x7F
    /// Whether a day of the month or a day of the week is enough, not both.
    var eitherWillDo = false

    var text: String { "\(months) \(daysOfMonth) \(weekdays) \(eitherWillDo)" }

    /// The first such day from a day on, both as days since 1970-01-01; nil if there is none.
    func first(from dayNumber: Int) -> Int? {
        var date = CivilDate(dayNumber: dayNumber)
        // The calendar repeats itself after 400 years.
        let lastYear = date.year + 400
        while date.year <= lastYear {
            if months & 1 << UInt64(date.month) != 0 {
                let fitting = days(of: date) & (~0 << UInt64(date.day))
                if fitting != 0 {
                    date.day = fitting.trailingZeroBitCount
                    return date.dayNumber
                }
            }
            date = CivilDate(
                year: date.month == 12 ? date.year + 1 : date.year,
                month: date.month == 12 ? 1 : date.month + 1, day: 1)
        }
        return nil
    }

    /// The days of a date's month that fit, bits 1 to 31.
    private func days(of date: CivilDate) -> UInt64 {
        let all: UInt64 = (1 << UInt64(date.daysInMonth + 1)) - 2
        let first = CivilDate(year: date.year, month: date.month, day: 1).weekday
        var fitting: UInt64 = 0
        for day in 1...31 where weekdays & 1 << UInt64((first + day - 1) % 7) != 0 {
            fitting |= 1 << UInt64(day)
        }
        return all & (eitherWillDo ? fitting | daysOfMonth : fitting & daysOfMonth)
    }
}
