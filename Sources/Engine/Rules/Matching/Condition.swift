import BotKit
import Foundation
import Store

/// Something that must hold before the steps of a rule, or of a branch, are taken.
indirect enum Condition: Sendable {
    case time(TimeCheck)
    case sender(ContactCheck)
    case chat(ContactCheck)
    case variable(VariableCheck)
    /// So many of a hundred times.
    case chance(Double, salt: String)
    case count(CountCheck)
    case any([Condition])
    case all([Condition])
    case not([Condition])
    case expression(Expression, text: String)

    /// Whether it holds, and what was seen.
    func check(_ run: RuleRun) throws -> (holds: Bool, check: String, seen: String) {
        switch self {
        case .time(let check):
            let (holds, seen) = check.check(run.view.circumstances.now)
            return (holds, "time", seen)
        case .sender(let check):
            let (holds, seen) = try check.check(run.view.sender?.rawValue, run.view.circumstances.sender, run)
            return (holds, "sender", seen)
        case .chat(let check):
            let (holds, seen) = try check.check(
                run.view.event.chat.rawValue, run.view.circumstances.chat, run)
            return (holds, "chat", seen)
        case .variable(let check):
            let (holds, seen) = try check.check(run)
            return (holds, "var", seen)
        case .chance(let percent, let salt):
            let drawn = Pick.percent(for: run.view.event.id, salt: salt)
            return (drawn < percent, "chance", String(format: "%.1f%%", drawn))
        case .count(let check):
            let (holds, seen) = try check.check(run)
            return (holds, "count", seen)
        case .any(let conditions):
            var seen: [String] = []
            for condition in conditions {
                let result = try condition.check(run)
                if result.holds { return (true, "any", "\(result.check): \(result.seen)") }
                seen.append("\(result.check): \(result.seen)")
            }
            return (false, "any", traced(seen.joined(separator: "; ")))
        case .all(let conditions):
            for condition in conditions {
                let result = try condition.check(run)
                if !result.holds { return result }
            }
            return (true, "all", "all hold")
        case .not(let conditions):
            for condition in conditions {
                let result = try condition.check(run)
                if !result.holds { return (true, "not", "\(result.check): \(result.seen)") }
            }
            return (false, "not", "all hold")
        case .expression(let expression, let text):
            return (try expression.flag(run), "expr", traced(text))
        }
    }

    /// Every name that expressions in it use.
    var names: [(name: ValueName, offset: Int, hasDefault: Bool)] {
        switch self {
        case .expression(let expression, _): expression.names
        case .any(let conditions), .all(let conditions), .not(let conditions): conditions.flatMap(\.names)
        default: []
        }
    }
}

/// When something may happen, by the bot's clock.
struct TimeCheck: Sendable {
    /// A part of a day, in minutes after midnight. It may cross midnight; a day is that on which it began.
    struct Window: Sendable {
        let from: Int
        let to: Int

        func contains(_ minute: Int) -> Bool {
            from <= to ? (from..<to).contains(minute) : minute >= from || minute < to
        }

        /// Whether a minute that is in it belongs to the day before.
        func beganYesterday(_ minute: Int) -> Bool { from > to && minute < to }
    }

    let timezone: TimeZone
    var between: [Window] = []
    var notBetween: [Window] = []
    /// Days of the week, 0 for Monday; nil for all.
    var days: Set<Int>?

    func check(_ now: Timestamp) -> (holds: Bool, seen: String) {
        let local =
            now.seconds
            + Int64(timezone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(now.seconds))))
        let dayNumber = local >= 0 ? local / 86_400 : (local - 86_399) / 86_400
        let minute = Int((local - dayNumber * 86_400) / 60)
        // 1970-01-01 was a Thursday.
        let weekday = Int(((dayNumber + 3) % 7 + 7) % 7)
        let seen = "\(Self.dayNames[weekday]) \(Self.clock(minute))"
        func isDay(_ weekday: Int) -> Bool { days?.contains(weekday) ?? true }
        if notBetween.contains(where: { $0.contains(minute) }) { return (false, seen) }
        guard !between.isEmpty else { return (isDay(weekday), seen) }
        let holds = between.contains { window in
            window.contains(minute) && isDay(window.beganYesterday(minute) ? (weekday + 6) % 7 : weekday)
        }
        return (holds, seen)
    }

    static let dayNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

    private static func clock(_ minute: Int) -> String {
        String(format: "%02d:%02d", minute / 60, minute % 60)
    }
}

