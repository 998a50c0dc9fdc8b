import BotKit
import Foundation
import Logging
import MicroChatGateway
import NIOCore
import Synchronization
import Testing

/// What can be wrong with a network all the time while people talk.
enum Weather: String, CaseIterable, Sendable {
    case pieces, slow, cuts, stalls

    /// Lasts until cancelled.
    func blow(on roads: Roads, seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        switch self {
        case .pieces:
            for road in [roads.long, roads.short] { road.conditions.piece = 1 }
            try await Task.sleep(for: .seconds(600))
        case .slow:
            for road in [roads.long, roads.short] {
                road.conditions.delay = .milliseconds(2)
                road.conditions.piece = 20
            }
            try await Task.sleep(for: .seconds(600))
        case .cuts:
            while true {
                let road = Bool.random(using: &generator) ? roads.long : roads.short
                road.cut(afterBytes: .random(in: 1...600, using: &generator))
                try await Task.sleep(for: .milliseconds(.random(in: 20...100, using: &generator)))
                // A cut that waited for its victim would hit every first attempt after a pause.
                road.cut(afterBytes: nil)
                try await Task.sleep(for: .milliseconds(.random(in: 50...150, using: &generator)))
            }
        case .stalls:
            while true {
                for isStalled in [false, true] {
                    roads.long.conditions.isStalled = isStalled
                    try await Task.sleep(for: .milliseconds(.random(in: 500...1500, using: &generator)))
                }
            }
        }
    }
}

@Suite(.serialized, .timeLimit(.minutes(5)))
struct `A bot on a bad network` {
    private static let messages = 30

    private struct StatusLine: Decodable {
        struct Account: Decodable {
            struct Happening: Decodable {
                var kind: String
                var text: String
            }
            var events: [Happening]
        }
        var accounts: [Account]
    }

    @Test(arguments: Weather.allCases)
    func `answers every message once and in order`(weather: Weather) async throws {
        try await withFolder { folder in
            let site = try await Site(in: folder, people: ["ann"])
            let roads = try await Roads(to: site)
            let server = try await site.startServer()
            do {
                try site.writeRules(through: roads)
                let bot = try await site.startBot(["--heartbeat", "1", "--heartbeat-answer", "0.2"])
                do {
                    try await Self.talk(at: site, over: roads, in: weather)
                } catch {
                    await bot.destroy()
                    throw error
                }
                await bot.destroy()
            } catch {
                await server.destroy()
                throw error
            }
            await server.destroy()
            await roads.close()
            let kinds = try await folder.conure("status", "--json", "--data", site.botData)
                .decoded(as: StatusLine.self).flatMap(\.accounts).flatMap(\.events).map(\.kind)
            print("\(weather): \(kinds)")
            if weather == .stalls { #expect(kinds.contains("poor_network") && kinds.contains("offline")) }
        }
    }

    private static func talk(at site: Site, over roads: Roads, in weather: Weather) async throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("the weather has the seed \(seed)")
        try await withPeople(["ann"], at: site) { people in
            let ann = try #require(people.first)
            try await withThrowingTaskGroup { group in
                group.addTask {
                    do {
                        try await weather.blow(on: roads, seed: seed)
                    } catch is CancellationError {}
                }
                for number in 1...messages {
                    try await Task.sleep(for: .milliseconds(.random(in: 0...80)))
                    try await ann.send("\(number)", to: site.bot)
                }
                try await ann.send("end", to: site.bot)
                let texts = try await ann.texts(until: "re: end")
                #expect(texts == (1...messages).map { "re: \($0)" } + ["re: end"])
                group.cancelAll()
            }
        }
        // An answer that arrived, and whose receipt did not, is repeated and settled later.
        var rows: [OutboxLine] = []
        while rows.isEmpty || rows.contains(where: { $0.state != "sent" }) {
            try await Task.sleep(for: .milliseconds(20))
            rows = try await site.folder.conure(
                "outbox", "list", "--json", "--limit", "1000", "--data", site.botData
            ).decoded(as: OutboxLine.self)
        }
        #expect(rows.count == messages + 1)
    }
}

/// A gateway that a test watches.
private final class Watched: Sendable {
    let gateway: MicroChatGateway
    private let seen = Mutex<[GatewayNotice]>([])
    private let (moves, move) = AsyncStream.makeStream(of: Void.self)

