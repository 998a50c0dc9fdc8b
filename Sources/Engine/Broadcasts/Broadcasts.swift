package import BotKit
package import Logging
import ServiceLifecycle
package import Store
import Synchronization

/// Takes broadcasts from their beginning to their end: puts down who gets one, waits until it may begin, and hands the
/// outbox a few messages at a time. All that it knows is in the store, so it goes on after any crash.
package final class Broadcasts: Service {
    /// Messages of one broadcast in the outbox at most: so many can still be called back at once, and memory and queue
    /// stay small however many it goes to.
    private static let mostQueued = 100
    /// How far ahead of their time messages are put there.
    private static let horizon = Duration.seconds(30)
    /// How long a message may wait there for the account's limits.
    private static let lifetime = Duration.seconds(30 * 86_400)

    private let account: AccountID
    private let store: Store
    private let limits: SendLimits
    private let usualPace: Int64?
    private let moved: Signal
    private let clock: any WallClock
    private let logger: Logger
    private let queued: @Sendable () -> Void
    /// Broadcasts for which approval has been asked.
    private let asked = Mutex<Set<Int64>>([])

    /// - Parameters:
    ///   - usualPace: the time from one message to the next where a broadcast says nothing; nil: only the limits count.
    ///   - moved: rung when a broadcast has begun, or been changed, or messages have come to an end.
    ///   - queued: called when there is something in the outbox.
    package init(
        account: AccountID, store: Store, limits: SendLimits, usualPace: Duration?, moved: Signal,
        clock: any WallClock, logger: Logger, queued: @escaping @Sendable () -> Void
    ) {
        self.account = account
        self.store = store
        self.limits = limits
        self.usualPace = usualPace?.microseconds
        self.moved = moved
        self.clock = clock
        self.logger = logger
        self.queued = queued
    }

    /// Works until shut down.
    package func run() async throws {
        try await untilShutdown {
            while !Task.isCancelled {
                let next = try await self.round()
                if let next, next <= self.clock.now { continue }
                await self.moved.wait(until: next, on: self.clock)
            }
        }
    }

    /// Does what can be done now for each broadcast.
    ///
    /// - Returns: when there is something to do again; nil for when something happens.
    package func round() async throws -> Timestamp? {
        var next: Timestamp?
        for broadcast in try await store.openBroadcasts(of: account) where !Task.isCancelled {
            if let time = try await advance(broadcast) { next = min(next ?? time, time) }
        }
        return next
    }

    private func advance(_ broadcast: StoredBroadcast) async throws -> Timestamp? {
        if let expires = broadcast.order.expires, expires <= clock.now {
            try await end(broadcast, .expire)
            return nil
        }
        switch broadcast.state {
        case .gathering:
            if try await store.gather(broadcast, now: clock.now) { return clock.now }
            // It is looked at anew in its new state.
            return clock.now
        case .sending where !broadcast.isPaused: return try await send(broadcast)
        case .approval:
            try await askForApproval(of: broadcast)
            return broadcast.order.expires
        case .sending: return broadcast.order.expires
        case .done, .cancelled, .expired: return nil
        }
    }

    // MARK: Sending

    private func send(_ broadcast: StoredBroadcast) async throws -> Timestamp? {
        let now = clock.now
        let plan: BroadcastPlan
        let texts: BroadcastTexts
        do {
            plan = try BroadcastPlan(json: broadcast.order.plan)
            texts = try BroadcastTexts(plan, number: broadcast.number)
        } catch {
            try await hold(broadcast, "it cannot be written: \(error)")
            return nil
        }
        let counts = broadcast.counts
        if counts.waiting == 0, counts.queued == 0 {
            try await end(broadcast, .finish(report: report(on: broadcast, plan)))
            return nil
        }
        if broadcast.isFailing {
            try await hold(
                broadcast,
                "\(broadcast.erred) of \(broadcast.tried) messages failed; look why, then resume or cancel it"
            )
            return nil
        }
        let room = Self.mostQueued - counts.queued
        // A few at once cost the store less than one after the other.
        guard counts.waiting > 0, room >= min(Self.mostQueued / 4, counts.waiting) else {
            return broadcast.order.expires
        }
        let (slots, next) = plan.pacing.slots(
            min(room, counts.waiting), after: broadcast.arrival, now: now, horizon: now + Self.horizon,
            usual: usualPace)
        let fed = try await store.feed(broadcast, at: slots, now: now) { id, time, state in
            try Self.message(to: id, at: time, of: broadcast, plan, texts, state)
        }
        if fed > 0 { queued() }
        // Whoever has opted out, or could not be written to, has left room for others.
        if fed < slots.count { return now }
        return [next.map { $0 + (.zero - Self.horizon) }, broadcast.order.expires].compactMap { $0 }.min()
    }

    private static func message(
        to id: String, at time: Timestamp, of broadcast: StoredBroadcast, _ plan: BroadcastPlan,
        _ texts: BroadcastTexts, _ state: StoredState
    ) throws -> (Effect, SendTerms) {
        let facts = try RecipientFacts(id, in: state)
        let content: Content
        do {
            content = try broadcast.order.content ?? .text(try texts.text(for: facts))
        } catch let error as TemplateError {
            throw UnwrittenMessage(description: error.reason)
        }
        var terms = SendTerms(
            lifetime: broadcast.order.expires.map { max(.zero, $0 - time) } ?? lifetime,
            priority: plan.priority,
            notBefore: time)
        terms.quiet = plan.pacing.quietTime(at: time)
        return (.send(content), terms)
    }

    // MARK: What its owner hears

    private func hold(_ broadcast: StoredBroadcast, _ reason: String) async throws {
        let alert = "broadcast \(broadcast.number) (\(broadcast.order.rule)) is paused: \(reason)"
        let refusal = try await store.change(
            .hold(reason: reason, alert: alert), broadcast.number, of: account, now: clock.now)
        if refusal == nil { logger.warning("\(alert)", metadata: ["account": "\(account)"]) }
    }

    private func end(_ broadcast: StoredBroadcast, _ change: BroadcastChange) async throws {
        _ = try await store.change(change, broadcast.number, of: account, now: clock.now)
        queued()
        let counts = broadcast.counts
        logger.notice(
            "broadcast \(broadcast.number) has ended: \(counts.sent) of \(counts.total) sent",
            metadata: ["account": "\(account)", "rule": "\(broadcast.order.rule)"])
    }

    /// Asks once in the life of a process: who was asked just before the last one ended may not have heard of it.
    private func askForApproval(of broadcast: StoredBroadcast) async throws {
        let number = broadcast.number
        guard asked.withLock({ $0.insert(number).inserted }) else { return }
        let end = try await BroadcastForecast(limits: limits, usualPace: usualPace).end(
            of: broadcast, in: store, now: clock.now)
        try await alert(
            """
            broadcast \(number) (\(broadcast.order.rule)) waits for \(broadcast.order.approver): \
            \(broadcast.counts.total) recipients, done about \(end.iso) if it begins now; conure broadcast approve \(number)
            """)
    }

    private func alert(_ text: String) async throws {
        logger.warning("\(text)", metadata: ["account": "\(account)"])
        try await store.alert(text, of: account, now: clock.now)
    }

    private func report(on broadcast: StoredBroadcast, _ plan: BroadcastPlan) -> String {
        let counts = broadcast.counts
        var parts = ["sent to \(counts.sent) of \(counts.total)"]
        if counts.failed > 0 { parts.append("failed for \(counts.failed)") }
        if counts.leftOut > 0 { parts.append("left out \(counts.leftOut)") }
        return "\(plan.title): \(parts.joined(separator: ", "))."
    }
}

/// Why somebody gets no message, in words that are kept beside them.
private struct UnwrittenMessage: Error, CustomStringConvertible {
    let description: String
}