/// What somebody, or a chat, has to be.
struct ContactCheck: Sendable {
    var tagged: [String] = []
    var notTagged: [String] = []
    var isFriend: Bool?
    var among: [Reference]?
    var notAmong: [Reference] = []

    func check(_ id: String?, _ contact: Contact?, _ run: RuleRun) throws -> (holds: Bool, seen: String) {
        guard let id else { return (false, "nobody") }
        if let isFriend, (contact?.isFriend ?? false) != isFriend {
            return (false, isFriend ? "not a friend" : "a friend")
        }
        if let among, !among.contains(where: { $0.means(id: id, contact) }) { return (false, traced(id)) }
        if notAmong.contains(where: { $0.means(id: id, contact) }) { return (false, traced(id)) }
        guard !tagged.isEmpty || !notTagged.isEmpty else { return (true, traced(id)) }
        let tags = try run.tags(of: id)
        let seen = tags.isEmpty ? "no tags" : traced("tagged " + tags.joined(separator: ", "))
        if !tagged.isEmpty, !tagged.contains(where: tags.contains) { return (false, seen) }
        return (!notTagged.contains(where: tags.contains), seen)
    }
}

/// What variables have to be: each of them.
struct VariableCheck: Sendable {
    enum Test: Sendable {
        /// Any of these.
        case equals([String])
        case isNot([String])
        case atLeast(Decimal)
        case atMost(Decimal)
        case matches([Pattern])
    }

    let wanted: [(name: String, tests: [Test])]

    func check(_ run: RuleRun) throws -> (holds: Bool, seen: String) {
        var seen: [String] = []
        for (name, tests) in wanted {
            let value = try run.variable(name)
            seen.append("\(name): \(value.traced)")
            if !tests.allSatisfy({ $0.holds(value) }) { return (false, seen.joined(separator: ", ")) }
        }
        return (true, traced(seen.joined(separator: ", ")))
    }
}

extension VariableCheck.Test {
    fileprivate func holds(_ value: Value) -> Bool {
        switch self {
        case .equals(let texts): texts.contains { value.isEqual(to: .text($0)) }
        case .isNot(let texts): !texts.contains { value.isEqual(to: .text($0)) }
        case .atLeast(let least): value.asNumber.map { $0 >= least } ?? false
        case .atMost(let most): value.asNumber.map { $0 <= most } ?? false
        case .matches(let patterns):
            value.plainText.map { text in patterns.contains { $0.match(Array(text.utf8)) != nil } } ?? false
        }
    }
}

/// How often something has to have happened lately.
struct CountCheck: Sendable {
    /// A rule's id; nil for messages in the chat.
    let rule: String?
    let within: Duration
    var atLeast: Int?
    var atMost: Int?

    /// More is not asked about.
    static let most = 10_000

    func check(_ run: RuleRun) throws -> (holds: Bool, seen: String) {
        let view = run.view
        let since = view.circumstances.now + (.zero - within)
        // One more than is asked about tells enough.
        let limit = max(atLeast ?? 0, (atMost ?? 0) + 1)
        let count =
            if let rule {
                try view.state.starts(of: rule, in: .chat(view.event.chat), since: since, limit: limit).count
            } else {
                try view.state.messages(in: view.event.chat, since: since, limit: limit)
            }
        let holds = count >= atLeast ?? 0 && count <= atMost ?? .max
        return (holds, count == limit ? "\(count) or more" : "\(count)")
    }
}
