import Foundation
import MicroChatServer

/// What lies where in the data folder.
struct DataFolder: Sendable {
    let path: String

    init(_ path: String) { self.path = path }

    /// What the bot has read, decided and sent.
    var store: String { path + "/conure.sqlite" }
    /// What rules files call `secrets.NAME`.
    var secrets: String { path + "/secrets.yaml" }
    /// Where a running program says where it listens.
    var endpoints: String { path + "/endpoints.json" }
    /// Which servers have ordered TLS.
    var knownServers: String { path + "/known-servers.json" }
    /// What rules were compiled to. Can be removed at any time.
    var compiledRules: String { path + "/cache/rules" }
    /// Held by the one program that runs on this folder.
    var lock: String { path + "/lock" }
    /// The key of what gateways remember.
    var memoryKey: String { path + "/memory.key" }
    /// Pictures, voice, video and files that the bot sends and was sent.
    var media: String { path + "/media" }
    /// The same for a person who chats in the terminal.
    func media(of person: String) -> String { path + "/people/\(person)/media" }
    /// What bots say, how they are doing, and a folder for each.
    var bots: String { path + "/bots" }
    /// A file a person, for those who got a password from us.
    var passwords: String { path + "/passwords" }
    /// What the embedded server keeps.
    var server: ServerFolder { ServerFolder(inside: path) }

    /// The folder for bots, made if it is not there.
    func botsFolder() throws -> String {
        try FileManager.default.createDirectory(
            atPath: bots, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        return bots
    }

    /// Makes the folder if it is not there. Only its owner can read it.
    func create() throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw Failure("cannot make the data folder \(path): \(error.localizedDescription)")
        }
    }
}
