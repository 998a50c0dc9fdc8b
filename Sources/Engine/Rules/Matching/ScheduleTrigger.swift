import BotKit
import Store

/// A time has come that the rule names.
struct ScheduleTrigger: Sendable {
    /// The id of the rule.
    let rule: String
    /// Which of its triggers it is, from 0.
    let number: Int
    let schedule: Schedule

    /// What the chance of its jitter is drawn for.
    let name: String
    /// What its timer is called. As long as the times stay the same, so does this; and with other times, it is another.
    let timerID: String

    static let timerPrefix = "schedule:"

    init(rule: String, number: Int, schedule: Schedule) {
        self.rule = rule
        self.number = number
        self.schedule = schedule
        name = "\(rule):\(number)"
        timerID = "\(Self.timerPrefix)\(name):\(schedule.fingerprint)"
    }

    /// The timer of one of its times.
    func timer(at moment: Timestamp) -> StoredTimer {
        StoredTimer(
            id: timerID, due: schedule.due(moment, name: name),
            body: .scheduled(ScheduledTime(rule: rule, trigger: number, time: moment)))
    }

    func check(_ time: ScheduledTime, now: Timestamp) -> Trigger.Outcome {
        guard time.rule == rule, time.trigger == number else {
            return .no(check: "schedule", seen: "\(time.rule):\(time.trigger)")
        }
        // It was in time when it was put into the journal; but the program may have ended before the decision.
        let due = schedule.due(time.time, name: name)
        if now - due > schedule.within + Schedule.patience {
            return .no(check: "within", seen: "was due at \(schedule.text(of: due))")
        }
        return .yes(groups: [:])
    }

    func checks(_ event: Event) -> [(String, String)] {
        guard case .scheduled(let time) = event.body else { return [] }
        return [("schedule", schedule.text(of: time.time))]
    }
}
