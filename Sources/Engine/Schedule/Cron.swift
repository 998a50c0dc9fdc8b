/// Five fields as cron reads them: minute, hour, day of the month, month, day of the week.
///
/// Fields have lists (`1,15`), ranges (`mon-fri`), steps (`*/10`, `8-18/2`) and the English names of months and days of
/// the week, in three letters; both 0 and 7 are Sunday. If both the day of the month and the day of the week are
/// restricted, one of them is enough; a field that begins with `*` does not count as restricted, as in Vixie's cron.
struct Cron: Hashable, Sendable {
    let times: TimesOfDay
    let days: DaysOfYear

    /// What is wrong with an expression.
    struct Problem: Error, Equatable {
        var message: String
        /// Where in the text, in characters.
        var offset: Int
        /// What was probably meant there.
        var suggestion: String?
    }

    /// Everything that is wrong with an expression.
    struct Problems: Error {
        let all: [Problem]
    }

    init(_ text: String) throws(Problems) {
        let fields = Self.fields(of: text)
        if let meant = Self.nicknames[text.lowercased()] {
            let problem = Problem(
                message: "\(quoted(text)) is not five fields", offset: 0, suggestion: "\"\(meant)\"")
            throw Problems(all: [problem])
        }
        guard fields.count == 5 else {
            let names = "minute hour day-of-month month day-of-week"
            let problem = Problem(
                message: "expected five fields (\(names)), not \(fields.count)",
                offset: fields.count > 5 ? fields[5].offset : 0)
            throw Problems(all: [problem])
        }
        var masks: [UInt64] = []
        var problems: [Problem] = []
        for (kind, field) in zip(CronField.all, fields) {
            do throws(Problem) {
                masks.append(try kind.mask(of: field))
            } catch {
                problems.append(error)
            }
        }
        guard problems.isEmpty else { throw Problems(all: problems) }
        times = TimesOfDay(hours: masks[1], minutes: masks[0])
        days = DaysOfYear(
            months: masks[3], daysOfMonth: masks[2], weekdays: (masks[4] | masks[4] >> 7) & 0x7F,
            eitherWillDo: !fields[2].text.hasPrefix("*") && !fields[4].text.hasPrefix("*"))
    }

    private static let nicknames = [
        "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
        "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
    ]

    private static func fields(of text: String) -> [(text: Substring, offset: Int)] {
        text.split { $0 == " " || $0 == "\t" }
            .map { ($0, text.distance(from: text.startIndex, to: $0.startIndex)) }
    }
}

/// What one field of five may say.
struct CronField: Sendable {
    let name: String
    let range: ClosedRange<Int>
    /// In order, from the range's first number on.
    var names: [String] = []

    static let all = [
        CronField(name: "minute", range: 0...59),
        CronField(name: "hour", range: 0...23),
        CronField(name: "day of the month", range: 1...31),
        CronField(
            name: "month", range: 1...12,
            names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
        CronField(
            name: "day of the week", range: 0...7,
            names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
    ]

    /// The numbers that a field allows, a bit for each.
    func mask(of field: (text: Substring, offset: Int)) throws(Cron.Problem) -> UInt64 {
        var mask: UInt64 = 0
        var offset = field.offset
        for item in field.text.split(separator: ",", omittingEmptySubsequences: false) {
            mask |= try self.mask(item, at: offset)
            offset += item.count + 1
        }
        return mask
    }

    private func mask(_ item: Substring, at offset: Int) throws(Cron.Problem) -> UInt64 {
        let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let (from, to) = try bounds(parts[0], at: offset)
        guard parts.count == 2 else { return Self.mask(from, to, by: 1) }
        let stepOffset = offset + parts[0].count + 1
        guard let step = wholeNumber(parts[1]), !parts[1].isEmpty, (1...range.upperBound).contains(step)
        else {
            throw Cron.Problem(
                message: "\(quoted(String(parts[1]))) is no step, expected a number from 1 on after the /",
                offset: stepOffset)
        }
        if parts[0] != "*", !parts[0].contains("-") {
            let whole = "\(parts[0])-\(last)/\(step)"
            throw Cron.Problem(
                message: "a step needs a range, such as \(whole)", offset: offset)
        }
        return Self.mask(from, to, by: step)
    }

    private func bounds(_ text: Substring, at offset: Int) throws(Cron.Problem) -> (Int, Int) {
        if text == "*" { return (range.lowerBound, last) }
        let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let from = try number(parts[0], at: offset)
        guard parts.count == 2 else { return (from, from) }
        var to = try number(parts[1], at: offset + parts[0].count + 1)
        // Sunday is the end of the week too.
        if range.upperBound == 7, to == 0, from > 0 { to = 7 }
        guard from <= to else {
            let first = range.lowerBound
            let rest = to == first ? "\(parts[1])" : "\(first)-\(parts[1])"
            let start = from == last ? "\(parts[0])" : "\(parts[0])-\(last)"
            throw Cron.Problem(
                message: "\(text) goes backwards, write \(start),\(rest)", offset: offset)
        }
        return (from, to)
    }

    /// The highest number, without the second name of Sunday.
    private var last: Int { range.upperBound == 7 ? 6 : range.upperBound }

    private func number(_ text: Substring, at offset: Int) throws(Cron.Problem) -> Int {
        if !text.isEmpty, let number = wholeNumber(text) {
            if range.contains(number) { return number }
            throw Cron.Problem(
                message: "\(number) is no \(name), expected \(range.lowerBound) to \(range.upperBound)",
                offset: offset)
        }
        if let index = names.firstIndex(of: text.lowercased()) { return range.lowerBound + index }
        let named = names.isEmpty ? "" : " or \(names[0]) to \(names[names.count - 1])"
        let what = text.isEmpty ? "nothing" : quoted(String(text))
        throw Cron.Problem(
            message: "\(what) is no \(name), expected \(range.lowerBound) to \(range.upperBound)\(named)",
            offset: offset, suggestion: nearest(to: text.lowercased(), among: names))
    }

    private static func mask(_ from: Int, _ to: Int, by step: Int) -> UInt64 {
        stride(from: from, through: to, by: step).reduce(0) { $0 | 1 << UInt64($1) }
    }
}
