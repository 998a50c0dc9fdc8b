import BotKit
import Foundation
import Store

/// The outbox with a million rows waiting in a hundred thousand chats: what a lease costs, alone and by the row, while
/// chats and whole kinds of action are blocked, and what putting in and settling cost.
func outboxFigures() async throws -> [Figure] {
    var figures: [Figure] = []
    try await withBenchFolder { folder in
        let path = folder + "/store.sqlite"
        let store = try Store(path: path)
        try await store.open(account, now: start)
        try await fill(store)
        // What a lease costs beyond an empty one is the flush's cost otherwise, so both are told.
        let free = SendLimits()
        figures.append(
            try await times("a commit that changes one row", runs: 300) { number in
                try await store.record(.alert, "\(number)", of: account, now: start)
            })
        let usual = SendLimits(
            account: Rate(interval: .microseconds(1), burst: 1_000_000),
            chat: Rate(interval: .milliseconds(200), burst: 10),
            group: Rate(interval: .milliseconds(200), burst: 10))
        var leased: [LeasedRow] = []
        figures.append(
            try await times("a lease of one row, a million waiting", runs: 300) { _ in
                leased += try await store.lease(of: account, limits: usual, limit: 1, now: start).rows
            })
        figures.append(
            try await times("a lease of 64 rows, for each", runs: 100, per: 64) { _ in
                leased += try await store.lease(of: account, limits: usual, limit: 64, now: start).rows
            })
        let batches = stride(from: 0, to: leased.count, by: 64).map {
            Array(leased[$0..<min($0 + 64, leased.count)])
        }
        figures.append(
            try await times("settling 64 rows, for each", runs: min(100, batches.count), per: 64) { number in
                try await store.settle(
                    batches[number].map { (row: $0, result: .sent(Receipt(serverID: "1"))) }, of: account,
                    limits: usual, now: start)
            })
        figures.append(
            try await times("a lease while 100,000 chats wait for a kind that is used up", runs: 300) { _ in
                var blocked = free
                blocked[.messages] = KindLimits(perDay: 1)
                _ = try await store.lease(of: account, limits: blocked, limit: 64, now: start)
            })
    }
    return figures
}

private let account: AccountID = "bench"
private let start = Timestamp(seconds: 1_800_000_000)
private let chats = 100_000

/// A million rows, put in by decisions, a thousand to a transaction.
private func fill(_ store: Store) async throws {
    let perChat = 10
    for page in 0..<chats / 1000 {
        let events = (0..<1000).map { number in
            let chat = page * 1000 + number
            return Event(
                id: EventID("\(chat)"), chat: ChatID("chat\(chat)"), chatKind: .private, time: start,
                body: .message(Message(sender: PersonID("chat\(chat)"), content: .text("hello"))))
        }
        let contacts = events.map {
            Contact(id: $0.chat.rawValue, kind: .private, name: $0.chat.rawValue, isFriend: true)
        }
        let changes = Changes(key: SyncKey(bytes: Array("\(page)".utf8)), events: events, contacts: contacts)
        _ = try await store.append(changes, to: account, now: start)
        let pending = try await store.undecided(of: account, after: 0, limit: 1000)
        _ = try await store.decide(pending, of: account, lifetime: .seconds(86_400), now: start) { event, _ in
            Decision(
                actions: (0..<perChat).map { number in
                    .perform(.send(.text("answer \(number)")), in: event.event.chat, rule: "r")
                })
        }
    }
}

/// How long one call takes, in microseconds: the median of many, with the 5th and the 95th in a hundred.
private func times(
    _ what: String, runs: Int, per count: Int = 1, _ body: (Int) async throws -> Void
) async throws -> Figure {
    var values: [Double] = []
    for run in 0..<runs {
        let time = try await ContinuousClock().measure { try await body(run) }
        values.append(time / .microseconds(1) / Double(count))
    }
    values.sort()
    let middle = values.dropFirst(runs / 20).dropLast(runs / 20)
    return Figure(what: what, unit: "µs", values: Array(middle))
}
