import BotKit

extension Reading {
    /// One message to many; nil if there are errors, which are noted.
    func broadcast(_ node: Node, _ context: RuleContext, label: String) -> Act? {
        let before = errorCount
        guard let fields = Fields(node, .broadcast, in: self) else { return nil }
        let audience = fields.required("to").flatMap { self.audience($0) }
        let (saying, texts) = whatIsSaid(fields, context)
        let lifetime = fields["expires"].flatMap(length) ?? context.terms.ownLifetime
        if lifetime == nil, errorCount == before {
            warn(
                "without 'expires' this goes on until everybody has it, however long that takes",
                at: node.position)
        }
        let step = BroadcastStep(
            label: label, audience: audience ?? Audience(),
            content: saying?.content ?? .text(.template(Template(plain: ""))),
            texts: texts, pacing: pacing(fields, context),
            approver: fields["approve"].flatMap { isNone($0) ? nil : text($0) } ?? "",
            key: fields["once_per"].flatMap { template($0, for: context.bot) },
            mostFailures: (fields["stop_after_errors"].flatMap(percent) ?? 20) / 100,
            report: fields["report_to"].flatMap { target($0) }, lifetime: lifetime,
            priority: fields["priority"].flatMap(priority) ?? .low, bot: context.bot)
        return errorCount == before ? .broadcast(step) : nil
    }

    /// What is said, with the texts as they stand in the file. A broadcast's own names are good here and nowhere else.
    private func whatIsSaid(_ fields: Fields, _ context: RuleContext) -> (Saying?, [BroadcastStep.Text]) {
        let outer = takeUses()
        let saying = content(fields, context)
        note(uses: outer + takeUses().filter { !$0.name.isOfRecipient })
        guard case .text(let answer)? = saying?.content, let node = fields["text"] else {
            return (saying, [])
        }
        switch answer {
        case .template(let template):
            guard let source = scalar(node)?.text else { return (saying, []) }
            return (saying, [BroadcastStep.Text(source: source, template: template)])
        case .named(let text):
            let sources = context.vocabulary.texts[text.name]?.sources ?? []
            return (
                saying, zip(sources, text.choices).map { BroadcastStep.Text(source: $0, template: $1) }
            )
        }
    }

    private func pacing(_ fields: Fields, _ context: RuleContext) -> Pacing {
        var pacing = Pacing(timezone: context.bot.timezone)
        pacing.interval = fields["pace"].flatMap(interval)?.microseconds
        if let node = fields["window"], let hours = Fields(node, .broadcastWindow, in: self) {
            if let from = hours.required("from").flatMap(clock), let to = hours.required("to").flatMap(clock)
            {
                if from == to, let entry = hours.entry("to") {
                    error("this begins and ends at the same time, so it is never", at: entry.value.position)
                }
                pacing.window = Pacing.Hours(from: from, to: to)
            }
        }
        if let quiet = context.terms.quiet {
            pacing.quiet = Pacing.Hours(from: quiet.window.from, to: quiet.window.to, days: quiet.days)
        }
        return pacing
    }
}
