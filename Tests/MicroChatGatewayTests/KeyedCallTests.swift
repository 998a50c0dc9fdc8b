import BotKit
import Logging
import MicroChatWire
import Testing

@testable import MicroChatGateway

@Suite(.timeLimit(.minutes(5)))
struct `A call before there is a session` {
    /// What the start of a login by QR code comes to.
    private func outcome(of server: SimpleHTTPServer) async throws -> GatewayError? {
        let account = MicroChatAccount(
            longLinks: [], shortLinks: [server.endpoint], loginKey: try RSAPrivateKey.generate().publicKey,
            loginKeyVersion: 1, user: "bot", password: nil)
        let desk = AccountDesk(
            account, memory: NoMemory(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        do {
            _ = try await QRCodeLogin(at: desk).start()
            return nil
        } catch {
            return error
        }
    }

    @Test func `that comes too often is told to wait`() async throws {
        let server = try await SimpleHTTPServer(
            body: Packet.refusal(.tooOften, type: Call.getLoginQRCode.type))
        defer { server.close() }
        #expect(try await outcome(of: server) == .slowDown(reason: "too often"))
    }

    @Test func `has no outcome if the answer can't be read`() async throws {
        let server = try await SimpleHTTPServer(body: "garbage")
        defer { server.close() }
        guard case .unknown = try await outcome(of: server) else {
            Issue.record("it has")
            return
        }
    }
}
