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

    package init(_ account: MicroChatAccount, logger: Logger, clock: any WallClock = SystemClock()) {
        self.account = account
        self.logger = logger
        self.clock = clock
        sessions = SessionKeeper()
        outlet = LongLinkOutlet()
        connector = Connector(account)
        calls = Calls(
            account: account, sessions: sessions, outlet: outlet,
            shortLink: ShortLinkClient(
                endpoints: account.shortLinks, connector: connector, timing: account.timing))
    }

    package func run(notify: @escaping @Sendable (GatewayNotice) -> Void) async throws {
        var waits = ReconnectWaits(account.timing.reconnect)
        let link = LongLink(
            account: account, sessions: sessions, outlet: outlet, connector: connector, notify: notify)
        while true {
            // Word of another login may have come over the short link, while there was no long link to end.
            if let reason = outlet.stopReason { return notify(.paused(reason: reason)) }
            let attempt = waits.begin()
            do {
                sessions.loginBegins()
                try await link.run(loggedIn: { attempt.succeeded() })
            } catch {
                try Task.checkCancellation()
                if case .moved? = error as? LongLink.End {
                    notify(.offline(reason: "the server has ordered to move to TLS"))
                    continue
                }
                if case .stopped(let reason)? = error as? LongLink.End {
                    notify(.paused(reason: reason))
                    return
                }
                notify(.offline(reason: Self.reason(for: error)))
            }
            try await Task.sleep(for: waits.next(after: attempt))
        }
    }

    package func acknowledge(_ key: BotKit.SyncKey) async throws(GatewayError) {
        guard case .synced(let bytes) = SyncPosition(key),
            let key = try? MicroChatWire.SyncKey(envelope: bytes)
        else { return }
        outlet.ask(.report(key))
    }

    private static func reason(for error: any Error) -> String {
        if case .lost(let reason)? = error as? LongLink.End { return reason }
        return "the long link broke: \(WayFailure(error))"
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
            case .refused(.systemError): .unknown(reason: "the server failed")
            // About the whole request, not about any one message in it; damage on the way looks the same.
            case .refused(.badArgument): .retry(reason: "the server could not read the request")
            case .refused(let code): .refused(reason: "refused with code \(code.rawValue)")
            case .notSent(let reason): .retry(reason: reason)
            case .noAnswer(let reason): .unknown(reason: reason)
            }
    }
}
