import Foundation
import MicroChatServer
import MicroChatWire
import Synchronization

/// Where a running program listens, for other programs: `endpoints.json`, there from when it is ready to its end.
struct Endpoints: Codable {
    var longLink: String?
    var shortLink: String?
    /// The URL that gives the addresses of both.
    var nameService: String?
    /// The path of the server's public key, in PEM.
    var loginKey: String?
    var loginKeyVersion: UInt32?
    /// The SHA-256 of the server's certificate; nil if it speaks no TLS.
    var tlsPin: String?
    var pid: Int32
    var version: String
    /// The URL of the bot's webhooks; nil while there are none.
    var webhooks: String?
    /// How many rules are in force; nil if none are.
    var rules: Int?
    /// What is wrong with the rules file, if it was changed and is not in force.
    var rulesProblem: String?

    enum CodingKeys: String, CodingKey {
        case longLink = "long_link"
        case shortLink = "short_link"
        case nameService = "name_service"
        case loginKey = "login_key"
        case loginKeyVersion = "login_key_version"
        case tlsPin = "tls_pin"
        case pid, version, webhooks, rules
        case rulesProblem = "rules_problem"
    }

    func write(to folder: DataFolder) throws {
        try PrivateFile.write(JSONLine.text(self) + "\n", to: folder.endpoints)
    }

    static func remove(from folder: DataFolder) {
        try? FileManager.default.removeItem(atPath: folder.endpoints)
    }

    /// What the program that runs on `folder` says; nil if none runs. A file that a killed program left does not count.
    static func current(in folder: DataFolder) -> Endpoints? {
        guard FolderLock.holder(of: folder) != nil,
            let data = FileManager.default.contents(atPath: folder.endpoints)
        else { return nil }
        return try? JSONDecoder().decode(Endpoints.self, from: data)
    }
}

/// What `endpoints.json` says, while the program runs.
final class LiveEndpoints: Sendable {
    private let folder: DataFolder
    private let state: Mutex<(endpoints: Endpoints, isOpen: Bool)>

    init(_ endpoints: Endpoints, in folder: DataFolder) {
        self.folder = folder
        state = Mutex((endpoints, false))
    }

    /// Writes the file: everything is ready.
    func open() throws {
        try state.withLock { state in
            state.isOpen = true
            try state.endpoints.write(to: folder)
        }
    }

    /// Says something else from now on. Where it cannot be written, it is at the next change.
    func change(_ body: (inout Endpoints) -> Void) {
        state.withLock { state in
            body(&state.endpoints)
            if state.isOpen { try? state.endpoints.write(to: folder) }
        }
    }

    /// Takes the file away.
    func close() {
        state.withLock { state in
            state.isOpen = false
            Endpoints.remove(from: folder)
        }
    }
}

extension Endpoints {
    /// What this process says: where its server listens, if it has one.
    init(_ server: MicroChatServer?, rules: Int?, _ folder: DataFolder) {
        self.init(
            longLink: server?.longLink.description, shortLink: server?.shortLink.description,
            nameService: server?.nameServiceURL,
            loginKey: server == nil
                ? nil : URL(fileURLWithPath: folder.server.loginPublicKey).standardized.path,
            loginKeyVersion: server?.loginKeyVersion, tlsPin: server?.certificatePin?.description,
            pid: getpid(), version: Conure.version, rules: rules)
    }
}
