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
    private let outlet: LongLinkOutlet
    private let connector: Connector
    private let addresses: AddressBook

    /// - Parameter memory: where it keeps what it learns of its server across restarts.
    package init(
        _ account: MicroChatAccount, memory: any GatewayMemory = NoMemory(), logger: Logger,
        clock: any WallClock = SystemClock()
    ) {
        self.account = account
        self.logger = logger
        self.clock = clock
        sessions = SessionKeeper()
        outlet = LongLinkOutlet()
        connector = Connector(timing: account.timing)
        addresses = AddressBook(
            account.addresses, sources: AddressBook.Sources(account, through: connector), memory: memory,
            clock: clock, logger: logger)
        calls = Calls(
            account: account, sessions: sessions, outlet: outlet,
            shortLink: ShortLinkClient(
                route: Route(link: .short, addresses: addresses, connector: connector),
                timing: account.timing))
    }

    package func run(notify: @escaping @Sendable (GatewayNotice) -> Void) async throws {
        await addresses.load()
        var waits = ReconnectWaits(account.timing.reconnect)
        var redirects = 0
        let link = LongLink(
            account: account, sessions: sessions, outlet: outlet,
            route: Route(link: .long, addresses: addresses, connector: connector), notify: notify)
        while true {
            // Word of another login may have come over the short link, while there was no long link to end.
            if let reason = outlet.stopReason { return notify(.paused(reason: reason)) }
            let attempt = waits.begin()
            do {
                sessions.loginBegins()
                try await link.run(loggedIn: { attempt.succeeded() })
            } catch {
                try Task.checkCancellation()
                if attempt.hasSucceeded { redirects = 0 }
                switch error as? LongLink.End {
                case .stopped(let reason):
                    return notify(.paused(reason: reason))
                case .redirected:
                    guard redirects < Self.mostRedirects else {
                        return notify(.paused(reason: Self.redirectedInCircles))
                    }
                    redirects += 1
                    continue
                case .usualAddressWorks:
                    notify(.offline(reason: "changing back to a usual address, which works again"))
                    continue
                case .lost, nil:
                    redirects = 0
                    notify(.offline(reason: Self.reason(for: error)))
                }
            }
            try await Task.sleep(for: waits.next(after: attempt))
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

    private static func reason(for error: any Error) -> String {
        if case .lost(let reason)? = error as? LongLink.End { return reason }
        return "the long link broke: \(error)"
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
            case .refused(.badArgument): .retry(reason: "the server could not read the request")
            case .refused(let code): .refused(reason: code.refusal)
            case .unsendable(let reason): .refused(reason: reason)
            case .notSent(let reason): .retry(reason: reason)
            case .noAnswer(let reason): .unknown(reason: reason)
            }
    }
}
