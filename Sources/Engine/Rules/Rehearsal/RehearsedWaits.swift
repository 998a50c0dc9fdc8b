import BotKit
import Store

/// Runs that wait while rules go through a past once more, and when each goes on: at the time that it waits for, or when
/// the record says that what it waits for was there.
struct RehearsedWaits {
    private(set) var open = OpenRuns()
    /// The event of the record that a run goes back to.
    private var roots: [String: Int64] = [:]
    /// How many runs of an event have not ended.
    private var counts: [Int64: Int] = [:]
    /// What comes next, the last first.
    private var agenda: [(time: Timestamp, wake: RunWake)] = []
    private let history: History

    init(history: History) { self.history = history }

    /// Whether runs that go back to an event have not ended.
    func areOpen(for root: Int64) -> Bool { counts[root] != nil }

    /// The event of the record that a run goes back to.
    func root(of run: String) -> Int64? { roots[run] }

    /// Takes over what a decision makes of runs.
    ///
    /// - Parameters:
    ///   - root: the event of the record that the decision goes back to.
    ///   - trigger: the event that was decided about, for runs that begin.
    mutating func apply(
        _ decision: Decision, root: Int64, now: Timestamp, trigger: @autoclosure () -> PendingEvent
    ) throws {
        for change in decision.runs {
            switch change {
            case .waits(let run):
                if open[run.id] == nil {
                    roots[run.id] = root
                    counts[root, default: 0] += 1
                }
                _ = open.apply(change, trigger: trigger())
                try plan(run, in: decision, now: now)
            case .ends(let id):
                if let turn = open.apply(change, trigger: trigger()) {
                    add(now, RunWake(run: turn.id, turn: turn.turn, outcome: .turn))
                }
                guard let root = roots.removeValue(forKey: id), let count = counts[root] else { continue }
                counts[root] = count > 1 ? count - 1 : nil
            }
        }
    }

    /// Takes what is due next away.
    mutating func next(until time: Timestamp) -> (time: Timestamp, wake: RunWake)? {
        guard let last = agenda.last, last.time <= time else { return nil }
        return agenda.removeLast()
    }

    private mutating func plan(_ run: WaitingRun, in decision: Decision, now: Timestamp) throws {
        if let due = run.wait.due { add(due, RunWake(run: run.id, turn: run.turn, outcome: .time)) }
        switch run.wait {
        case .turn, .time, .answer: return
        case .action(let index, _):
            if let (time, outcome) = try history.outcome(ofWait: run.turn, of: run.id) {
                return add(max(now, time), RunWake(run: run.id, turn: run.turn, outcome: outcome))
            }
            guard decision.actions.indices.contains(index),
                case .perform(let effect, _, _, _) = decision.actions[index]
            else { return }
            // What nobody was told nobody has answered; a message would have left.
            if case .callWebhook = effect { return }
            add(now, RunWake(run: run.id, turn: run.turn, outcome: .done(answer: "")))
        case .call:
            guard let (time, outcome) = try history.outcome(ofWait: run.turn, of: run.id) else { return }
            add(max(now, time), RunWake(run: run.id, turn: run.turn, outcome: outcome))
        }
    }

    private mutating func add(_ time: Timestamp, _ wake: RunWake) {
        // Of two at the same time the one that was planned first goes first.
        var (low, high) = (0, agenda.count)
        while low < high {
            let middle = (low + high) / 2
            if agenda[middle].time > time { low = middle + 1 } else { high = middle }
        }
        agenda.insert((time, wake), at: low)
    }
}