    init(_ account: MicroChatAccount) {
        gateway = MicroChatGateway(account, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    var notices: [GatewayNotice] { seen.withLock { $0 } }

    /// Returns once `condition` holds for what was noticed so far.
    func until(_ condition: ([GatewayNotice]) -> Bool) async throws {
        var moves = moves.makeAsyncIterator()
        while !condition(notices) { try #require(await moves.next() != nil) }
    }

    func run() async throws {
        try await gateway.run { notice in
            self.seen.withLock { $0.append(notice) }
            self.move.yield()
        }
    }
}

extension GatewayNotice {
    fileprivate var isOnline: Bool { if case .online = self { true } else { false } }
    fileprivate var isOffline: Bool { if case .offline = self { true } else { false } }
    fileprivate var isPoorNetwork: Bool { if case .poorNetwork = self { true } else { false } }
}

@Suite(.serialized, .timeLimit(.minutes(5)))
struct `A gateway whose network` {
    /// A gateway of ann's that runs until `body` ends.
    private func withGateway(
        adjust: @escaping (inout Timing) -> Void = { _ in }, before: (Roads) -> Void = { _ in },
        _ body: @escaping @Sendable (Watched, Roads) async throws -> Void
    ) async throws {
        try await withFolder { folder in
            let site = try await Site(in: folder, people: ["ann"])
            let roads = try await Roads(to: site)
            before(roads)
            let server = try await site.startServer()
            do {
                var account = try site.account(of: "ann", through: roads)
                adjust(&account.timing)
                let watched = Watched(account)
                try await withThrowingTaskGroup { group in
                    group.addTask {
                        do { try await watched.run() } catch is CancellationError {}
                    }
                    try await body(watched, roads)
                    group.cancelAll()
                }
            } catch {
                await server.destroy()
                throw error
            }
            await server.destroy()
            await roads.close()
        }
    }

    @Test func `stalls says so after two missed heartbeats, and comes back without a login`() async throws {
        try await withGateway(adjust: {
            $0.heartbeat = .fixed(.milliseconds(100))
            // A busy machine must have the time to answer once the stall is over.
            $0.heartbeatAnswer = .seconds(1)
        }) { watched, roads in
            try await watched.until { $0.contains(where: \.isOnline) }
            roads.long.conditions.isStalled = true
            try await watched.until { $0.contains(where: \.isOffline) }
            roads.long.conditions.isStalled = false
            try await watched.until { $0.count(where: \.isOnline) == 2 }
            let notices = watched.notices
            let poor = try #require(notices.firstIndex { $0.isPoorNetwork })
            #expect(notices[poor + 1].isOffline)
            // The session outlived the link: the server was told of no other login.
            #expect(!notices.contains(.sessionRenewed))
            _ = try await watched.gateway.changes(since: nil)
        }
    }

    @Test(arguments: [1, 15, 16, 17, 40, 200])
    func `breaks in the middle of a login tries again`(bytes: Int) async throws {
        try await withGateway(before: { $0.long.cut(afterBytes: bytes) }) { watched, roads in
            try await watched.until { $0.contains(where: \.isOnline) }
            #expect(roads.long.hasCut && roads.long.connections >= 2)
            _ = try await watched.gateway.changes(since: nil)
        }
    }

    @Test(arguments: [1, 16, 100, 250])
    func `breaks in the middle of an answer asks once more`(bytes: Int) async throws {
        try await withGateway(adjust: { $0.calls.betweenTries = .milliseconds(1) }) { watched, roads in
            try await watched.until { $0.contains(where: \.isOnline) }
            roads.short.cut(afterBytes: bytes)
            let changes = try await watched.gateway.changes(since: nil)
            #expect(!changes.contacts.isEmpty)
            #expect(roads.short.hasCut && roads.short.connections == 2)
        }
    }

    @Test func `refuses connections says that nothing was sent`() async throws {
        try await withGateway(adjust: { $0.calls.betweenTries = .milliseconds(1) }) { watched, roads in
            try await watched.until { $0.contains(where: \.isOnline) }
            await roads.short.close()
            let error = await #expect(throws: GatewayError.self) {
                try await watched.gateway.changes(since: nil)
            }
            guard case .retry = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test func `is slow is waited for as long as something comes`() async throws {
        try await withGateway(adjust: {
            $0.calls.firstByte = .seconds(4)
            $0.calls.gap = .seconds(4)
        }) { watched, roads in
            try await watched.until { $0.contains(where: \.isOnline) }
            roads.short.conditions.piece = 8
            roads.short.conditions.sparesRequests = true
            roads.short.conditions.delay = .milliseconds(100)
            let start = ContinuousClock.now
            _ = try await watched.gateway.changes(since: nil)
            #expect(ContinuousClock.now - start > .seconds(4))
            #expect(roads.short.connections == 1)
        }
    }

    @Test func `stalls in the middle of an answer is given up, and the call tried twice at most`()
        async throws
    {
        try await withGateway(adjust: {
            $0.calls.firstByte = .milliseconds(100)
            $0.calls.betweenTries = .milliseconds(1)
        }) { watched, roads in
            try await watched.until { $0.contains(where: \.isOnline) }
            roads.short.conditions.isStalled = true
            let error = await #expect(throws: GatewayError.self) {
                try await watched.gateway.changes(since: nil)
            }
            guard case .unknown(let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.contains("gave no answer within "))
            #expect(roads.short.connections == 2)
        }
    }
}
