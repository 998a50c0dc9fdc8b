package import BotKit
package import Logging
import ServiceLifecycle

/// Keeps one account's gateway running until the program ends.
package struct GatewayService: Service {
    let account: AccountID
    let gateway: any Gateway
    let link: Link
    let logger: Logger

    package init(account: AccountID, gateway: any Gateway, link: Link, logger: Logger) {
        self.account = account
        self.gateway = gateway
        self.link = link
        self.logger = logger
    }

    package func run() async throws {
        try await cancelWhenGracefulShutdown {
            do {
                try await gateway.run(notify: report)
                // Paused: nothing more happens until the owner does something, but the other accounts go on.
                await Signal().wait()
            } catch is CancellationError {}
        }
    }

    private func report(_ notice: GatewayNotice) {
        let metadata: Logger.Metadata = ["account": "\(account)"]
        switch notice {
        case .online(let identity):
            logger.info("online as \(identity.name) (\(identity.id))", metadata: metadata)
        case .offline(let reason): logger.warning("offline: \(reason)", metadata: metadata)
        case .paused(let reason): logger.error("paused until you act: \(reason)", metadata: metadata)
        case .changed: logger.trace("something changed", metadata: metadata)
        }
        link.notify(notice)
    }
}
