import BotKit
import Foundation

extension Reading {
    /// The times of a `schedule`; nil if there are errors, which are noted.
    func schedule(_ node: Node, for bot: BotSettings) -> Schedule? {
        let before = errorCount
        guard let fields = Fields(node, .schedule, in: self) else { return nil }
        let zoneName = fields["timezone"].map { timezone($0) } ?? bot.timezone
        let zone = zoneName.flatMap(TimeZone.init(identifier:)) ?? .gmt
        let recurrence = recurrence(fields, zone)
        let jitter = fields["jitter"].map(jitter)
        let missed = fields["missed"].flatMap {
            choice($0, of: Schedule.MissedPolicy.allCases.map(\.rawValue))
        }
        let within = fields["within"].map(length)
        guard let recurrence, errorCount == before else { return nil }
        var schedule = Schedule(recurrence, timezone: zone)
        if let jitter { schedule.jitter = jitter ?? .zero }
        if let missed = missed.flatMap(Schedule.MissedPolicy.init(rawValue:)) { schedule.missed = missed }
        if let within = within ?? nil { schedule.within = within }
        // From long ago on, so that what is said does not depend on when it is asked.
        if case .calendar = recurrence, schedule.next(after: Timestamp(seconds: 0)) == nil {
            warn("there is no such day, so this never happens", at: (fields["cron"] ?? node).position)
        }
        return schedule
    }

    private func recurrence(_ fields: Fields, _ zone: TimeZone) -> Schedule.Recurrence? {
        let kinds = ["at", "every", "cron", "on"]
        let given = kinds.filter { fields[$0] != nil }
        guard let kind = given.first, let value = fields[kind] else {
            if !kinds.contains(where: fields.mentions) {
                error("expected one of at, every, cron and on", at: fields.node.position)
            }
            return nil
        }
        if given.count > 1, let entry = fields.entry(given[1]) {
            error(
                "a schedule is one thing, this one has '\(kind)' already; put each into a trigger of its own",
                at: entry.keyPosition)
        }
        if kind != "at", let entry = fields.entry("days") {
            let hint = kind == "cron" ? ": the fifth field says which days" : ""
            error("'days' goes with 'at' only\(hint)", at: entry.keyPosition)
        }
        switch kind {
        case "at": return clocks(value, days: fields["days"])
        case "every": return interval(of: value).map(Schedule.Recurrence.every)
        case "cron": return cron(value)
        default: return moments(value, zone)
        }
    }

    private func clocks(_ node: Node, days: Node?) -> Schedule.Recurrence? {
        let items = list(node)
        if items.isEmpty { error("expected a time of day such as \"09:00\"", at: node.position) }
        let minutes = items.compactMap { item -> Int? in
            guard let minute = clock(item) else { return nil }
            if minute < 1440 { return minute }
            error("the end of a day is the start of the next", at: item.position, suggestion: "\"00:00\"")
            return nil
        }
        var daysOfYear = DaysOfYear()
        if let days {
            // Here Monday is the first, there Sunday.
            daysOfYear.weekdays = self.days(days).reduce(0) { $0 | 1 << UInt64(($1 + 1) % 7) }
        }
        return .calendar(TimesOfDay(minutes: minutes), daysOfYear)
    }

    private func interval(of node: Node) -> Duration? {
        guard let interval = length(node) else { return nil }
        if interval >= .seconds(1) { return interval }
        error("expected at least 1s", at: node.position)
        return nil
    }

    /// A length of time, or 0 for none.
    private func jitter(_ node: Node) -> Duration? {
        if case .scalar(let scalar) = node.content, ["0", "0s", "none"].contains(scalar.text) {
            return .zero
        }
        return length(node)
    }

    private func cron(_ node: Node) -> Schedule.Recurrence? {
        guard let text = scalar(node)?.text else { return nil }
        do throws(Cron.Problems) {
            let cron = try Cron(text)
            return .calendar(cron.times, cron.days)
        } catch {
            for problem in error.all {
                let offset = text.prefix(problem.offset).unicodeScalars.count
                self.error(
                    problem.message, at: node.position(ofCharacter: offset, in: source(of: node.position)),
                    suggestion: problem.suggestion)
            }
            return nil
        }
    }

    private func moments(_ node: Node, _ zone: TimeZone) -> Schedule.Recurrence? {
        let items = list(node)
        if items.isEmpty { error("expected a day and a time such as 2026-12-24T18:00", at: node.position) }
        let moments = items.compactMap { item -> Timestamp? in
            guard let text = text(item) else { return nil }
            if let moment = Timestamp(iso: text, in: zone) { return moment }
            error(
                "\(quoted(text)) is no day and time, expected one such as 2026-12-24T18:00", at: item.position
            )
            return nil
        }
        return .moments(Set(moments).sorted())
    }
}
