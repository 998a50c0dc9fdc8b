import BotKit
import Store
import Testing

@Suite struct `A network that complains` {
    private var limits: SendLimits {
        var limits = SendLimits(
            whenSlowed: WhenSlowed(rate: 0.5, pause: .seconds(600), recoverPerHour: 0.25))
        limits[.messages] = KindLimits(account: Rate(interval: .seconds(10), burst: 1))
        return limits
    }

    private func fill(_ store: Store, _ count: Int, _ effect: Effect = .send(.text("x"))) async throws {
        let friends = (0..<count).map {
            Contact(id: "c\($0)", kind: .private, name: "c\($0)", isFriend: true)
        }
        _ = try await store.append(Changes(key: SyncKey(bytes: [1]), contacts: friends), to: bot, now: start)
        for number in 0..<count {
            _ = try await store.enqueue(
                effect, in: ChatID("c\(number)"), of: bot, lifetime: .seconds(86_400), now: start)
        }
    }

    private func settle(
        _ store: Store, _ rows: [LeasedRow], _ result: Settlement, at now: Timestamp
    ) async throws -> [PaceNews] {
        try await store.settle(rows.map { (row: $0, result: result) }, of: bot, limits: limits, now: now).news
    }

    @Test func `pauses that kind, slows it down, and lets it recover, restarts included`() async throws {
        try await withStore { store, path in
            try await fill(store, 4)
            let rows = try await store.lease(of: bot, limits: limits, limit: 9, now: start).rows
            let due = start + .seconds(1)
            let news = try await settle(
                store, rows, .refusedForNow(until: due, reason: "too often"), at: start)
            let again = start + .seconds(600)
            #expect(news == [.slowedDown(.messages, until: again)])
            let next = try Store(path: path)
            try await next.open(bot, now: start)
            let paused = try await next.lease(of: bot, limits: limits, limit: 9, now: again + .seconds(-1))
            #expect(paused.rows.isEmpty && paused.next == again)
            let one = try await next.lease(of: bot, limits: limits, limit: 9, now: again)
            #expect(one.rows.count == 1)
            // Half of the speed: twenty seconds instead of ten.
            #expect(one.next == again + .seconds(20))
            _ = try await settle(next, one.rows, .sent(Receipt()), at: again)
            let whole = again + .seconds(2 * 3600)
            let recovered = try await next.lease(of: bot, limits: limits, limit: 1, now: whole)
            #expect(recovered.settled.news == [.recovered(.messages)])
            #expect(recovered.next == whole + .seconds(10))
            let kinds = try await next.accountEvents(of: bot, limit: 9).map(\.kind)
            #expect(kinds == [.recovered, .slowedDown])
        }
    }

    @Test func `is heard once by all that was on its way`() async throws {
        var free = limits
        free[.messages] = KindLimits()
        try await withStore { store, _ in
            try await fill(store, 3)
            let rows = try await store.lease(of: bot, limits: free, limit: 9, now: start).rows
            let news = try await settle(store, rows, .refusedForNow(until: start, reason: ""), at: start)
            #expect(rows.count == 3 && news.count == 1)
        }
    }

    @Test func `tells when it has recovered though nothing waits`() async throws {
        try await withStore { store, _ in
            try await fill(store, 1)
            let rows = try await store.lease(of: bot, limits: limits, limit: 9, now: start).rows
            _ = try await settle(store, rows, .refusedForNow(until: start, reason: ""), at: start)
            let again = try await store.lease(of: bot, limits: limits, limit: 9, now: start + .seconds(600))
            _ = try await settle(store, again.rows, .sent(Receipt()), at: start + .seconds(600))
            let idle = try await store.lease(of: bot, limits: limits, limit: 9, now: start + .seconds(601))
            let recovery = start + .seconds(600 + 2 * 3600)
            #expect(idle.rows.isEmpty && idle.next == recovery)
            let after = try await store.lease(of: bot, limits: limits, limit: 9, now: recovery)
            #expect(after.settled.news == [.recovered(.messages)] && after.next == nil)
        }
    }

    @Test func `with many refusals in a row pauses that kind and no other`() async throws {
        var free = limits
        free[.messages] = KindLimits()
        try await withStore { store, _ in
            try await fill(store, 12)
            _ = try await store.enqueue(
                .search("ann"), in: .none, of: bot, lifetime: .seconds(86_400), now: start)
            var news: [PaceNews] = []
            for _ in 0..<10 {
                let rows = try await store.lease(of: bot, limits: free, limit: 1, now: start).rows
                news += try await settle(store, rows, .failed(reason: "blocked"), at: start)
            }
            #expect(news == [.paused(.messages, until: start + .seconds(600))])
            let others = try await store.lease(of: bot, limits: free, limit: 9, now: start)
            #expect(others.rows.map(\.kind) == [.lookups])
            #expect(others.next == start + .seconds(600))
            // The first refusal after the pause pauses it again, for twice as long; a success ends that.
            let later = start + .seconds(600)
            let rows = try await store.lease(of: bot, limits: free, limit: 1, now: later).rows
            let again = try await settle(store, rows, .failed(reason: "blocked"), at: later)
            #expect(again == [.paused(.messages, until: later + .seconds(1200))])
        }
    }

    @Test func `with a time for one message holds up that chat alone`() async throws {
        try await withStore { store, _ in
            _ = try await store.journal([
                message(1, in: "ann", "a1"), message(2, in: "ann", "a2"), message(3, in: "bob", "b1"),
            ])
            try await store.echoAll()
            let rows = try await store.leave().rows
            let later = start + .seconds(60)
            try await store.settle(
                [
                    (row: rows[0], result: .waiting(until: later, reason: "later")),
                    (row: rows[1], result: .sent(Receipt())),
                ], of: bot, now: start)
            _ = try await store.journal([message(4, in: "bob", "b2")])
            try await store.echoAll()
            let next = try await store.leave()
            #expect(next.texts == ["b2"])
            #expect(next.next == later)
        }
    }
}
