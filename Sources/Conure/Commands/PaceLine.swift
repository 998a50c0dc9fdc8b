import Foundation
import Store

/// How one kind of action of an account is doing, for machines; beside it the same for people.
struct PaceLine: Encodable {
    struct Counts: Encodable {
        var sent: Int
        var refused: Int
        /// How often the network said "too often".
        var tooOften: Int
        /// No answer, or no effect.
        var failed: Int

        enum CodingKeys: String, CodingKey {
            case sent, refused, failed
            case tooOften = "too_often"
        }

        init(_ tally: Tally) {
            (sent, refused, tooOften, failed) = (tally.sent, tally.refused, tally.slowed, tally.failed)
        }
    }

    var kind: String
    /// In the present hour, in 24 hours and in 90 days.
    var hour: Counts
    var day: Counts
    var kept: Counts
    /// How many have left today, and how many may; not there without such a limit.
    var usedToday: Int?
    var perDay: Int?
    var pausedUntil: Date?
    var slowedUntil: Date?
    private let words: String

    enum CodingKeys: String, CodingKey {
        case kind, hour, day, kept
        case usedToday = "used_today"
        case perDay = "per_day"
        case pausedUntil = "paused_until"
        case slowedUntil = "slowed_until"
    }

    init(_ pace: PaceOverview) {
        kind = pace.kind.rawValue
        words = pace.kind.words
        (hour, day, kept) = (Counts(pace.hour), Counts(pace.day), Counts(pace.kept))
        (usedToday, perDay) = (pace.used, pace.budget)
        pausedUntil = pace.pausedUntil.map { Date($0) }
        slowedUntil = pace.slowedUntil.map { Date($0) }
    }

    /// Nil if there is nothing to say.
    var text: String? {
        var parts: [String] = []
        if day.sent > 0 { parts.append("\(day.sent) in 24 hours") }
        if day.refused > 0 { parts.append("\(day.refused) refused") }
        if day.tooOften > 0 { parts.append("\(day.tooOften) too often") }
        if day.failed > 0 { parts.append("\(day.failed) without an answer or an effect") }
        if let usedToday, let perDay { parts.append("\(usedToday) of \(perDay) today") }
        if let pausedUntil { parts.append("paused until \(pausedUntil.formatted(.iso8601))") }
        if let slowedUntil { parts.append("slower until \(slowedUntil.formatted(.iso8601))") }
        return parts.isEmpty ? nil : "\(words): \(parts.joined(separator: ", "))"
    }
}
