package import BotKit
import Foundation
package import Logging
import ServiceLifecycle
package import Store

/// The schedules of an account's rules, as timers in the store: one each, set to the next time.
package struct Schedules: Sendable {
    private let account: AccountID
    fileprivate let rules: LiveRules
    private let store: Store
    private let clock: any WallClock
    private let logger: Logger

    package init(
        account: AccountID, rules: LiveRules, store: Store, clock: any WallClock, logger: Logger
    ) {
        self.account = account
        self.rules = rules
        self.store = store
        self.clock = clock
        self.logger = logger
    }

    /// Brings the timers into line with the rules in force. A schedule that has not changed keeps its timer, so what was
    /// missed while nothing ran is still known; what is new begins now; what is gone has none.
    package func align() async throws {
        let wanted = rules.current.schedules
        let timers = try await store.timers(of: account, under: ScheduleTrigger.timerPrefix)
        let known = Set(timers.map(\.id))
        let now = clock.now
        let new = wanted.values.filter { !known.contains($0.timerID) }.compactMap { trigger in
            trigger.schedule.next(after: now).map(trigger.timer)
        }
        let old = known.filter { wanted[$0] == nil }
        guard !new.isEmpty || !old.isEmpty else { return }
        try await store.change(timersOf: account, set: new, remove: Array(old))
    }

    /// What comes of a timer that is due: of a schedule's, the times that have come, and the next. Any other happens.
    package func firing(_ timer: StoredTimer, now: Timestamp) -> Firing {
        guard timer.id.hasPrefix(ScheduleTrigger.timerPrefix), case .scheduled(let first) = timer.body else {
            return Firing(happens: [timer])
        }
        // The rules may have changed a moment ago.
        guard let trigger = rules.current.schedules[timer.id] else { return Firing(happens: []) }
        let schedule = trigger.schedule
        let come = schedule.come(from: first.time, now: now, name: trigger.name)
        if come.skipped > 0 {
            logger.notice(
                "times of a schedule were missed",
                metadata: [
                    "rule": "\(trigger.rule)", "made_up_for": "\(come.run.count)",
                    "skipped": "\(come.more ? "more than " : "")\(come.skipped)",
                ])
        }
        let last = come.last ?? Timestamp(microseconds: first.time.microseconds - 1)
        return Firing(
            happens: come.run.map(trigger.timer), next: schedule.next(after: last).map(trigger.timer))
    }
}

/// Keeps the timers of schedules in line with the rules, from the start on and whenever others are in force.
package struct SchedulesService: Service {
    private let schedules: Schedules
    private let timers: Signal

    /// - Parameter timers: rung when timers were set.
    package init(schedules: Schedules, timers: Signal) {
        self.schedules = schedules
        self.timers = timers
    }

    package func run() async throws {
        try await untilShutdown {
            while !Task.isCancelled {
                try await schedules.align()
                timers.ring()
                await schedules.rules.changed.wait()
            }
        }
    }
}

/// What comes next by a rule's schedule.
package struct ComingTime: Hashable, Sendable {
    package var rule: String
    /// Which of the rule's triggers it is, from 0.
    package var trigger: Int
    package var due: Timestamp
    package var timezone: String
    /// The time on that zone's clock.
    package var clock: String
}

extension RuleSet {
    /// What comes next by each schedule, soonest first.
    ///
    /// - Parameter timers: those that are set; what has none yet counts from `now`.
    package func comingTimes(timers: [StoredTimer], now: Timestamp) -> [ComingTime] {
        let known = Dictionary(timers.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let coming = schedules.values.compactMap { trigger -> ComingTime? in
            guard
                let timer = known[trigger.timerID]
                    ?? trigger.schedule.next(after: now).map(trigger.timer)
            else { return nil }
            return ComingTime(
                rule: trigger.rule, trigger: trigger.number, due: timer.due,
                timezone: trigger.schedule.timezone.identifier, clock: trigger.schedule.text(of: timer.due))
        }
        return coming.sorted { ($0.due, $0.rule, $0.trigger) < ($1.due, $1.rule, $1.trigger) }
    }
}
