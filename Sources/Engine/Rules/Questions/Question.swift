import BotKit

/// What a step asks somebody, and what it takes for an answer.
struct Question: Sendable {
    let text: Answer
    let expected: ExpectedAnswer
    let saveAs: String
    /// How many answers may be none before the run gives up.
    var retries = 2
    /// Said after an answer that is none; nil for Conure's own words.
    var retryText: Answer?
    var timeout = Duration.seconds(600)
    /// Where to go on if no answer comes; nil for the end.
    var onTimeout: Int?
    /// Where to go on after too many answers that are none; nil for the end.
    var onError: Int?
    /// What ends the run, compared without case and blanks.
    var cancelWords: Set<String> = []
    /// Whether anybody in the chat may answer, and not only who started the run.
    var isForAnyone = false
    let label: String

    /// How an answer is compared with words.
    static func plain(_ text: String) -> String {
        Alike.folded(Alike.trimmed(Alike.normalised(text))).trimmingSuffix { ".!。！~".contains($0) }
    }
}

extension String {
    fileprivate func trimmingSuffix(while isDropped: (Character) -> Bool) -> String {
        var text = self[...]
        while let last = text.last, isDropped(last), text.count > 1 { text.removeLast() }
        return String(text)
    }
}

extension RuleRun {
    /// Asks, and puts the run aside until the answer is there.
    ///
    /// - Returns: true if that failed, and the run goes on where the file says for that case.
    func ask(_ question: Question) throws -> Bool {
        place.misses = 0
        do {
            guard let rule else { return false }
            if view.sender == nil, !question.isForAnyone {
                throw TemplateError(reason: "nobody is behind this who could be asked: say from: anyone")
            }
            _ = try say(Saying(content: .text(question.text)), rule)
        } catch let error as TemplateError {
            return fail("ask", at: question.label, error.reason, handler: question.onError)
        }
        trace("ask", question.saveAs, .yes)
        waitForAnswer(to: question)
        return false
    }

    private func waitForAnswer(to question: Question) {
        suspend(
            .answer(
                in: view.event.chat, of: question.isForAnyone ? nil : view.sender,
                until: view.circumstances.now + question.timeout))
    }

    /// Takes a message for the answer, and goes on; or says what is expected, and waits again.
    func take(_ message: Message, _ event: Event, asAnswerTo question: Question) throws {
        var text = ""
        if case .text(let words) = message.content { text = words }
        if question.cancelWords.contains(Question.plain(text)) {
            trace("ask", "cancelled with \(traced(text))", .no)
            return end()
        }
        if let answer = question.expected.value(of: message, event, now: view.circumstances.now) {
            trace("ask", "\(question.saveAs): \(answer.traced)", .yes)
            if let asked = place.call?.question { return self.answer(asked, with: answer) }
            place.saved[question.saveAs] = answer
            place.step += 1
            return try takeSteps()
        }
        let seen = text.isEmpty ? message.content.kind : traced(text)
        trace("ask", "\(question.saveAs): \(seen) is not \(question.expected.inWords)", .no)
        place.misses += 1
        if place.misses > question.retries {
            let reason = "no answer that is \(question.expected.inWords)"
            if fail("ask", at: question.label, reason, handler: question.onError) { try takeSteps() }
            return
        }
        do {
            guard let rule else { return }
            let retry = question.retryText ?? .template(Template(plain: question.expected.retryText))
            _ = try say(Saying(content: .text(retry)), rule)
        } catch let error as TemplateError {
            trace("ask", error.reason, .error)
        }
        waitForAnswer(to: question)
    }
}
