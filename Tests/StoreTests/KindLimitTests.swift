import BotKit
import Store
import Testing

@Suite struct `Limits of kinds of action` {
    private static let request = FriendRequest(
        person: "eve", name: "Eve", greeting: "hi", source: "", token: "t")

    private func enqueue(
        _ effect: Effect, in chat: ChatID, of store: Store, _ priority: Priority = .normal,
        at now: Timestamp = start
    ) async throws {
        _ = try await store.enqueue(
            effect, in: chat, of: bot, lifetime: .seconds(30 * 86_400), priority: priority, now: now)
    }

    /// When things leave if everything that may is taken and succeeds at once, in seconds from the start.
    private func departures(
        from store: Store, _ limits: SendLimits, until end: Timestamp
    ) async throws -> [(chat: ChatID, at: Double)] {
        var left: [(ChatID, Double)] = []
        var now = start
        while now <= end {
            let lease = try await store.lease(of: bot, limits: limits, limit: 100, now: now)
            left += lease.rows.map { ($0.outgoing.chat, Double((now - start).microseconds) / 1e6) }
            try await store.settle(lease.rows, .sent(Receipt()), at: now)
            guard !lease.rows.isEmpty || lease.next != nil else { break }
            if lease.rows.isEmpty { now = max(now + .microseconds(1), lease.next ?? end) }
        }
        return left
    }

    @Test func `hold up no other kind`() async throws {
        var limits = SendLimits()
        limits[.friendAccepts] = KindLimits(account: Rate(interval: .seconds(60), burst: 1))
        limits[.messages] = KindLimits(account: Rate(interval: .seconds(1), burst: 1))
        try await withStore { store, _ in
            for number in 0..<3 {
                try await enqueue(.acceptFriend(Self.request), in: ChatID("new\(number)"), of: store)
            }
            for number in 0..<3 { try await enqueue(.send(.text("x")), in: ChatID("c\(number)"), of: store) }
            let left = try await departures(from: store, limits, until: start + .seconds(600))
            #expect(left.filter { $0.chat.rawValue.hasPrefix("c") }.map(\.at) == [0, 1, 2])
            #expect(left.filter { $0.chat.rawValue.hasPrefix("new") }.map(\.at) == [0, 60, 120])
        }
    }

    @Test func `count a message to a stranger as a message too, until they are friends`() async throws {
        var limits = SendLimits()
        limits[.messages] = KindLimits(perDay: 3)
        limits[.messagesToStrangers] = KindLimits(perDay: 1)
        try await withStore { store, _ in
            for chat in ["a", "b", "c", "d", "e"] {
                let now = start + .seconds(chat < "c" ? -1 : 0)
                try await enqueue(.send(.text("x")), in: ChatID(chat), of: store, at: now)
            }
            let friends = ["c", "d", "e"].map { Contact(id: $0, kind: .private, name: $0, isFriend: true) }
            _ = try await store.append(
                Changes(key: SyncKey(bytes: [9]), contacts: friends), to: bot, now: start)
            let noon = start + .seconds(3600)
            let left = try await departures(from: store, limits, until: noon)
            #expect(left.map(\.chat) == ["a", "c", "d"])
        }
    }

    @Test(arguments: [
        // 2027-03-28: clocks go forward in Berlin, the day has 23 hours. 2027-10-31: back, 25 hours.
        ("Europe/Berlin", 1_806_188_400, 23), ("Europe/Berlin", 1_824_933_600, 25),
        ("Asia/Shanghai", 1_806_163_200, 24),
        ("UTC", 1_806_192_000, 24),
    ])
    func `last from midnight to midnight of the bot's zone, restarts included`(
        zone: String, midnight: Int64, hours: Int64
    ) async throws {
        var limits = SendLimits(timezone: zone)
        limits[.messages] = KindLimits(perDay: 2)
        try await withStore { store, path in
            let morning = Timestamp(seconds: midnight)
            for number in 0..<6 {
                try await enqueue(.send(.text("x")), in: ChatID("c\(number)"), of: store, at: morning)
            }
            let before = try await store.lease(
                of: bot, limits: limits, limit: 9, now: morning + .seconds(-1))
            #expect(before.rows.isEmpty || before.rows.count == 2)
            try await store.settle(before.rows, .sent(Receipt()), at: morning)
            let first = try await store.lease(of: bot, limits: limits, limit: 9, now: morning)
            #expect(first.rows.count == 2)
            let evening = morning + .seconds(hours * 3600)
            #expect(first.next == evening)
            let again = try Store(path: path)
            try await again.open(bot, now: morning)
            let late = evening + .microseconds(-1)
            #expect(try await again.lease(of: bot, limits: limits, limit: 9, now: late).rows.isEmpty)
            #expect(try await again.lease(of: bot, limits: limits, limit: 9, now: evening).rows.count == 2)
        }
    }

