import BotKit
import Store

extension Rule {
    typealias Obstacle = (check: String, seen: String, verdict: TraceLine.Verdict, isCondition: Bool)

    /// What keeps a rule from running whose trigger has held, in the order of the checks: age, limit, cool-down,
    /// conditions. Nil if nothing does.
    func obstacle(_ view: EventView, groups: [String: String], _ run: RuleRun) throws -> Obstacle? {
        let now = view.circumstances.now
        let age = now - view.event.time
        // How old a time of its own may be is the schedule's to say.
        if view.head != .schedule, age > terms.maximumAge {
            return ("max_age", Self.words(age) + " old", .no, false)
        }
        if let limit = terms.limit, let scope = limit.scope.scope(of: view) {
            let since = now + (.zero - limit.window)
            let starts = try view.state.starts(of: id, in: scope, since: since, limit: limit.count)
            if starts.count >= limit.count {
                return ("limit", "\(starts.count) in \(Self.words(limit.window))", .no, false)
            }
        }
        if let cooldown = terms.cooldown, let scope = cooldown.scope.scope(of: view) {
            let since = now + (.microseconds(1) - cooldown.length)
            if let last = try view.state.starts(of: id, in: scope, since: since, limit: 1).first {
                return ("cooldown", "ran \(Self.words(now - last)) ago", .no, false)
            }
        }
        guard !conditions.isEmpty else { return nil }
        run.prepare(self, RunPlace(isOtherwise: false, groups: groups))
        for condition in conditions {
            do {
                let result = try condition.check(run)
                if !result.holds { return (result.check, result.seen, .no, true) }
                run.trace(result.check, result.seen, .yes)
            } catch let error as TemplateError {
                return ("if", error.reason, .error, false)
            }
        }
        return nil
    }

    static func words(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        switch seconds {
        case ..<120: return "\(seconds) s"
        case ..<7200: return "\(seconds / 60) min"
        case ..<172_800: return "\(seconds / 3600) h"
        default: return "\(seconds / 86_400) d"
        }
    }
}

extension RunKey {
    /// Nil where nobody is behind the event whose runs could be counted: then nothing limits it.
    fileprivate func scope(of view: EventView) -> StoredState.RunScope? {
        switch self {
        case .chat: .chat(view.event.chat)
        case .sender: view.sender.map { .sender($0) }
        // An account runs its own copy of a rule.
        case .account, .rule: .account
        }
    }
}
