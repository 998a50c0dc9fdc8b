import BotKit
import Foundation

/// Calls of handlers. What a handler wants takes effect in the decision that its outcome comes to, or not at all.
extension RuleRun {
    /// What a handler is asked.
    func pending(_ call: HandlerCall) throws -> PendingCall {
        var arguments: [String: Value] = [:]
        for (name, value) in call.arguments { arguments[name] = try self.value(of: value) }
        return PendingCall(
            handler: call.handler, arguments: arguments, timeout: call.timeout / .seconds(1),
            retries: call.retries)
    }

    /// Goes on with what came of a call.
    ///
    /// - Returns: false if the run is over, or waits once more.
    func goOn(_ step: Step, calling call: HandlerCall, after outcome: RunWake.Outcome) throws -> Bool {
        switch outcome {
        case .done(let answer):
            guard let result = CallResult(json: answer) else {
                return failCall(step, "the handler's outcome cannot be read")
            }
            return try take(result, of: step, calling: call)
        case .failed(let reason): return failCall(step, reason)
        case .time: return failCall(step, "no answer in time")
        case .turn, .cancelled: return false
        }
    }

    private func failCall(_ step: Step, _ reason: String) -> Bool {
        place.call = nil
        return fail(step.act.check, at: step.label, reason, handler: step.onError)
    }

    private func take(_ result: CallResult, of step: Step, calling call: HandlerCall) throws -> Bool {
        let outcome = result.outcome
        if let error = outcome.error { return failCall(step, traced(error)) }
        if let asked = outcome.ask {
            guard let question = Question(asked, of: step, for: call.bot) else {
                return failCall(
                    step, "the handler asks for something that there is not: \(asked.expect ?? "")")
            }
            place.call?.question = asked
            return try ask(question)
        }
        // Others may have changed what it goes by meanwhile: then it is asked anew, with what is there now.
        for (change, seen) in zip(outcome.memory ?? [], result.seen) where try now(change) != seen {
            trace(step.act.check, "\(change.name) has changed meanwhile, and the handler is asked again", .no)
            suspend(.call(until: nil))
            return false
        }
        let before = decision
        do {
            for change in outcome.memory ?? [] { try remember(change) }
            for action in outcome.actions ?? [] { try perform(action) }
            for emission in outcome.emit ?? [] { try emit(emission.name, emission.data ?? [:]) }
        } catch let error as TemplateError {
            // All of an outcome takes effect, or nothing.
            decision = before
            return failCall(step, "what the handler wants cannot be done: \(error.reason)")
        }
        if let name = step.saveAs { place.saved[name] = outcome.value ?? .missing }
        place.call = nil
        trace(step.act.check, "done", .yes)
        place.step += 1
        return true
    }

    /// Takes an answer to a handler's question, and asks the handler anew.
    func answer(_ question: HandlerQuestion, with answer: Value) {
        place.call?.answers[question.name] = answer
        place.call?.question = nil
        suspend(.call(until: nil))
    }

    // MARK: Memory

    private func variable(of change: MemoryChange) throws -> Variable {
        guard let scope = VariableScope(rawValue: change.scope.rawValue),
            let variable = variable(scope, change.name)
        else {
            throw TemplateError(
                reason: "there is no \(change.scope.rawValue) here whose variable \(change.name) could be")
        }
        return variable
    }

    /// What is there now of what the handler was shown.
    private func now(_ change: MemoryChange) throws -> Value {
        guard let variable = try? variable(of: change) else { return .missing }
        return change.scope == .bot ? try current(variable) : try value(of: variable) ?? .missing
    }

    private func remember(_ change: MemoryChange) throws {
        let variable = try variable(of: change)
        guard isName(change.name) else {
            throw TemplateError(reason: "\(quoted(change.name)) cannot be the name of a variable")
        }
        guard let value = change.value, value != .missing else { return try self.change(.clear(variable)) }
        try self.change(.set(variable, value, lifetime: try length(change.expires)))
    }

    private func length(_ seconds: Double?) throws -> Duration? {
        guard let seconds else { return nil }
        if let length = Duration(handlerSeconds: seconds) { return length }
        throw TemplateError(reason: "\(seconds) s is no time that could be waited")
    }

    // MARK: Actions

    private func perform(_ action: HandlerAction) throws {
        guard let rule else { return }
        switch action.do {
        case .reply, .send:
            let text = try text(of: action)
            var saying = Saying(content: .text(.template(Template(plain: text))))
            saying.target = try action.to.map { try target($0) }
            saying.mentions = action.mention
            saying.quotes = action.quote ?? false
            saying.lifetime = try length(action.expires)
            saying.key = action.key.map { Template(plain: $0) }
            saying.moment = try action.at.map { try moment($0) }
            if let name = action.priority {
                guard let priority = Priority.allCases.first(where: { $0.name == name }) else {
                    throw TemplateError(reason: "\(quoted(name)) is no priority")
                }
                saying.priority = priority
            }
            _ = try say(saying, rule)
        case .acceptFriend: _ = try perform(.acceptFriend(tags: [], remark: nil, reason: nil))
        case .declineFriend: _ = try perform(.declineFriend(reason: nil))
        case .remark: try setRemark(try text(of: action), of: try target(action.to ?? "sender"))
        case .tag, .untag:
            _ = try perform(
                .tag([try text(of: action)], on: try target(action.to ?? "sender"), isSet: action.do == .tag))
        case .recall: _ = try perform(.recall)
        case .invite:
            guard let room = action.to else { throw TemplateError(reason: "invite needs a room in 'to'") }
            _ = try perform(.invite(to: try target(room), whom: try target(action.whom ?? "sender")))
        case .alert:
            decision.notes.append(Note(isAlert: true, rule: rule.id, text: try text(of: action)))
        }
    }

    private func text(of action: HandlerAction) throws -> String {
        guard let text = action.text, !text.isEmpty else {
            throw TemplateError(reason: "\(action.do.rawValue) needs a text")
        }
        return text
    }

    private func moment(_ seconds: Double) throws -> Timestamp {
        guard seconds.isFinite, seconds >= 0, seconds < 32_503_680_000 else {
            throw TemplateError(reason: "\(seconds) is no time")
        }
        return Timestamp(microseconds: Int64(seconds * 1_000_000))
    }

    /// `sender`, `chat`, `user:NAME`, `chat:NAME`, or an id.
    private func target(_ text: String) throws -> Target {
        switch text {
        case "sender": return .sender
        case "chat": return .here
        default: break
        }
        for (prefix, make) in [("user:", Target.user), ("chat:", Target.chat)] {
            if text.hasPrefix(prefix), text.count > prefix.count {
                return make(Reference(name: String(text.dropFirst(prefix.count))))
            }
        }
        if text == view.event.chat.rawValue { return .here }
        if text == view.sender?.rawValue { return .sender }
        guard let contact = try view.state.contact(text) else {
            throw TemplateError(reason: "nobody has the id \(quoted(traced(text)))")
        }
        return contact.kind == .group ? .chat(Reference(name: text)) : .user(Reference(name: text))
    }
}
