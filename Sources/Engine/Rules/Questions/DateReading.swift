import BotKit
import Foundation

/// Reads a day as people write it: `tomorrow`, `next friday`, `28 nov`, `2026-11-28`, `明天`, `周五`, `11月28日`.
struct DateReading {
    private let calendar: Calendar
    private let now: Date
    private let isMonthFirst: Bool

    init(for bot: BotSettings, now: Timestamp) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: bot.timezone) ?? .gmt
        self.calendar = calendar
        self.now = Date(timeIntervalSince1970: Double(now.seconds))
        // 11/28 is what Americans and Chinese write; most others write 28/11.
        isMonthFirst =
            ["en", "en-US", "en-CA", "en-PH"].contains(bot.language)
            || ["zh", "ja", "ko"].contains { bot.language.hasPrefix($0) }
    }

    /// The beginning of the day that a text names; nil if it names none.
    ///
    /// - Parameter text: as `Question.plain` makes it.
    func day(in text: String) -> Timestamp? {
        let words = text.split { $0 == " " || $0 == "," }.map(String.init).filter {
            !Self.fillers.contains($0)
        }
        let joined = words.joined(separator: " ")
        if let days = Self.near[joined] { return day(after: days) }
        if let weekday = weekday(words) { return weekday }
        if let day = numeric(joined) { return day }
        return named(words) ?? chinese(joined)
    }

    private func day(after days: Int) -> Timestamp? {
        calendar.date(byAdding: .day, value: days, to: calendar.startOfDay(for: now)).map(stamp)
    }

    private func stamp(_ date: Date) -> Timestamp { Timestamp(seconds: Int64(date.timeIntervalSince1970)) }

    private static let fillers: Set = ["on", "the", "of", "this", "am", "den", "le", "el", "at"]

    private static let near: [String: Int] = [
        "today": 0, "tonight": 0, "tomorrow": 1, "day after tomorrow": 2, "今天": 0, "今日": 0, "今晚": 0, "明天": 1,
        "明日": 1, "后天": 2, "後天": 2, "大后天": 3, "heute": 0, "morgen": 1, "übermorgen": 2, "demain": 1,
        "aujourd'hui": 0, "hoy": 0, "mañana": 1,
    ]

    // MARK: Days of the week

    private static let weekdays: [String: Int] = {
        var names: [String: Int] = [:]
        let english = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
        for (index, name) in english.enumerated() {
            names[name] = index + 1
            names[String(name.prefix(3))] = index + 1
        }
        names["tues"] = 3
        names["thur"] = 5
        names["thurs"] = 5
        for prefix in ["周", "星期", "礼拜", "週"] {
            for (index, name) in ["日", "一", "二", "三", "四", "五", "六"].enumerated() {
                names[prefix + name] = index + 1
            }
            names[prefix + "天"] = 1
        }
        return names
    }()

    private func weekday(_ words: [String]) -> Timestamp? {
        var words = words
        var isNextWeek = false
        if let first = words.first, words.count == 2, first == "next" {
            words.removeFirst()
        } else if let only = words.first, words.count == 1, only.hasPrefix("下") {
            isNextWeek = true
            words = [String(only.dropFirst(only.hasPrefix("下个") ? 2 : 1))]
        } else if let only = words.first, words.count == 1, only.hasPrefix("这") || only.hasPrefix("本") {
            words = [String(only.dropFirst())]
        }
        guard words.count == 1, let weekday = Self.weekdays[words[0]] else { return nil }
        let today = calendar.component(.weekday, from: now)
        // The next day of that name, a week ahead if it is today's.
        let ahead = (weekday - today + 7) % 7
        guard isNextWeek else { return day(after: ahead == 0 ? 7 : ahead) }
        // 下周X is in the week that begins next Monday.
        let sinceMonday = (today + 5) % 7
        return day(after: 7 - sinceMonday + (weekday + 5) % 7)
    }

    // MARK: Dates

    private func numeric(_ text: String) -> Timestamp? {
        let parts = text.split(omittingEmptySubsequences: false) { "-/.".contains($0) }
        let numbers = parts.compactMap { wholeNumber($0) }
        guard numbers.count == parts.count || (parts.count == 3 && parts[2].isEmpty && numbers.count == 2)
        else {
            return nil
        }
        switch numbers.count {
        case 3 where parts[0].count == 4: return date(numbers[0], numbers[1], numbers[2])
        case 3 where parts[2].count == 4 || parts[2].count == 2:
            let year = numbers[2] < 100 ? 2000 + numbers[2] : numbers[2]
            let isMonthFirst = isMonthFirst && !text.contains(".")
            return isMonthFirst ? date(year, numbers[0], numbers[1]) : date(year, numbers[1], numbers[0])
        case 2:
            let isMonthFirst = isMonthFirst && !text.contains(".")
            return isMonthFirst ? coming(numbers[0], numbers[1]) : coming(numbers[1], numbers[0])
        default: return nil
        }
    }

    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]

    /// `28 nov`, `november 28th`, with or without a year.
    private func named(_ words: [String]) -> Timestamp? {
        guard (2...3).contains(words.count) else { return nil }
        var (month, day, year): (Int?, Int?, Int?)
        for word in words {
            if let index = Self.months.firstIndex(where: { word.hasPrefix($0) }), month == nil {
                month = index + 1
            } else if let number = wholeNumber(word.filter(\.isNumber)), word.first?.isNumber == true {
                if number > 31 { year = number } else if day == nil { day = number } else { return nil }
            } else {
                return nil
            }
        }
        guard let month, let day else { return nil }
        return year.map { date($0, month, day) } ?? coming(month, day)
    }

    /// `11月28日`, `2026年11月28日`, `28号`.
    private func chinese(_ text: String) -> Timestamp? {
        var numbers: [Character: Int] = [:]
        var digits = ""
        for character in text where character != " " {
            if character.isASCII, character.isNumber {
                digits.append(character)
            } else if "年月日号號".contains(character), let number = Int(digits) {
                numbers["年月".contains(character) ? character : "日"] = number
                digits = ""
            } else {
                return nil
            }
        }
        guard digits.isEmpty, let day = numbers["日"] else { return nil }
        guard let month = numbers["月"] else {
            let today = calendar.dateComponents([.year, .month, .day], from: now)
            guard let year = today.year, let month = today.month, let current = today.day else { return nil }
            if day >= current { return date(year, month, day) }
            return month == 12 ? date(year + 1, 1, day) : date(year, month + 1, day)
        }
        return numbers["年"].map { date($0, month, day) } ?? coming(month, day)
    }

    /// The next such day, today's included.
    private func coming(_ month: Int, _ day: Int) -> Timestamp? {
        let year = calendar.component(.year, from: now)
        guard let this = date(year, month, day) else { return date(year + 1, month, day) }
        return this < stamp(calendar.startOfDay(for: now)) ? date(year + 1, month, day) : this
    }

    private func date(_ year: Int, _ month: Int, _ day: Int) -> Timestamp? {
        let components = DateComponents(year: year, month: month, day: day)
        guard (1970...9999).contains(year), components.isValidDate(in: calendar),
            let date = calendar.date(from: components)
        else { return nil }
        return stamp(calendar.startOfDay(for: date))
    }
}
