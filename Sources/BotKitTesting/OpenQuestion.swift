import BotKit

/// A question of a handler that waits for its answer.
struct OpenQuestion: Sendable {
    let question: HandlerQuestion
    let call: TestCall
    var misses = 0
    var until = Timestamp(microseconds: 0)
}

extension TestWorld {
    func ask(_ question: OpenQuestion) throws {
        guard AnswerReading(question.question) != nil else {
            throw Failure(
                "the handler asks for something that there is not: \(question.question.expect ?? "")")
        }
        guard question.call.event.person != nil else {
            throw Failure("nobody is behind this who could be asked")
        }
        try withState { state in
            try state.say(question.question.text, of: question.call.event)
            state.wait(for: question)
        }
    }

    /// The oldest question that this may be the answer to.
    func takeQuestion(for event: TestEvent) -> OpenQuestion? {
        guard MessageKind(rawValue: event.facts.kind) != nil else { return nil }
        return withState { state in
            state.questions.removeAll { $0.until < state.now }
            let index = state.questions.firstIndex {
                $0.call.event.chat?.id == event.chat?.id && $0.call.event.person == event.person
            }
            return index.map { state.questions.remove(at: $0) }
        }
    }

    func answer(_ open: OpenQuestion, with event: TestEvent) async throws {
        var open = open
        guard let reading = AnswerReading(open.question) else { return }
        let text = event.facts.text ?? ""
        if ["cancel", "取消"].contains(AnswerReading.plain(text)) { return }
        if let answer = reading.answer(event, now: now) {
            var call = open.call
            call.answers[open.question.name] = answer
            try await self.call(call)
            return
        }
        open.misses += 1
        guard open.misses <= min(max(0, open.question.retries ?? 2), 20) else {
            throw Failure("no answer that is \(reading.inWords)")
        }
        try withState { [open] state in
            try state.say(reading.retryText, of: open.call.event)
            state.wait(for: open)
        }
    }
}

extension TestWorld.State {
    fileprivate mutating func wait(for open: OpenQuestion) {
        var open = open
        open.until = now + .seconds(open.question.timeout ?? 600)
        questions.append(open)
    }

    fileprivate mutating func say(_ text: String, of event: TestEvent) throws {
        try take(HandlerOutcome(actions: [HandlerAction(do: .reply, text: text)]), of: event)
    }
}
