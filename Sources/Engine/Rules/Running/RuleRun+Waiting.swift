import BotKit
import Foundation

extension RuleRun {
    /// Waits until a time.
    func wait(until time: Timestamp) {
        trace("wait", "for \(Rule.words(time - view.circumstances.now))", .yes)
        suspend(.time(time))
    }

    /// Puts the run aside until what it waits for is there, or until the rule's time-out.
    func suspend(_ wait: WaitingRun.Wait) {
        guard let rule else { return }
        turn += 1
        var wait = wait
        if let end = deadline {
            switch wait {
            case .turn: break
            case .time(let due): wait = .time(min(due, end))
            case .action(let action, let due): wait = .action(action, until: min(due ?? end, end))
            case .call(let due): wait = .call(until: min(due ?? end, end))
            case .answer(let chat, let person, let due):
                wait = .answer(in: chat, of: person, until: min(due, end))
            }
        }
        isStored = true
        decision.runs.append(
            .waits(
                WaitingRun(
                    id: Self.id(of: rule, on: view.event), rule: rule.id, key: key(of: rule), began: began,
                    turn: turn, wait: wait, hash: rule.hash, state: LiveRunState(rule, place),
                    isOfItsChat: rule.terms.mode.scope == .chat && view.event.chat != .none)))
    }

    /// When the run has taken too long; nil if it may take any time, or has been told already.
    private var deadline: Timestamp? {
        place.isLate ? nil : rule?.terms.timeout.map { (place.started ?? began) + $0 }
    }

    private static let timeout = "timeout"

    /// What runs of a rule are told apart by.
    func key(of rule: Rule) -> String {
        switch rule.terms.mode.scope {
        case .chat: view.event.chat.rawValue
        case .sender: view.sender?.rawValue ?? ""
        case .rule, .account: ""
        }
    }

    /// An event starts a rule once.
    static func id(of rule: Rule, on event: Event) -> String { "\(event.id.rawValue)/\(rule.id)" }

    /// The run is over, and nobody waits for it any more.
    func end() {
        guard isStored, let rule else { return }
        decision.runs.append(.ends(Self.id(of: rule, on: view.event)))
        isStored = false
    }

    // MARK: Going on

    /// Takes a run up that has waited.
    func takeUp(_ rule: Rule, _ run: WaitingRun, _ place: RunPlace) {
        prepare(rule, place)
        began = run.began
        turn = run.turn
        isStored = true
        decision.origin = run.event
    }

    /// Goes on after a wait.
    func goOn(after outcome: RunWake.Outcome, now: Timestamp) throws {
        guard let rule else { return }
        let program = rule.program(otherwise: place.isOtherwise)
        guard place.step < program.instructions.count else { return end() }
        if outcome == .cancelled {
            trace("cancelled", "by the owner", .yes)
            return end()
        }
        if outcome == .time, let deadline, now >= deadline {
            guard tooLate(program) else { return }
            return try takeSteps()
        }
        switch program.instructions[place.step] {
        case _ where outcome == .turn: place.started = now
        case .wait:
            trace("wait", "over", .yes)
            place.step += 1
        case .ask(let question):
            guard outcome == .time else { return }
            trace("ask", "no answer in time", .no)
            guard let handler = question.onTimeout else { return end() }
            place.step = handler
        case .act(let step):
            if case .call(let call) = step.act {
                guard try goOn(step, calling: call, after: outcome) else { return }
                break
            }
            switch outcome {
            case .done(let answer):
                if case .callWebhook = step.act, let name = step.saveAs {
                    place.saved[name] = Self.value(of: answer)
                }
                trace(step.act.check, "done", .yes)
                place.step += 1
            case .failed(let reason):
                if !fail(step.act.check, at: step.label, reason, handler: step.onError) { return }
            // Its only timer is the deadline's; a clock that was set back meanwhile does not give it another.
            case .time: if !tooLate(program) { return }
            case .turn, .cancelled: return
            }
        default: return end()
        }
        try takeSteps()
    }

    /// Goes on where the file says for the case that the run has taken too long.
    ///
    /// - Returns: false if there is no such place: then the run is over.
    private func tooLate(_ program: Program) -> Bool {
        place.loops = []
        place.isLate = true
        return fail(Self.timeout, at: Self.timeout, "the run has taken too long", handler: program.handler)
    }

    /// What a webhook answered: what its JSON says, else its text.
    private static func value(of answer: String) -> Value {
        guard let answer = try? JSONDecoder().decode(WebhookAnswer.self, from: Data(answer.utf8)) else {
            return .missing
        }
        return Value(json: answer.body) ?? .text(answer.body)
    }
}

extension RuleRun {
    /// Whether a rule may begin now, by what its mode says of the runs that have not ended.
    enum Entrance {
        case free
        /// After those before it.
        case queued
        case closed(check: String, seen: String)
    }

    /// Looks what the rule's mode says, and makes room where it says so.
    func enter(_ rule: Rule) throws -> Entrance {
        guard rule.canWait else { return .free }
        let mode = rule.terms.mode
        let open = try view.state.waitingRuns(of: rule.id, key: key(of: rule), limit: mode.most + 1)
        guard !open.isEmpty else { return .free }
        let now = view.circumstances.now
        func end(_ runs: [WaitingRun], _ why: String) {
            for run in runs {
                decision.runs.append(.ends(run.id))
                trace(why, "a run of \(Rule.words(now - run.began)) ago has ended", .yes)
            }
        }
        switch mode.kind {
        case .single: return .closed(check: "mode", seen: "a run has not ended")
        case .restart:
            prepare(rule, RunPlace(isOtherwise: false, groups: [:]))
            end(open, "mode restart")
            return .free
        case .parallel, .queued:
            let result = mode.kind == .queued ? Entrance.queued : .free
            guard open.count >= mode.most else { return result }
            let victim = mode.kind == .queued ? open.first { $0.wait == .turn } : open.first
            guard mode.dropsOld, let victim else {
                return .closed(check: "max", seen: "\(open.count) runs have not ended")
            }
            prepare(rule, RunPlace(isOtherwise: false, groups: [:]))
            end([victim], "overflow")
            return result
        }
    }

    /// Waits until it is this run's turn.
    func queue(_ rule: Rule, otherwise: Bool, groups: [String: String]) {
        begin(rule, RunPlace(isOtherwise: otherwise, groups: groups))
        trace("mode", "queued behind a run that has not ended", .yes)
        suspend(.turn)
    }
}
