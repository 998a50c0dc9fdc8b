import BotKit
import Store

/// Runs that have not ended, in memory, found by what is asked of the store too.
struct OpenRuns {
    struct Entry {
        var run: WaitingRun
        let trigger: PendingEvent
        /// Tells which began first.
        let number: Int
    }

    private var entries: [String: Entry] = [:]
    private var began = 0
    /// In the order in which they began.
    private var byKey: [Key: [String]] = [:]
    private var asked: [ChatID: [String]] = [:]

    private struct Key: Hashable {
        let rule: String
        let key: String
    }

    var isEmpty: Bool { entries.isEmpty }

    /// All, in the order in which they began.
    var all: [WaitingRun] { entries.values.sorted { $0.number < $1.number }.map(\.run) }

    subscript(id: String) -> Entry? { entries[id] }

    /// Takes over what a decision makes of a run.
    ///
    /// - Returns: the run whose turn has come by that, if there is one.
    mutating func apply(_ change: RunChange, trigger: @autoclosure () -> PendingEvent) -> WaitingRun? {
        switch change {
        case .waits(var run):
            // What is kept is what can be read again.
            run.state = WrittenRunState(run.state.text)
            let key = Key(rule: run.rule, key: run.key)
            if var entry = entries[run.id] {
                forgetQuestion(of: entry.run)
                entry.run = run
                entries[run.id] = entry
            } else {
                began += 1
                byKey[key, default: []].append(run.id)
                entries[run.id] = Entry(run: run, trigger: trigger(), number: began)
            }
            if case .answer(let chat, _, _) = run.wait { asked[chat, default: []].append(run.id) }
            return nil
        case .ends(let id):
            guard let ended = entries.removeValue(forKey: id)?.run else { return nil }
            forgetQuestion(of: ended)
            let key = Key(rule: ended.rule, key: ended.key)
            byKey[key]?.removeAll { $0 == id }
            if byKey[key]?.isEmpty == true { byKey[key] = nil }
            guard let next = runs(of: ended.rule, key: ended.key, limit: 1).first, next.wait == .turn else {
                return nil
            }
            return next
        }
    }

    private mutating func forgetQuestion(of run: WaitingRun) {
        guard case .answer(let chat, _, _) = run.wait else { return }
        asked[chat]?.removeAll { $0 == run.id }
        if asked[chat]?.isEmpty == true { asked[chat] = nil }
    }

    /// Runs of a rule under a key: those that have begun, oldest first, then those that wait for their turn.
    func runs(of rule: String, key: String, limit: Int) -> [WaitingRun] {
        let runs = (byKey[Key(rule: rule, key: key)] ?? []).compactMap { entries[$0]?.run }
        return Array((runs.filter { $0.wait != .turn } + runs.filter { $0.wait == .turn }).prefix(limit))
    }

    /// The run that waits for a message of this person in this chat; the one that asked last.
    func question(in chat: ChatID, of person: PersonID) -> WaitingRun? {
        (asked[chat] ?? []).reversed().lazy.compactMap { entries[$0]?.run }.first { run in
            guard case .answer(_, let asked, _) = run.wait else { return false }
            return asked == nil || asked == person
        }
    }
}
