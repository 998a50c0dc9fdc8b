import BotKit
import Store
import Testing

/// Random operations, crashes included, and a network that keeps a book of its own: it says in which window more came in
/// than the limits let out.
@Suite struct `Limits under random use` {
    private static func limits(_ random: inout Generator) -> SendLimits {
        var limits = SendLimits(timezone: "Europe/Berlin")
        limits[.messages] = KindLimits(
            account: Rate(interval: .milliseconds(700), burst: Int.random(in: 1...6, using: &random)),
            chat: Rate(interval: .seconds(3), burst: Int.random(in: 1...3, using: &random)),
            group: Rate(interval: .seconds(5), burst: 1), perDay: Int.random(in: 20...60, using: &random),
            jitter: 0.2)
        limits[.messagesToStrangers] = KindLimits(
            account: Rate(interval: .seconds(4), burst: 2), perDay: 7)
        limits[.friendAccepts] = KindLimits(account: Rate(interval: .seconds(20), burst: 1), perDay: 5)
        limits[.lookups] = KindLimits(account: Rate(interval: .seconds(2), burst: 2))
        return limits
    }

    @Test(arguments: [UInt64](1...12))
    func `are never exceeded, as seen by who receives`(seed: UInt64) async throws {
        var random = Generator(state: seed)
        let limits = Self.limits(&random)
        try await withStore { first, path in
            var store = first
            var now = Timestamp(seconds: 1_806_183_000 + Int64(seed) * 300)
            try await store.open(bot, now: now)
            let friends = (0..<6).map {
                Contact(id: "f\($0)", kind: .private, name: "f", isFriend: true)
            }
            let rooms = (0..<3).map { Contact(id: "g\($0)", kind: .group, name: "g", isFriend: true) }
            _ = try await store.append(
                Changes(key: SyncKey(bytes: [1]), contacts: friends + rooms), to: bot, now: now)
            var book = Book()
            var onTheirWay: [LeasedRow] = []
            var turn = Turn()
            for _ in 0..<600 {
                switch Int.random(in: 0..<20, using: &random) {
                case 0..<5: try await Self.enqueue(in: store, now: now, &random)
                case 5..<11:
                    let lease = try await store.lease(
                        of: bot, limits: limits, limit: Int.random(in: 1...8, using: &random), turn: turn,
                        now: now)
                    turn = lease.turn
                    // A row on its way twice at once would overtake itself.
                    let chats = Set(onTheirWay.map(\.outgoing.chat))
                    #expect(lease.rows.allSatisfy { !chats.contains($0.outgoing.chat) })
                    onTheirWay += lease.rows
                    book.receive(lease.rows, now)
                case 11..<15:
                    let some = onTheirWay.filter { _ in Bool.random(using: &random) }
                    onTheirWay.removeAll { some.contains($0) }
                    let results = some.map { row in
                        (row: row, result: Self.outcome(now, &random))
                    }
                    try await store.settle(results, of: bot, limits: limits, now: now)
                case 15:
                    store = try Store(path: path)
                    try await store.open(bot, now: now)
                    onTheirWay = []
                case 16: now = now + .seconds(Int64.random(in: 600...9000, using: &random))
                default: now = now + .milliseconds(Int64.random(in: 1...1500, using: &random))
                }
            }
            #expect(book.count > 50)
            book.check(limits)
        }
    }

    private static func enqueue(in store: Store, now: Timestamp, _ random: inout Generator) async throws {
        let priority = Priority.allCases.randomElement(using: &random) ?? .normal
        let effect: Effect
        let chat: ChatID
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<5: (effect, chat) = (.send(.text("x")), ChatID("f\(Int.random(in: 0..<6, using: &random))"))
        case 5, 6: (effect, chat) = (.send(.text("x")), ChatID("s\(Int.random(in: 0..<6, using: &random))"))
        case 7: (effect, chat) = (.send(.text("x")), ChatID("g\(Int.random(in: 0..<3, using: &random))"))
        case 8: (effect, chat) = (.search("x"), .none)
        default:
            let request = FriendRequest(person: "p", name: "", greeting: "", source: "", token: "")
            (effect, chat) = (
                .acceptFriend(request), ChatID("s\(Int.random(in: 0..<6, using: &random))")
            )
        }
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            _ = try await store.enqueue(
                effect, in: chat, of: bot, lifetime: .seconds(Int64.random(in: 5...90_000, using: &random)),
                priority: priority, now: now)
        }
    }

    private static func outcome(_ now: Timestamp, _ random: inout Generator) -> Settlement {
        switch Int.random(in: 0..<12, using: &random) {
        case 0: .waiting(until: now + .seconds(1), reason: "")
        case 1: .unknown(until: now + .seconds(1), reason: "")
        case 2: .failed(reason: "")
        case 3 where Bool.random(using: &random): .refusedForNow(until: now, reason: "")
        default: .sent(Receipt())
        }
    }
}

/// What came in, by what it counts as: everything, attempts that were repeated included.
private struct Book {
    private var arrivals: [String: [Timestamp]] = [:]
    private(set) var count = 0

    mutating func receive(_ rows: [LeasedRow], _ now: Timestamp) {
        count += rows.count
        for row in rows {
            let chat = row.outgoing.chat.rawValue
            var keys = [row.kind.rawValue]
            if row.kind == .messagesToStrangers { keys.append(ActionKind.messages.rawValue) }
            if row.kind == .messages || row.kind == .messagesToStrangers { keys.append("chat:" + chat) }
            for key in keys { arrivals[key, default: []].append(now) }
        }
    }

    func check(_ limits: SendLimits) {
        for (key, times) in arrivals {
            if let kind = ActionKind(rawValue: key) {
                if let rate = limits[kind].account { check(key, times, rate) }
                if let budget = limits[kind].perDay { check(key, times, budget) }
            } else if let rate = key.hasPrefix("chat:g") ? limits[.messages].group : limits[.messages].chat {
                check(key, times, rate)
            }
        }
    }

    /// Any so many in a row take at least the time that the rate asks for beyond its burst.
    private func check(_ key: String, _ times: [Timestamp], _ rate: Rate) {
        for first in times.indices {
            for last in times.indices[first...] where last - first + 1 > rate.burst {
                let least = rate.interval * (last - first + 1 - rate.burst)
                guard times[last] - times[first] < least else { continue }
                Issue.record("\(key): \(last - first + 1) within \(times[last] - times[first])")
                return
            }
        }
    }

    /// By days in Berlin, where clocks go forward on the third of these: written down, not calculated.
    private func check(_ key: String, _ times: [Timestamp], _ budget: Int) {
        let midnights: [Int64] = (0...60).map { day in
            1_806_015_600 + Int64(day) * 86_400 - (day >= 3 ? 3600 : 0)
        }
        for (midnight, next) in zip(midnights, midnights.dropFirst()) {
            let count = times.count { (midnight..<next).contains($0.seconds) }
            if count > budget { Issue.record("\(key): \(count) in a day, not \(budget)") }
        }
    }
}

/// Numbers that are the same in each run.
struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
