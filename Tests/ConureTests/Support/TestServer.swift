import BotKit
import Foundation
import Logging
import MicroChatGateway
import MicroChatServer
import MicroChatWire

/// The embedded server in this process, on free ports, with one account: ann.
func withServer(
    in folder: TestFolder, tls: TLSSettings = TLSSettings(),
    _ body: (MicroChatServer) async throws -> Void
) async throws {
    var configuration = ServerConfiguration(
        longLink: .init(host: "127.0.0.1", port: 0), shortLink: .init(host: "127.0.0.1", port: 0),
        folder: ServerFolder(inside: folder.path), logger: silent)
    configuration.tls = tls
    // To make a key takes longer than all the rest.
    try FileManager.default.createDirectory(
        atPath: configuration.folder.path, withIntermediateDirectories: true)
    try folder.write(loginKey.get(), to: configuration.folder.loginKey)
    let server = try await MicroChatServer.bind(configuration)
    if try await server.accounts.list().isEmpty {
        try await server.accounts.add(name: "ann", nick: "Ann", password: "secret")
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            do { try await server.run() } catch is CancellationError {}
        }
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(server))
        } catch {
            result = .failure(error)
        }
        group.cancelAll()
        try await group.waitForAll()
        try result.get()
    }
}

private let loginKey = Result { try RSAPrivateKey.generate().pem() }

let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

extension TLSSettings {
    init(_ mode: Mode) {
        self.init()
        self.mode = mode
    }
}

extension MicroChatServer {
    /// Ann's account, for a gateway in this process.
    ///
    /// - Parameter host: another name for the server, for those who do not look it up themselves.
    func account(_ protection: Protection = .cleartext, host: String = "127.0.0.1") throws
        -> MicroChatAccount
    {
        var timing = Timing()
        timing.reconnect = [.milliseconds(20)]
        var account = MicroChatAccount(
            longLinks: [Endpoint(host: host, port: longLink.port)],
            shortLinks: [Endpoint(host: host, port: shortLink.port)],
            loginKey: try RSAPublicKey(pem: loginKeyPEM), loginKeyVersion: loginKeyVersion, user: "ann",
            password: try PasswordDigest(password: "secret"), timing: timing)
        account.protection = protection
        return account
    }

    var pinned: Protection { certificatePin.map { .tls(.pin($0)) } ?? .cleartext }
}

/// Runs a gateway until `body` has heard enough of it.
func withGateway(
    _ account: MicroChatAccount,
    _ body: (MicroChatGateway, AsyncStream<GatewayNotice>) async throws -> Void
) async throws {
    let gateway = MicroChatGateway(account, logger: silent)
    let (notices, notify) = AsyncStream.makeStream(of: GatewayNotice.self)
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            do { try await gateway.run { notify.yield($0) } } catch is CancellationError {}
        }
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(gateway, notices))
        } catch {
            result = .failure(error)
        }
        group.cancelAll()
        try await group.waitForAll()
        try result.get()
    }
}

/// What a gateway says first: that it is online, or why not.
func firstWord(of account: MicroChatAccount) async throws -> String {
    var word = ""
    try await withGateway(account) { _, notices in
        switch await notices.first(where: { _ in true }) {
        case .online: word = "online"
        case .offline(let reason), .paused(let reason): word = reason
        default: break
        }
    }
    return word
}
