import BotKit
import Logging
import MicroChatWire
import Synchronization
import Testing

@testable import MicroChatGateway

struct StopTests {
    @Test(.timeLimit(.minutes(5)))
    func `word of another login that comes while no long link is open stops the account`() async throws {
        let account = try MicroChatAccount(
            longLinks: [], shortLinks: [], loginKey: RSAPrivateKey.generate().publicKey,
            loginKeyVersion: 1,
            user: "bot", password: PasswordDigest(password: "secret"))
        let gateway = MicroChatGateway(account, logger: Logger(label: "test"))
        gateway.calls.outlet.ask(.kicked)
        let notices = Mutex<[GatewayNotice]>([])
        try await gateway.run { notice in notices.withLock { $0.append(notice) } }
        #expect(
            notices.withLock { $0 } == [
                .kicked(reason: "somebody else logged in to the account"),
                .paused(reason: "logged in elsewhere: end the other login and start again"),
            ])
    }
}
