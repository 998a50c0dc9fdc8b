import BotKit

extension RuleRun {
    /// Loops in loops come to an end here.
    static let mostSteps = 10_000

    /// Takes the steps of a rule that fired, up to the first that has to wait.
    func perform(_ rule: Rule, otherwise: Bool, groups: [String: String]) throws {
        begin(rule, RunPlace(isOtherwise: otherwise, groups: groups))
        try takeSteps()
    }

    /// Takes steps from where the run is, until one has to wait or none is left.
    func takeSteps() throws {
        guard let program = rule?.program(otherwise: place.isOtherwise) else { return }
        while place.step < program.instructions.count {
            budget -= 1
            if budget < 0 {
                trace("steps", "more than \(Self.mostSteps) steps for one event", .error)
                return end()
            }
            switch program.instructions[place.step] {
            case .act(let step): if try !take(step) { return }
            case .unless(let conditions, let other):
                place.step = try holds(conditions) ? place.step + 1 : other
            case .go(let other): place.step = other
            case .loop(let loop, let exit):
                do {
                    try enter(loop, exit: exit)
                } catch let error as TemplateError {
                    trace("repeat", error.reason, .error)
                    return end()
                }
            case .again(let start): if !goRound(start) { return end() }
            case .wait(let length):
                return wait(until: length.end(after: view.circumstances.now, for: view.event.id))
            case .ask(let question): if try !ask(question) { return }
            case .stop(let reason):
                trace("stop", (try? reason?.fill(self)) ?? "", .yes)
                return end()
            }
        }
        end()
    }

    /// - Returns: false if the run has ended, or waits for what has come of the step.
    private func take(_ step: Step) throws -> Bool {
        let action = decision.actions.count
        do {
            let result = try perform(step.act)
            if let name = step.saveAs { place.saved[name] = result }
        } catch let error as TemplateError {
            return fail(step.act.check, at: step.label, error.reason, handler: step.onError)
        }
        if case .call = step.act {
            suspend(.call(until: nil))
            return false
        }
        guard step.isAwaited, decision.actions.count > action else {
            place.step += 1
            return true
        }
        suspend(.action(action, until: nil))
        return false
    }

    /// Goes on where the file says for the case that something fails.
    ///
    /// - Parameter handler: where that is.
    /// - Returns: false if there is no such place: then the run is over.
    func fail(_ check: String, at label: String, _ reason: String, handler: Int?) -> Bool {
        trace(check, reason, .error)
        guard let handler else {
            end()
            return false
        }
        place.failure = .init(step: label, reason: reason)
        place.step = handler
        return true
    }

    // MARK: Loops

    private func enter(_ loop: Loop, exit: Int) throws {
        var rounds = try self.rounds(of: loop)
        guard let first = rounds.first else { return place.step = exit }
        rounds.removeFirst()
        var name: String?
        if case .each(_, let item) = loop.source { name = item }
        if let name { place.saved[name] = first }
        place.loops.append(.init(start: place.step, rest: rounds, name: name))
        place.step += 1
    }

    private func goRound(_ start: Int) -> Bool {
        guard var current = place.loops.popLast(), current.start == start else { return false }
        if current.rest.isEmpty {
            place.step += 1
        } else {
            let next = current.rest.removeFirst()
            if let name = current.name { place.saved[name] = next }
            place.loops.append(current)
            place.step = start + 1
        }
        return true
    }

    private func rounds(of loop: Loop) throws -> [Value] {
        switch loop.source {
        case .times(let count): return [Value](repeating: .missing, count: min(count, Loop.maximumRounds))
        case .each(let template, _):
            switch try template.value(self) {
            case .list(let items): return Array(items.prefix(Loop.maximumRounds))
            case .missing: return []
            case let other: throw TemplateError(reason: "for_each needs a list, and this is \(other.traced)")
            }
        }
    }

    private func holds(_ conditions: [Condition]) throws -> Bool {
        for condition in conditions {
            do {
                let result = try condition.check(self)
                trace("if " + result.check, result.seen, result.holds ? .yes : .no)
                if !result.holds { return false }
            } catch let error as TemplateError {
                trace("if", error.reason, .error)
                return false
            }
        }
        return true
    }
}
