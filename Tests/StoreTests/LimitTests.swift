import BotKit
import Store
import Testing

struct LimitTests {
    static let perChat = SendLimits(
        account: Rate(interval: .milliseconds(1), burst: 1000), chat: Rate(interval: .seconds(2), burst: 3),
        group: Rate(interval: .seconds(2), burst: 3))

    @Test func `a chat gets its burst at once and then its rate`() async throws {
        try await withStore { store, _ in
            _ = try await store.journal((1...6).map { message($0, in: "ann", "\($0)") })
            try await store.echoAll()
            var left: [Duration] = []
            var now = start
            while let next = try await sendOne(from: store, at: now, Self.perChat) {
                if next.sent { left.append(now - start) }
                now = max(now, next.at)
            }
            #expect(left == [.zero, .zero, .zero, .seconds(2), .seconds(4), .seconds(6)])
        }
    }

    @Test func `the account's rate holds over all chats, restarts included`() async throws {
        let limits = SendLimits(
            account: Rate(interval: .seconds(1), burst: 2), chat: Rate(interval: .milliseconds(1), burst: 9),
            group: Rate(interval: .milliseconds(1), burst: 9))
        try await withStore { store, path in
            _ = try await store.journal((1...5).map { message($0, in: ChatID("c\($0)"), "\($0)") })
            try await store.echoAll()
            let first = try await store.lease(of: bot, limits: limits, limit: 100, now: start)
            #expect(first.rows.count == 2)
            #expect(first.next == start + .seconds(1))
            let next = try Store(path: path)
            try await next.open(bot, now: start)
            #expect(try await next.lease(of: bot, limits: limits, limit: 100, now: start).rows.isEmpty)
            let second = try await next.lease(of: bot, limits: limits, limit: 100, now: start + .seconds(1))
            #expect(second.rows.count == 1)
        }
    }

    /// Sends what may leave. Returns when to look again, nil at the end.
    private func sendOne(
        from store: Store, at now: Timestamp, _ limits: SendLimits
    ) async throws -> (sent: Bool, at: Timestamp)? {
        let lease = try await store.lease(of: bot, limits: limits, limit: 1, now: now)
        if !lease.rows.isEmpty {
            try await store.settle(lease.rows, .sent(Receipt(serverID: "")), at: now)
            return (true, now)
        }
        return lease.next.map { (false, $0) }
    }
}
