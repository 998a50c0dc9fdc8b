import BotKit
import Foundation
import Logging
import MicroChatServer
import MicroChatWire
import Synchronization
import Testing

@testable import MicroChatGateway

@Suite(.timeLimit(.minutes(5)))
struct `Connecting` {
    private struct Over: Error {}

    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// A server with the account "bot", for as long as `body` runs.
    private func withServer(_ body: @escaping @Sendable (MicroChatServer) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(
            "conure-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: path) }
        let local = ServerConfiguration.Address(host: "127.0.0.1", port: 0)
        let server = try await MicroChatServer.bind(
            ServerConfiguration(
                longLink: local, shortLink: local, folder: ServerFolder(inside: path.path), logger: quiet))
        try await server.accounts.add(name: "bot", nick: "Bot", password: "secret")
        do {
            try await withThrowingTaskGroup { group in
                group.addTask { try await server.run() }
                group.addTask {
                    try await body(server)
                    throw Over()
                }
                while try await group.next() != nil {}
            }
        } catch is Over {}
    }

    /// Runs the bot's gateway until it says something that `isLast` knows.
    private func notices(
        at server: MicroChatServer, _ addresses: ServerAddresses, timing: Timing = Timing(),
        until isLast: @escaping @Sendable (GatewayNotice) -> Bool
    ) async throws -> [GatewayNotice] {
        var timing = timing
        timing.reconnect = [.milliseconds(10)]
        let account = MicroChatAccount(
            addresses: addresses, loginKey: try RSAPublicKey(pem: server.loginKeyPEM),
            loginKeyVersion: server.loginKeyVersion, user: "bot",
            password: try PasswordDigest(password: "secret"), timing: timing)
        let gateway = MicroChatGateway(account, logger: quiet)
        let (stream, continuation) = AsyncStream.makeStream(of: GatewayNotice.self)
        return await withThrowingTaskGroup { group in
            group.addTask { try await gateway.run { continuation.yield($0) } }
            var notices: [GatewayNotice] = []
            for await notice in stream {
                notices.append(notice)
                if isLast(notice) { break }
            }
            group.cancelAll()
            return notices
        }
    }

    private func isOnline(_ notice: GatewayNotice) -> Bool {
        if case .online = notice { true } else { false }
    }

    @Test func `passes a closed port in one attempt`() async throws {
        try await withServer { server in
            let closed = try Doorway()
            let notices = try await notices(
                at: server,
                ServerAddresses(longLinks: [
                    HostAddress(closed.endpoint),
                    HostAddress(host: server.longLink.host, port: server.longLink.port),
                ]), until: isOnline)
            #expect(notices.count == 1)
        }
    }

    @Test func `passes an address that takes connections and says nothing`() async throws {
        try await withServer { server in
            let silent = try Doorway()
            silent.open()
            var timing = Timing()
            timing.answer = .seconds(2)
            let notices = try await notices(
                at: server,
                ServerAddresses(longLinks: [
                    HostAddress(silent.endpoint),
                    HostAddress(host: server.longLink.host, port: server.longLink.port),
                ]), timing: timing, until: isOnline)
            // It would never be online if it tried the same address again.
            #expect(notices.first == .offline(reason: "no answer to the login"))
        }
    }

    @Test func `leaves a backup address once a usual one can be reached`() async throws {
        try await withServer { server in
            let usual = try Doorway()
            var timing = Timing()
            timing.backupCheck = .milliseconds(10)
            let notices = try await notices(
                at: server,
                ServerAddresses(
                    longLinks: [HostAddress(usual.endpoint)],
                    longBackups: [HostAddress(host: server.longLink.host, port: server.longLink.port)]),
                timing: timing
            ) { notice in
                if isOnline(notice) { usual.open() }
                if case .offline(let reason) = notice { return reason.contains("changing back") }
                return false
            }
            #expect(isOnline(notices.first ?? .changed))
        }
    }

    @Test func `says of every address why it did not work`() async throws {
        let doors = [try Doorway(), try Doorway()]
        let failed = Mutex<[Endpoint]>([])
        let error = await #expect(throws: Connector.Failure.self) {
            _ = try await Connector(timing: Timing()).connect(
                to: doors.map { Candidate(endpoint: $0.endpoint) }, of: "long link",
                failed: { endpoint in failed.withLock { $0.append(endpoint) } }, wrap: { _ in })
        }
        #expect(failed.withLock { $0 } == doors.map(\.endpoint))
        for door in doors { #expect(error?.reason.contains("\(door.endpoint)") == true) }
    }

    @Test func `asks a real name service, and gives up on a silent one`() async throws {
        try await withServer { server in
            let connector = Connector(timing: Timing())
            let address = try #require(HTTPAddress(server.nameServiceURL, path: "/"))
            var timing = Timing()
            timing.nameService = .seconds(30)
            let list = try await NameServiceClient(address: address, connector: connector, timing: timing)
                .list()
            #expect(list.domains(for: .long).first?.addresses.first?.port == server.longLink.port)
            let silent = try Doorway()
            silent.open()
            timing.nameService = .milliseconds(50)
            await #expect(throws: NameServiceClient.Failure.self) {
                try await NameServiceClient(
                    address: HTTPAddress(endpoint: silent.endpoint, path: "/"), connector: connector,
                    timing: timing
                ).list()
            }
        }
    }

    @Test func `looks names up as the system does`() async {
        let addresses = await HostLookup.addresses(of: "localhost", within: .seconds(10))
        #expect(addresses.contains("127.0.0.1") || addresses.contains("::1"))
        #expect(await HostLookup.addresses(of: "no such name", within: .seconds(10)) == [])
    }
}
