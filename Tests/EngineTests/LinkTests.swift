import BotKit
import Store
import Synchronization
import Testing

@testable import Engine

@Suite(.timeLimit(.minutes(5)))
struct `An account whose link` {
    @Test func `is down still fetches and sends, as long as its session lives`() async throws {
        let network = FakeNetwork()
        let clock = ManualClock(start)
        try await withEngine(store: temporaryStorePath(), network: network, clock: clock) { _ in
            network.happen([message(1, in: "ann", "1")])
            await network.until { $0.performed.count == 1 && $0.acknowledged == 1 }
            // Nobody gives notice of what happens from here on.
            network.state.withLock { $0.events.append(message(2, in: "ann", "2")) }
            network.notify(.offline(reason: "no route"))
            await network.until { $0.performed.count == 2 && $0.acknowledged == 2 }
            let pulls = network.state.withLock { state in
                state.events.append(message(3, in: "ann", "3"))
                return state.pulls
            }
            while network.state.withLock({ $0.pulls }) == pulls {
                clock.advance(by: .seconds(5))
                await Task.yield()
            }
            await network.until { $0.performed.count == 3 && $0.acknowledged == 3 }
        }
    }

    @Test func `is down sends only while a call has worked since, and a paused one never`() {
        let link = Link()
        #expect(!link.takesCalls)
        link.callWorked()
        #expect(link.takesCalls)
        link.notify(.offline(reason: "no route"))
        #expect(!link.takesCalls)
        link.callWorked()
        #expect(link.takesCalls)
        link.callFoundNoSession()
        #expect(!link.takesCalls)
        link.notify(.online(Identity(id: "bot-person", name: "Bot")))
        #expect(link.takesCalls)
        link.callWorked()
        link.notify(.paused(reason: "act"))
        #expect(!link.takesCalls)
    }

    @Test func `changes has that recorded, once each time`() async throws {
        let network = FakeNetwork()
        let path = try temporaryStorePath()
        try await withEngine(store: path, network: network) { store in
            await network.until { $0.notify != nil }
            network.notify(.poorNetwork(reason: "two heartbeats"))
            for _ in 1...3 { network.notify(.offline(reason: "two heartbeats")) }
            network.notify(.sessionRenewed)
            network.notify(.online(Identity(id: "bot-person", name: "Bot")))
            network.notify(.kicked(reason: "somebody else"))
            network.notify(.paused(reason: "end it"))
        }
        let store = try Store(path: path)
        let events = try await store.accountEvents(of: bot, limit: 100).reversed()
        #expect(
            events.map(\.kind)
                == [.online, .poorNetwork, .offline, .sessionRenewed, .online, .kicked, .paused])
        #expect(events.map(\.text).suffix(2) == ["somebody else", "end it"])
        let account = try await store.accounts().first
        #expect(account?.link == .paused && account?.reason == "end it" && account?.person == "bot-person")
    }
}