    @Test func `are stretched by a jitter that is the same after a restart, and never shorter`() async throws
    {
        var limits = SendLimits()
        limits[.messages] = KindLimits(account: Rate(interval: .seconds(10), burst: 1), jitter: 0.5)
        var runs: [[Double]] = []
        for _ in 0..<2 {
            try await withStore { store, _ in
                for number in 0..<20 {
                    try await enqueue(.send(.text("x")), in: ChatID("c\(number)"), of: store)
                }
                runs.append(
                    try await departures(from: store, limits, until: start + .seconds(900)).map(\.at))
            }
        }
        let gaps = zip(runs[0].dropFirst(), runs[0]).map { $0 - $1 }
        #expect(gaps.count == 19 && gaps.allSatisfy { $0 >= 10 && $0 <= 15 })
        #expect(Set(gaps).count > 10)
        #expect(runs[0] == runs[1])
    }

    @Test func `grow while an account is new`() async throws {
        var limits = SendLimits(warmUp: WarmUp(from: 0.2, over: .seconds(10 * 86_400)))
        limits[.messages] = KindLimits(account: Rate(interval: .seconds(10), burst: 5), perDay: 100)
        try await withStore { store, _ in
            #expect(
                try await store.forecast(2, of: .messages, bot, limits: limits, now: start)
                    == start + .seconds(50))
            let half = start + .seconds(5 * 86_400)
            let later = try await store.forecast(4, of: .messages, bot, limits: limits, now: half)
            #expect(abs((later - half).microseconds - 16_666_666) < 1000)
            let grown = start + .seconds(10 * 86_400)
            #expect(
                try await store.forecast(6, of: .messages, bot, limits: limits, now: grown)
                    == grown + .seconds(10))
            for number in 0..<200 {
                try await enqueue(.send(.text("x")), in: ChatID("c\(number)"), of: store)
            }
            let day = try await departures(from: store, limits, until: start + .seconds(57_000))
            #expect(day.count <= 28 && day.count >= 20)
        }
    }

    @Test func `say when four fifths of a day are used`() async throws {
        var limits = SendLimits()
        limits[.invites] = KindLimits(perDay: 5)
        try await withStore { store, _ in
            for number in 0..<5 { try await enqueue(.invite(["p"]), in: ChatID("r\(number)"), of: store) }
            let lease = try await store.lease(of: bot, limits: limits, limit: 9, now: start)
            #expect(lease.settled.news == [.nearlySpent(.invites, budget: 5)])
            let events = try await store.accountEvents(of: bot, limit: 9)
            #expect(events.map(\.kind) == [.budget])
            #expect(events.first?.text == "invites: four fifths of today's 5 are used")
        }
    }

    @Test func `tell when the next may leave, and when the last of many will have`() async throws {
        var limits = SendLimits()
        limits[.messages] = KindLimits(
            account: Rate(interval: .seconds(60), burst: 1), chat: Rate(interval: .seconds(3600), burst: 1),
            perDay: 10)
        try await withStore { store, _ in
            for chat in ["ann", "ann", "bob"] as [ChatID] {
                try await enqueue(.send(.text("x")), in: chat, of: store)
            }
            let free = { (number: Int64) in
                let rows = try await store.outbox(OutboxFilter(number: number), limit: 1)
                return try await store.freeAt(try #require(rows.first), limits: limits, now: start)
            }
            #expect(try await free(1) == start)
            _ = try await store.lease(of: bot, limits: limits, limit: 1, now: start)
            #expect(try await free(2) == start + .seconds(3600))
            #expect(try await free(3) == start + .seconds(60))
            // Nine more today, the tenth after midnight: start is 08:00 in UTC.
            let ten = try await store.forecast(10, of: .messages, bot, limits: limits, now: start)
            #expect(ten == Timestamp(seconds: 1_800_057_600))
            let most = try await store.forecast(30, of: .messages, bot, limits: limits, now: start)
            #expect(most == Timestamp(seconds: 1_800_057_600 + 2 * 86_400))
        }
    }
}
