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

/// Making a key takes longer than most tests, so they share one.
private let sharedLoginKey = Result { try RSAPrivateKey.generate().pem() }

/// A server on free ports for as long as `body` runs.
func withServer(
    in folder: ServerFolder, makingKey: Bool = false,
    configure: (inout ServerConfiguration) -> Void = { _ in },
    _ body: (MicroChatServer) async throws -> Void
) async throws {
    if !makingKey, !FileManager.default.fileExists(atPath: folder.loginKey) {
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        try sharedLoginKey.get().write(toFile: folder.loginKey, atomically: true, encoding: .utf8)
    }
    var configuration = ServerConfiguration(
        longLink: .init(host: "127.0.0.1", port: 0), shortLink: .init(host: "127.0.0.1", port: 0),
        folder: folder)
    configuration.logger.logLevel = .error
    configuration.outsidePollInterval = .milliseconds(20)
    configure(&configuration)
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
