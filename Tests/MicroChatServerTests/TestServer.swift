import Foundation
import Logging
import MicroChatServer
import MicroChatWire
import Testing

/// A folder that is gone after the test.
func withFolder(_ body: (ServerFolder) async throws -> Void) async throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("conure-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: path) }
    try await body(ServerFolder(inside: path.path))
}

/// To make a key takes longer than most tests.
private func giveLoginKey(to folder: ServerFolder) throws {
    try FileManager.default.createDirectory(
        atPath: folder.path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    guard !FileManager.default.fileExists(atPath: folder.loginKey) else { return }
    try loginKey.get().write(toFile: folder.loginKey, atomically: false, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.loginKey)
}

private let loginKey = Result { try RSAPrivateKey.generate().pem() }

/// A server on free ports for as long as `body` runs.
func withServer(
    in folder: ServerFolder, configure: (inout ServerConfiguration) -> Void = { _ in },
    _ body: (MicroChatServer) async throws -> Void
) async throws {
    var configuration = ServerConfiguration(
        longLink: .init(host: "127.0.0.1", port: 0), shortLink: .init(host: "127.0.0.1", port: 0),
        folder: folder)
    configuration.logger.logLevel = .error
    configuration.outsidePollInterval = .milliseconds(20)
    configure(&configuration)
    try giveLoginKey(to: folder)
    let server = try await MicroChatServer.bind(configuration)
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            do { try await server.run() } catch is CancellationError {}
        }
        do {
            try await body(server)
        } catch {
            group.cancelAll()
            throw error
        }
        group.cancelAll()
        try await group.waitForAll()
    }
}

/// A server with alice, bob (friends) and carol (nobody's friend), all with the password "secret".
func withPeople(_ body: (MicroChatServer, People) async throws -> Void) async throws {
    try await withFolder { folder in
        try await withServer(in: folder) { server in
            try await body(server, try await People(server))
        }
    }
}

struct People {
    var alice: AccountSummary
    var bob: AccountSummary
    var carol: AccountSummary

    init(_ server: MicroChatServer) async throws {
        alice = try await server.accounts.add(name: "alice", nick: "Alice", password: "secret")
        bob = try await server.accounts.add(
            name: "bob", nick: "Bob", password: "secret", friends: ["alice"], isBot: true)
        carol = try await server.accounts.add(name: "carol", nick: "Carol", password: "secret")
    }
}
