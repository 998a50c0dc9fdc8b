package import BotKit
import Foundation

extension Timestamp {
    /// Reads `2026-12-24T18:00`, with seconds or without, and with `Z` or an offset such as `+08:00` or by the clock of a
    /// zone; a blank in place of the `T` will do. Nil if it is not that, or no such day or time exists.
    ///
    /// A time that occurs twice on the zone's clock is its first; one that does not exist is the next minute that does.
    init?(iso text: String, in zone: TimeZone) {
        var rest = Substring(text)
        func number(_ digits: Int, _ range: ClosedRange<Int>) -> Int? {
            let part = rest.prefix(digits)
            guard part.utf8.count == digits, let number = wholeNumber(part), range.contains(number) else {
                return nil
            }
            rest = rest.dropFirst(digits)
            return number
        }
        func skip(_ characters: String) -> Bool {
            guard let first = rest.first, characters.contains(first) else { return false }
            rest = rest.dropFirst()
            return true
        }
        guard let year = number(4, 1970...9999), skip("-"), let month = number(2, 1...12), skip("-"),
            let day = number(2, 1...CivilDate.days(in: month, of: year)), skip("T "),
            let hour = number(2, 0...23), skip(":"), let minute = number(2, 0...59)
        else { return nil }
        var second = 0
        if skip(":") {
            guard let seconds = number(2, 0...59) else { return nil }
            second = seconds
        }
        let date = CivilDate(year: year, month: month, day: day)
        let wall = Int64(date.dayNumber) * 86_400 + Int64(hour * 3600 + minute * 60 + second)
        if rest.isEmpty {
            self.init(seconds: WallTime(zone: zone).firstInstant(showing: wall))
            return
        }
        if rest == "Z" {
            self.init(seconds: wall)
            return
        }
        let isBehind = rest.first == "-"
        guard skip("+-"), let hours = number(2, 0...18) else { return nil }
        var minutes = 0
        if !rest.isEmpty {
            _ = skip(":")
            guard let part = number(2, 0...59), rest.isEmpty else { return nil }
            minutes = part
        }
        let offset = Int64(hours * 3600 + minutes * 60)
        self.init(seconds: isBehind ? wall + offset : wall - offset)
    }
}

extension Schedule {
    /// A moment on the schedule's clock, for people: `2026-12-24 18:00`, with seconds where there are some.
    package func text(of moment: Timestamp) -> String {
        let wall = moment.seconds + WallTime(zone: timezone).offset(at: moment.seconds)
        let day = (wall - (wall < 0 ? 86_399 : 0)) / 86_400
        let date = CivilDate(dayNumber: Int(day))
        let second = Int(wall - day * 86_400)
        let text = String(
            format: "%04d-%02d-%02d %02d:%02d", date.year, date.month, date.day, second / 3600,
            second / 60 % 60)
        return second % 60 == 0 ? text : text + String(format: ":%02d", second % 60)
    }
}
