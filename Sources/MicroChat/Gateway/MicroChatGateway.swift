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
    private let outlet: LongLinkOutlet
    private let connector: Connector

    package init(
        _ account: MicroChatAccount, media: (any MediaStore)? = nil, logger: Logger,
        clock: any WallClock = SystemClock()
    ) {
        self.account = account
        self.media = media
        self.logger = logger
        self.clock = clock
        sessions = SessionKeeper()
        outlet = LongLinkOutlet()
        connector = Connector(timing: account.timing)
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
            case .refused(.mediaDamaged): .retry(reason: "what arrived was damaged on its way")
            case .refused(.badArgument): .retry(reason: "the server could not read the request")
            case .refused(let code): .refused(reason: code.refusal)
            case .unsendable(let reason): .refused(reason: reason)
            case .notSent(let reason): .retry(reason: reason)
            case .noAnswer(let reason): .unknown(reason: reason)
            }
    }
}
