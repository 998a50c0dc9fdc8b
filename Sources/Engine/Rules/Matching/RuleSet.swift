package import BotKit
import Store

/// The rules of a file, compiled: immutable, shared by all threads.
package struct RuleSet: Sendable {
    /// In the order in which they are tried.
    let rules: [Rule]
    private let index: RuleIndex
    /// What variables are before anybody sets them.
    let startValues: [String: Value]
    /// What schedules start rules, by the ids of their timers.
    let schedules: [String: ScheduleTrigger]
    /// The ids of rules with `trace: 0`.
    private let unexplained: Set<String>
    /// By id, those that may wait.
    private var waiting: [String: Rule]
    /// What rules were before they were changed or taken away, whose runs may not have ended.
    private var former: [String: Rule] = [:]

    /// The enabled rules, in the order in which they are tried.
    ///
    /// - Parameter cache: keeps what takes long to compile; nil for nowhere.
    init(rules: [Rule], startValues: [String: Value] = [:], cache: ScannerCache? = nil) {
        self.rules = rules
        self.startValues = startValues
        index = RuleIndex(rules, cache: cache)
        let triggers = rules.lazy.flatMap(\.triggers).compactMap { trigger in
            if case .schedule(let trigger) = trigger { (trigger.timerID, trigger) } else { nil }
        }
        unexplained = Set(rules.filter { $0.terms.traces == 0 }.map(\.id))
        schedules = Dictionary(triggers, uniquingKeysWith: { first, _ in first })
        waiting = Dictionary(
            rules.filter(\.canWait).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// What the files that rules send have become, ready to be sent; nil where nothing is sent.
    package var media: [RuleMedia: Content]?

    /// Whether a run of any may have to wait.
    package var canWait: Bool { !waiting.isEmpty }

    /// The same rules, knowing those before them: runs end by the rule that they began with.
    package func following(_ other: RuleSet) -> RuleSet {
        var rules = self
        rules.former.merge(other.former) { own, _ in own }
        // Rules of an account that has none by now had files to send all the same.
        if let others = other.media { rules.media = others.merging(media ?? [:]) { _, own in own } }
        for (id, rule) in other.waiting where waiting[id]?.hash != rule.hash {
            rules.former[rule.hash] = rule
        }
        return rules
    }

    /// The same rules, after others.
    func preceded(by others: [Rule], cache: ScannerCache?) -> RuleSet {
        var rules = RuleSet(rules: others + rules, startValues: startValues, cache: cache)
        rules.ofBots = ofBots + others.count
        rules.media = media
        rules.former = former
        return rules
    }

    /// Only what runs go on by: no event starts these.
    init(former rules: [Rule]) {
        self.init(rules: [])
        waiting = Dictionary(
            rules.filter(\.canWait).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Forgets rules of the past except those with these hashes.
    package mutating func forget(except hashes: Set<String>) {
        former = former.filter { hashes.contains($0.key) }
    }

    /// A rule as it was when a run of it began; nil if that is not known any more.
    private func rule(of run: WaitingRun) -> Rule? {
        if let live = run.state as? LiveRunState { return live.rule }
        if let rule = waiting[run.rule], rule.hash == run.hash { return rule }
        return former[run.hash]
    }

    /// How many of the first are not of the file: what bots want to hear of.
    private var ofBots = 0

    /// How many rules of the file are enabled.
    package var count: Int { rules.count - ofBots }

    /// The rules in the order in which they are tried, with what starts them and where they stand.
    var ordered: [(id: String, heads: [TriggerHead], place: RulePlace)] {
        rules.map { ($0.id, $0.triggers.map(\.head), $0.place) }
    }

    /// Where each rule stands, by its id.
    package var places: [String: RulePlace] {
        Dictionary(rules.map { ($0.id, $0.place) }, uniquingKeysWith: { first, _ in first })
    }

    /// How many runs are explained, of rules where that is not the usual number.
    package var tracesKept: [String: Int] {
        let unusual = rules.filter { $0.terms.traces != Retention.usualTraces }
        return Dictionary(unusual.map { ($0.id, $0.terms.traces) }, uniquingKeysWith: { first, _ in first })
    }

    /// How far back any rule looks at when which rule has started.
    package var longestMemory: Duration { rules.map(\.memory).max() ?? .zero }

    /// Which rules leave a line for each check that was made.
    package enum Tracing: Sendable {
        /// Those that fire.
        case fired
        /// Those that were looked at: the index passes over rules that cannot match.
        case looked
        /// All that come before the one that ends the search. Takes as long as there are rules.
        case everything
    }

    /// What the rules make of an event. The same for the same arguments, at every try, but for the trace.
    ///
    /// - Throws: what `state` throws.
    package func decide(
        _ event: Event, in circumstances: Circumstances, _ state: any RuleState, tracing: Tracing = .looked
    ) throws -> Decision {
        if case .wake(let wake) = event.body {
            return try resume(wake, in: circumstances, state)
        }
        guard let head = TriggerHead(event.body) else {
            return Self.passed(check: "kind", seen: event.body.kind)
        }
        if case .message(let message) = event.body, message.isOwn {
            return Self.passed(check: "own", seen: message.sender.rawValue)
        }
        if case .message(let message) = event.body,
            let run = try state.question(in: event.chat, of: message.sender),
            try mayAnswer(run, message, event, in: circumstances, state)
        {
            return try answer(run, message, event, in: circumstances, state)
        }
        var circumstances = circumstances
        // A private chat is the other person.
        if event.chatKind == .private, circumstances.chat == nil { circumstances.chat = circumstances.sender }
        return try index.withScan { scan in
            var view = EventView(
                event: event, head: head, circumstances: circumstances, state: state,
                scan: tracing == .everything ? nil : scan)
            let candidates = index.candidates(for: &view)
            if candidates.isEmpty { return Decision() }
            let run = RuleRun(view: view, startValues: startValues, media: media)
            for number in candidates {
                let rule = rules[number]
                if try fires(rule, &view, run, tracing: tracing != .fired), !rule.continues { break }
            }
            if !unexplained.isEmpty, tracing != .everything {
                run.decision.trace.removeAll { unexplained.contains($0.rule) && !$0.isStart }
            }
            return run.decision
        }
    }

    private func fires(_ rule: Rule, _ view: inout EventView, _ run: RuleRun, tracing: Bool) throws -> Bool {
        guard let groups = try startedBy(rule, &view, run, tracing: tracing) else { return false }
        var branch = "then"
        if let obstacle = try rule.obstacle(view, groups: groups, run) {
            let (check, seen, verdict, isCondition) = obstacle
            if tracing || isCondition && rule.otherwise != nil {
                run.decision.trace.append(
                    TraceLine(rule: rule.id, check: check, seen: traced(seen), verdict: verdict))
            }
            guard isCondition, rule.otherwise != nil else { return false }
            branch = "else"
        }
        let entrance = try run.enter(rule)
        if case .closed(let check, let seen) = entrance {
            if tracing {
                run.decision.trace.append(TraceLine(rule: rule.id, check: check, seen: seen, verdict: .no))
            }
            return false
        }
        run.decision.trace.append(TraceLine(rule: rule.id, check: branch, seen: rule.name, verdict: .yes))
        if case .queued = entrance {
            run.queue(rule, otherwise: branch == "else", groups: groups)
        } else {
            try run.perform(rule, otherwise: branch == "else", groups: groups)
        }
        return true
    }

    // MARK: Runs that have waited

    /// Goes on with a run, if it still waits for this.
    private func resume(
        _ wake: RunWake, in circumstances: Circumstances, _ state: any RuleState
    ) throws -> Decision {
        guard let run = try state.waitingRun(wake.run), run.turn == wake.turn || wake.outcome == .cancelled
        else {
            return Self.passed(check: "wake", seen: "the run has gone on already, or has ended")
        }
        return try takeUp(run, in: circumstances, state) { rule, _ in
            try rule.goOn(after: wake.outcome, now: circumstances.now)
        }
    }

    /// Whether a message is for the run that waits for one, rather than for the rules.
    private func mayAnswer(
        _ run: WaitingRun, _ message: Message, _ event: Event, in circumstances: Circumstances,
        _ state: any RuleState
    ) throws -> Bool {
        switch message.content {
        // Nobody has written these.
        case .system, .unsupported: return false
        default: break
        }
        guard let rule = rule(of: run) else { return true }
        if circumstances.now - event.time > rule.terms.maximumAge { return false }
        guard rule.terms.mode.kind == .restart else { return true }
        // What starts the rule starts it over.
        var view = EventView(
            event: event, head: .message, circumstances: circumstances, state: state, scan: nil)
        for trigger in rule.triggers where !trigger.texts.isEmpty {
            if case .yes = try trigger.check(&view) { return false }
        }
        return true
    }

    /// Gives a message to the run that waits for it.
    private func answer(
        _ run: WaitingRun, _ message: Message, _ event: Event, in circumstances: Circumstances,
        _ state: any RuleState
    ) throws -> Decision {
        try takeUp(run, in: circumstances, state) { rule, question in
            guard let question else { return rule.end() }
            try rule.take(message, event, asAnswerTo: question)
        }
    }

    /// What the handler is asked that a run waits for; nil if it waits for none any more.
    package func invocation(
        of id: String, turn: Int, account: AccountID, now: Timestamp, _ state: any RuleState
    ) throws -> HandlerRequest? {
        guard let run = try state.waitingRun(id), run.turn == turn, case .call = run.wait,
            let trigger = try state.trigger(of: run)
        else { return nil }
        return try invocation(of: run, startedBy: trigger, account: account, now: now, state)
    }

    /// The same, for a run that is at hand.
    func invocation(
        of run: WaitingRun, startedBy trigger: PendingEvent, account: AccountID, now: Timestamp,
        _ state: any RuleState
    ) throws -> HandlerRequest? {
        guard let call = RunPlace(run.state)?.call else { return nil }
        let facts = Facts(of: trigger, account: account, now: now, startValues: startValues)
        return HandlerRequest(
            invocation: try facts.invocation(for: call, of: run, state), retries: call.retries)
    }

    private func takeUp(
        _ run: WaitingRun, in circumstances: Circumstances, _ state: any RuleState,
        _ body: (RuleRun, Question?) throws -> Void
    ) throws -> Decision {
        guard let trigger = try state.trigger(of: run), let head = TriggerHead(trigger.event.body),
            let rule = rule(of: run), let place = RunPlace(run.state)
        else {
            let reason = "the rule that a run began with is not known any more, and the run has ended"
            var decision = Decision(
                trace: [TraceLine(rule: run.rule, check: "run", seen: reason, verdict: .error)],
                notes: [Note(isAlert: true, rule: run.rule, text: reason)], runs: [.ends(run.id)])
            decision.origin = run.event
            return decision
        }
        let known = Circumstances(
            account: circumstances.account, sender: trigger.sender,
            chat: trigger.chat ?? (trigger.event.chatKind == .private ? trigger.sender : nil),
            now: circumstances.now)
        let view = EventView(
            event: trigger.event, head: head, circumstances: known, state: state, scan: nil)
        let going = RuleRun(view: view, startValues: startValues, media: media)
        going.takeUp(rule, run, place)
        let instructions = rule.program(otherwise: place.isOtherwise).instructions
        var question: Question?
        if instructions.indices.contains(place.step) {
            switch instructions[place.step] {
            case .ask(let asked): question = asked
            case .act(let step):
                guard case .call(let call) = step.act, let asked = place.call?.question else { break }
                question = Question(asked, of: step, for: call.bot)
            default: break
            }
        }
        try body(going, question)
        if unexplained.contains(rule.id) { going.decision.trace = [] }
        return going.decision
    }

    /// The groups of the trigger that starts the rule; nil if none does.
    private func startedBy(
        _ rule: Rule, _ view: inout EventView, _ run: RuleRun, tracing: Bool
    ) throws -> [String: String]? {
        // By number: a copy of each trigger would cost more than most checks.
        for number in rule.triggers.indices {
            switch try rule.triggers[number].check(&view) {
            case .yes(let groups):
                run.decision.trace += rule.triggers[number].linesOfSuccess(&view, rule: rule.id)
                return groups
            case .no(let check, let seen):
                guard tracing else { continue }
                run.decision.trace.append(TraceLine(rule: rule.id, check: check, seen: seen, verdict: .no))
            }
        }
        return nil
    }

    /// An event that no rule is asked about, and why.
    private static func passed(check: String, seen: String) -> Decision {
        Decision(trace: [TraceLine(rule: "", check: check, seen: traced(seen), verdict: .no)])
    }
}
