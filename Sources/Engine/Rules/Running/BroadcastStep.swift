import BotKit
import Foundation

/// The step that sends one message to many.
struct BroadcastStep: Sendable {
    let label: String
    /// Rooms and users go by the names that the file has for them.
    let audience: Audience
    let content: Saying.Content
    /// The texts to choose from, as the file has them; empty where the content is no text.
    let texts: [Text]
    let pacing: Pacing
    let approver: String
    /// What it goes out under once only; nil for once a day.
    let key: Template?
    /// From 0 to 1.
    let mostFailures: Double
    let report: Target?
    let lifetime: Duration?
    let priority: Priority
    let bot: BotSettings

    struct Text: Sendable {
        let source: String
        let template: Template
    }
}

extension RuleRun {
    /// Lets a broadcast begin, unless there has been one under its key.
    func broadcast(_ step: BroadcastStep, _ rule: Rule) throws {
        var order = try order(of: step, rule)
        order.report = try step.report.map { try chat(of: $0).id } ?? .none
        if try view.state.hasBroadcast(order.key) {
            return trace("broadcast", "there has been one under \(order.key)", .no)
        }
        decision.actions.append(.broadcast(order))
        trace("broadcast", order.key, .yes)
    }

    /// The broadcast that a step stands for, here and now, but for where its end is told.
    ///
    /// - Throws: `TemplateError` if it cannot begin.
    func order(of step: BroadcastStep, _ rule: Rule) throws -> BroadcastOrder {
        let now = view.circumstances.now
        let key = try step.key?.render(self) ?? "\(step.label)/\(step.bot.day(of: now))"
        let audience = try step.audience.renamed(
            room: { try contact(Reference(name: $0), .group, "room").rawValue },
            user: { try somebody($0).rawValue })
        var plan = BroadcastPlan(
            timezone: step.bot.timezone, language: step.bot.language, pacing: step.pacing,
            priority: step.priority, title: rule.name)
        plan.texts = step.texts.map(\.source)
        for text in step.texts {
            for use in text.template.names where !use.name.isOfRecipient {
                plan.values[use.name.spelling] = try value(of: use.name)
            }
        }
        // What is missing is missing for everybody, and better said now.
        let example = BroadcastValues(values: plan.values, recipient: .example)
        for text in step.texts { _ = try text.template.render(example) }
        return BroadcastOrder(
            rule: rule.id, key: "\(rule.id)/\(key)", audience: audience, content: try content(of: step),
            plan: try plan.json, approver: step.approver, mostFailures: step.mostFailures,
            expires: step.lifetime.map { now + $0 })
    }

    private func content(of step: BroadcastStep) throws -> Content? {
        switch step.content {
        case .text: nil
        case .card(let target): try card(of: target)
        case .media(let file): try ready(file)
        }
    }

    private func somebody(_ name: String) throws -> ChatID {
        if name.hasPrefix("chat:") {
            return try contact(Reference(name: String(name.dropFirst(5))), .group, "room")
        }
        let name = name.hasPrefix("user:") ? String(name.dropFirst(5)) : name
        return try contact(Reference(name: name), .private, "person")
    }
}
