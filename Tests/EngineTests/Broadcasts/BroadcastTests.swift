import BotKit
import Engine
import Foundation
import Store
import Testing

@Suite(.timeLimit(.minutes(5))) struct `A broadcast` {
    @Test func `reaches each of its audience once, with words of their own, and tells how it went`()
        async throws
    {
        let sending = try await Sending("report_to: sender, expires: 1d")
        try await sending.know(250)
        try await sending.know(1, tag: "opted_out")
        try await sending.say("go")
        #expect(try await sending.broadcast().state == .gathering)
        #expect(sending.heard.isEmpty)
        try await sending.work()
        let news = sending.heard.filter { $0.chat != "owner" }
        #expect(news.count == 249 && Set(news.map(\.chat)).count == 249)
        #expect(news.allSatisfy { $0.text == "\($0.chat.uppercased()): all is well" })
        #expect(sending.heard.last?.text == "news: sent to 249 of 249.")
        let broadcast = try await sending.broadcast()
        #expect(broadcast.state == .done && broadcast.counts.sent == 249 && broadcast.counts.waiting == 0)
        #expect(try await sending.store.openBroadcasts(of: bot).isEmpty)
    }

    @Test func `is one of its day, or of its key`() async throws {
        let sending = try await Sending()
        try await sending.know(2)
        try await sending.say("go")
        try await sending.say("go")
        try await sending.work()
        #expect(sending.heard.count == 2)
        try await sending.pass(.seconds(86_400), step: .seconds(86_400))
        try await sending.say("go")
        try await sending.work()
        #expect(sending.heard.count == 4)

        let keyed = try await Sending("once_per: \"{{ vars.headline }}\"")
        try await keyed.know(2)
        try await keyed.say("go")
        try await keyed.pass(.seconds(86_400), step: .seconds(86_400))
        try await keyed.say("go")
        try await keyed.work()
        #expect(keyed.heard.count == 2)
        let traces = try await keyed.store.recordedEvent("2", of: bot)?.trace.map(\.seen)
        #expect(traces?.last == "there has been one under news/all is well")
    }

    @Test func `goes to those of its beginning, in the words of its beginning`() async throws {
        let sending = try await Sending("approve: admin")
        try await sending.know(3)
        try await sending.say("go")
        try await sending.work()
        try await sending.store.setTag("customer", on: "late", of: bot, to: true)
        let renamed = Contact(id: "p2", kind: .private, name: "Zoe", isFriend: true)
        _ = try await sending.store.append(
            Changes(key: SyncKey(bytes: [2]), contacts: [renamed]), to: bot, now: sending.clock.now)
        #expect(try await sending.change(.approve) == nil)
        try await sending.work()
        #expect(sending.heard.map(\.text) == ["P1: all is well", "Zoe: all is well", "P3: all is well"])
    }

    @Test func `waits for approval, and says how long it will take`() async throws {
        let sending = try await Sending("approve: boss, pace: 1 per minute")
        try await sending.know(30)
        try await sending.say("go")
        try await sending.work()
        try await sending.pass(.seconds(3600), step: .seconds(600))
        #expect(sending.heard.isEmpty)
        #expect(try await sending.broadcast().state == .approval)
        let alert = try await sending.store.accountEvents(of: bot, limit: 1).first?.text
        #expect(
            alert
                == "broadcast 1 (news) waits for boss: 30 recipients, done about 2026-11-23T10:29:00Z if it begins now; conure broadcast approve 1"
        )
        #expect(try await sending.change(.approve) == nil)
        #expect(try await sending.change(.approve) == "it waits for no approval")
        try await sending.pass(.seconds(1800))
        #expect(sending.heard.count == 30)
    }

    @Test func `leaves nobody waiting behind it, and keeps its pace`() async throws {
        let sending = try await Sending("pace: 12 per minute")
        try await sending.know(50)
        try await sending.say("go")
        try await sending.work()
        #expect(sending.heard.count == 1)
        try await sending.pass(.seconds(60), step: .seconds(5))
        #expect(sending.heard.count == 13)
        // A clock that jumps does not make it catch up.
        sending.clock.advance(by: .seconds(120))
        try await sending.work()
        #expect(sending.heard.count < 13 + 9)
        #expect(try await sending.broadcast().counts.queued <= 8)
    }

    @Test func `keeps to its window and to quiet hours`() async throws {
        // It is ten o'clock, and twelve is quiet.
        let sending = try await Sending("pace: 1 per minute, window: { from: \"11:30\", to: \"12:10\" }")
        try await sending.know(60)
        try await sending.say("calm")
        try await sending.pass(.seconds(89 * 60), step: .seconds(60))
        #expect(sending.heard.isEmpty)
        try await sending.pass(.seconds(31 * 60), step: .seconds(60))
        #expect(sending.heard.count == 30)
        try await sending.pass(.seconds(20 * 3600), step: .seconds(600))
        #expect(sending.heard.count == 30)
        try await sending.pass(.seconds(4 * 3600), step: .seconds(60))
        #expect(sending.heard.count == 60)
    }

    @Test func `ends for who opts out, up to the moment at which it leaves`() async throws {
        let sending = try await Sending(to: "{ tagged: customer, not_tagged: [staff] }")
        try await sending.know(4)
        try await sending.say("go")
        while let next = try await sending.service.round(), next <= sending.clock.now {}
        // All four are in the outbox by now.
        #expect(try await sending.broadcast().counts.queued == 4)
        try await sending.store.setTag("opted_out", on: "p1", of: bot, to: true)
        try await sending.store.setTag("staff", on: "p2", of: bot, to: true)
        let blocked = Contact(id: "p3", kind: .private, name: "P3", isFriend: true, isBlocked: true)
        _ = try await sending.store.append(
            Changes(key: SyncKey(bytes: [2]), contacts: [blocked]), to: bot, now: sending.clock.now)
        try await sending.work()
        #expect(sending.heard.map(\.chat) == ["p4"])
        let counts = try await sending.broadcast().counts
        #expect(counts.sent == 1 && counts.leftOut == 3)
    }

    @Test func `that is held up lets nothing leave that comes back meanwhile`() async throws {
        let sending = try await Sending()
        try await sending.know(4)
        try await sending.say("go")
        while let next = try await sending.service.round(), next <= sending.clock.now {}
        // Two are on their way when it is paused, and come back without effect; then it ends.
        let lease = try await sending.store.lease(
            of: bot, limits: SendLimits(), limit: 2, now: sending.clock.now)
        #expect(try await sending.change(.pause(reason: "wait")) == nil)
        let back = Settlement.waiting(until: sending.clock.now, reason: "no link")
        try await sending.store.settle(lease.rows.map { ($0, back) }, of: bot, now: sending.clock.now)
        try await sending.work()
        #expect(sending.heard.isEmpty)
        #expect(try await sending.broadcast().counts.waiting == 4)
        #expect(try await sending.change(.resume) == nil)
        while let next = try await sending.service.round(), next <= sending.clock.now {}
        let again = try await sending.store.lease(
            of: bot, limits: SendLimits(), limit: 2, now: sending.clock.now)
        #expect(again.rows.count == 2)
        #expect(try await sending.change(.cancel) == nil)
        try await sending.store.settle(again.rows.map { ($0, back) }, of: bot, now: sending.clock.now)
        try await sending.work()
        #expect(sending.heard.isEmpty)
        #expect(try await sending.broadcast().counts.queued == 0)
    }

    @Test func `is paused, goes on and ends by its owner's word, and nobody gets it twice`() async throws {
        let sending = try await Sending()
        try await sending.know(250)
        try await sending.say("go")
        while let next = try await sending.service.round(), next <= sending.clock.now {}
        try await sending.leave()
        #expect(try await sending.change(.pause(reason: "wait")) == nil)
        #expect(try await sending.change(.pause(reason: "wait")) == "it is paused already")
        try await sending.work()
        #expect(sending.heard.count == 64)
        var counts = try await sending.broadcast().counts
        #expect(counts.queued == 0 && counts.waiting == 250 - 64)
        #expect(try await sending.change(.resume) == nil)
        while let next = try await sending.service.round(), next <= sending.clock.now {}
        try await sending.leave()
        #expect(try await sending.change(.cancel) == nil)
        try await sending.work()
        #expect(sending.heard.count == 128 && Set(sending.heard.map(\.chat)).count == 128)
        counts = try await sending.broadcast().counts
        #expect(counts.sent == 128 && counts.queued == 0)
        #expect(try await sending.change(.resume) == "it is cancelled already")
    }

    @Test func `stops when too much of it fails, and tells its owner`() async throws {
        let sending = try await Sending("stop_after_errors: 20%")
        try await sending.know(300)
        try await sending.say("go")
        sending.fate = { row in
            (row.outgoing.number % 3) == 0 ? .failed(reason: "no such person") : nil
        }
        try await sending.work()
        var broadcast = try await sending.broadcast()
        #expect(broadcast.isPaused && broadcast.counts.failed < 60)
        #expect(broadcast.reason.hasSuffix("messages failed; look why, then resume or cancel it"))
        #expect(
            try await sending.store.accountEvents(of: bot, limit: 1).first?.text.hasPrefix(
                "broadcast 1 (news) is paused") == true)
        sending.fate = { _ in nil }
        #expect(try await sending.change(.resume) == nil)
        try await sending.work()
        broadcast = try await sending.broadcast()
        #expect(broadcast.state == .done && broadcast.counts.sent + broadcast.counts.failed == 300)
        #expect(Set(sending.heard.map(\.chat)).count == broadcast.counts.sent)
    }

    @Test func `expires`() async throws {
        let sending = try await Sending("pace: 1 per minute, expires: 5m")
        try await sending.know(60)
        try await sending.say("go")
        try await sending.pass(.seconds(3600), step: .seconds(30))
        #expect((5...6).contains(sending.heard.count))
        let broadcast = try await sending.broadcast()
        #expect(broadcast.state == .expired && broadcast.counts.queued == 0)
    }

    @Test func `that the owner tries again counts right`() async throws {
        let sending = try await Sending("stop_after_errors: 100%")
        try await sending.know(2)
        try await sending.say("go")
        sending.fate = { _ in .failed(reason: "away") }
        try await sending.work()
        #expect(try await sending.broadcast().counts.failed == 2)
        sending.fate = { _ in nil }
        let changed = try await sending.store.change(
            OutboxFilter(states: ["failed"]), .retry, now: sending.clock.now)
        #expect(changed.count == 2)
        try await sending.work()
        let counts = try await sending.broadcast().counts
        #expect(counts.sent == 2 && counts.failed == 0 && counts.queued == 0)
    }

    @Test func `of several texts gives each one of them`() async throws {
        let sending = try await Sending()
        try await sending.know(40)
        try await sending.say("many")
        try await sending.work()
        #expect(Set(sending.heard.map { $0.text.prefix(1) }) == ["a", "b"])
        #expect(sending.heard.allSatisfy { $0.text.dropFirst(2) == $0.chat })
    }

    @Test func `goes on in another process where the last one ended, wherever that was`() async throws {
        let path = try temporaryStorePath()
        var heard: [String] = []
        var sending = try await Sending(at: path)
        try await sending.know(300)
        try await sending.say("go")
        for process in 0..<12 {
            // Each does a little, and is gone in the midst of it: what it had on its way may have arrived.
            for _ in 0...process % 3 { _ = try await sending.service.round() }
            if process % 2 == 0 { try await sending.leave() }
            heard += sending.heard.map(\.chat)
            sending = try await Sending(at: path)
        }
        try await sending.work()
        heard += sending.heard.map(\.chat)
        #expect(heard.count == 300 && Set(heard).count == 300)
        #expect(try await sending.broadcast().counts.sent == 300)
    }
}

@Suite struct `What is said about a broadcast before it begins` {
    @Test func `is how many, what, and until when`() async throws {
        let sending = try await Sending(
            "pace: 1 per minute", to: "{ any_of: [ { tagged: customer }, { tagged: x } ] }")
        try await sending.know(61)
        let now = sending.clock.now
        let (rules, store) = (sending.file.rules, sending.store)
        let previews = try await store.look(at: bot, now: now) { state in
            try rules.broadcasts(of: "news", account: bot, now: now, state)
        }
        let order = try #require(previews?.first?.order)
        let (count, samples) = try await store.count(order.audience, of: bot, samples: 2, now: now)
        #expect(count == 61 && samples == ["p1", "p10"])
        let text = try await store.look(at: bot, now: now) { try order.text(for: "p10", $0) }
        #expect(text == "P10: all is well")
        let end = try await BroadcastForecast(limits: SendLimits(), usualPace: nil).end(
            of: order, count: count, account: bot, in: store, now: now)
        #expect(end == now + .seconds(3600))
        #expect(sending.heard.isEmpty)
    }
}
