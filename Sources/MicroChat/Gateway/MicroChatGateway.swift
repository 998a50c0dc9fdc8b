package import BotKit
import Foundation
package import Logging
import MicroChatWire

/// Speaks MicroChat for one account: login and notices over the long link, everything else over the short link.
package final class MicroChatGateway: Gateway {
    let account: MicroChatAccount
    let sessions: SessionKeeper
    let calls: Calls
    let logger: Logger
    let clock: any WallClock
    /// Where the bytes of pictures, voice, video and files are; nil if nowhere.
    let media: (any MediaStore)?
    /// So many of those move at a time.
    let mediaSlots = Slots(4)
    let pictures: PictureClient
    private let outlet: LongLinkOutlet
    private let connector: Connector
    private let memory: SessionMemory
    private let heartbeats: HeartbeatMemory
    private let addresses: AddressBook

    /// - Parameter memory: what survives a restart; it is trusted with the session.
    package init(
        _ account: MicroChatAccount, memory: any GatewayMemory = NoMemory(),
        media: (any MediaStore)? = nil, logger: Logger,
        clock: any WallClock = SystemClock()
    ) {
        self.account = account
        self.media = media
        self.logger = logger
        self.clock = clock
        self.memory = SessionMemory(account: account, memory: memory, logger: logger)
        heartbeats = HeartbeatMemory(memory)
        sessions = SessionKeeper()
        outlet = LongLinkOutlet()
        connector = Connector(account)
        addresses = AddressBook(
            account.addresses, sources: AddressBook.Sources(account, through: connector), memory: memory,
            clock: clock, logger: logger)
        pictures = PictureClient(
            connector: connector, shortLinks: addresses, timing: account.timing)
        calls = Calls(
            account: account, sessions: sessions, outlet: outlet,
            shortLink: ShortLinkClient(
                route: Route(link: .short, addresses: addresses, connector: connector),
                timing: account.timing))
    }

    package func run(notify: @escaping @Sendable (GatewayNotice) -> Void) async throws {
        await addresses.load()
        await heartbeats.load()
        if let kept = await memory.load() {
            sessions.install(kept.session, name: kept.name, binding: kept.binding)
            // It may well live: calls are worth trying while the long link is being opened.
            notify(.changed)
        }
        var waits = ReconnectWaits(account.timing.reconnect)
        var redirects = 0
        let link = LongLink(
            account: account, sessions: sessions, outlet: outlet,
            route: Route(link: .long, addresses: addresses, connector: connector), memory: memory,
            heartbeats: heartbeats, clock: clock, notify: notify)
        while true {
            // Word of another login may have come over the short link, while there was no long link to end.
            if outlet.isKicked { return await stop(for: .kicked, notify) }
            let attempt = waits.begin()
            do {
                try await link.run(attempt)
            } catch {
                try Task.checkCancellation()
                if attempt.hasSucceeded { redirects = 0 }
                switch error as? LongLink.End {
                case let end? where end.isFinal: return await stop(for: end, notify)
                case .redirected:
                    guard redirects < Self.mostRedirects else {
                        return await stop(for: .stopped(reason: Self.redirectedInCircles), notify)
                    }
                    redirects += 1
                    continue
                case .moved:
                    notify(.offline(reason: "the server has ordered to move to TLS"))
                    continue
                case .usualAddressWorks:
                    notify(.offline(reason: "changing back to a usual address, which works again"))
                    continue
                case .poor(let reason):
                    redirects = 0
                    notify(.poorNetwork(reason: reason))
                    notify(.offline(reason: reason))
                case .lost(let reason):
                    redirects = 0
                    notify(.offline(reason: reason))
                default:
                    redirects = 0
                    notify(.offline(reason: "the long link broke: \(WayFailure(error))"))
                }
            }
            try await pause(for: waits.next(after: attempt))
        }
    }

    /// Nothing more happens until the owner acts. The next start is such an act, and begins with a login.
    private func stop(
        for end: LongLink.End, _ notify: @Sendable (GatewayNotice) -> Void
    ) async {
        await memory.save(nil)
        switch end {
        case .kicked:
            notify(.kicked(reason: "somebody else logged in to the account"))
            notify(.paused(reason: LongLink.elsewhere))
        case .textMessageCheck(let ticket, let reason):
            await memory.save(ticket: ticket)
            notify(.paused(reason: reason))
        case .stopped(let reason), .lost(let reason), .poor(let reason): notify(.paused(reason: reason))
        case .redirected, .usualAddressWorks, .moved: break
        }
    }

    /// Waits, but not longer than until the network changes or there is no point in going on.
    private func pause(for wait: Duration) async throws {
        let end = ContinuousClock.now + wait
        var surroundings = Surroundings(.init(clock))
        while .now < end, !outlet.isKicked, !surroundings.haveChanged(.init(clock)) {
            try await Task.sleep(until: min(end, .now + .seconds(2)), clock: .continuous)
        }
    }

    /// Logins in a row that may be sent to another address (MicroChat wire protocol, section 3.3).
    private static let mostRedirects = 3
    private static let redirectedInCircles =
        "the server keeps sending the login elsewhere, also after \(mostRedirects) redirects in a row"

    package func acknowledge(_ key: BotKit.SyncKey) async throws(GatewayError) {
        guard case .synced(let bytes) = SyncPosition(key),
            let key = try? MicroChatWire.SyncKey(envelope: bytes)
        else { return }
        outlet.ask(.report(key))
    }
}

extension LongLink.End {
    /// Whether there must be no further link.
    fileprivate var isFinal: Bool {
        switch self {
        case .kicked, .stopped, .textMessageCheck: true
        case .lost, .poor, .redirected, .usualAddressWorks, .moved: false
        }
    }
}

extension GatewayError {
    /// What a failed call means for the engine.
    init(_ failure: Calls.Failure) {
        self =
            switch failure {
            case .noSession(let reason): .sessionLost(reason: reason)
            case .refused(.sessionGone), .refused(.loggedInElsewhere):
                .sessionLost(reason: "the session ended")
            case .refused(.tooOften): .slowDown(reason: "too often")
            case .refused(.systemError): .unknown(reason: ResultCode.systemError.refusal)
            // About the whole request, not about any one message in it; damage on the way looks the same.
            case .refused(.mediaDamaged): .retry(reason: "what arrived was damaged on its way")
            case .refused(.badArgument): .retry(reason: "the server could not read the request")
            case .refused(let code): .refused(reason: code.refusal)
            case .unsendable(let reason): .refused(reason: reason)
            case .notSent(let reason): .retry(reason: reason)
            case .noAnswer(let reason): .unknown(reason: reason)
            case .repeated(let wait):
                .retry(
                    reason:
                        "the very same request was made \(RepeatGuard.most) times within the hour, which looks "
                        + "like a mistake; it is not made again before the hour is over", after: wait)
            }
    }
}
