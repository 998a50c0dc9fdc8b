import ArgumentParser
import BotKit
import Foundation
import Logging
import MicroChatGateway
import MicroChatServer
import MicroChatWire

/// A terminal chat with the bot, through the real protocol.
struct Chat: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Chat with the bot in the terminal.",
        discussion: """
            Every line you type is a message. Lines that are piped in are sent, their answers awaited, and the program ends.
            """)

    @OptionGroup var data: DataOption
    @Option(name: .customLong("as"), help: "Who you are.") var name = Residents.me
    @Option(name: .customLong("with"), help: "Whom to talk to; the bot if not given.") var partner: String?
    @Option(help: "A file whose first line is the password; - is not possible here.") var passwordFile:
        String?
    @Option(help: "Seconds of silence after which piped input is over.") var wait = 2.0

    func run() async throws {
        let folder = data.folder
        guard let endpoints = Endpoints.current(in: folder),
            let longLink = endpoints.longLink.flatMap(Endpoint.init),
            let shortLink = endpoints.shortLink.flatMap(Endpoint.init), let key = endpoints.loginKey
        else {
            throw Failure("no server runs on the data folder \(folder.path): start one with `conure up`")
        }
        let people = try await folder.accounts().list()
        guard let person = people.first(where: { $0.name == name }) else {
            throw Failure(
                "there is no account '\(name)': add one with `conure user add \(name) --friend bot`")
        }
        var account = MicroChatAccount(
            longLinks: [longLink], shortLinks: [shortLink],
            loginKey: try RSAPublicKey(pem: String(contentsOfFile: key, encoding: .utf8)),
            loginKeyVersion: endpoints.loginKeyVersion ?? 1, user: name,
            password: try PasswordDigest(password: password(in: folder)))
        if let pin = endpoints.tlsPin.flatMap({ CertificatePin(hex: $0) }) {
            account.protection = .tls(.pin(pin))
        }
        let partner = try partner(of: person, among: people)
        var logger = Logger(label: "conure")
        logger.logLevel = .error
        let names = Dictionary(people.map { (ChatID($0.wxid), $0.nick) }) { $1 }
        try FileManager.default.createDirectory(
            atPath: URL(fileURLWithPath: folder.media(of: name)).deletingLastPathComponent().path,
            withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let media = try MediaFolder(folder.media(of: name))
        try await ChatSession(
            gateway: MicroChatGateway(account, media: media, logger: logger), media: media,
            partner: ChatID(partner.wxid), names: names,
            screen: Screen(you: person.nick, other: partner.nick),
            silence: .seconds(wait)
        ).run()
    }

    private func password(in folder: DataFolder) throws -> String {
        if let passwordFile { return try Passwords.read(passwordFile) }
        let passwords = Passwords(folder: folder)
        guard let password = passwords.password(of: name) else {
            throw Failure(
                "the password of '\(name)' is not in \(passwords.path(of: name)): use --password-file")
        }
        return password
    }

    private func partner(of person: AccountSummary, among people: [AccountSummary]) throws -> AccountSummary {
        let friends = people.filter { person.friends.contains($0.name) }
        if let partner {
            guard let found = people.first(where: { $0.name == partner }) else {
                throw Failure("there is no account '\(partner)'")
            }
            return found
        }
        guard let found = friends.first(where: \.isBot) ?? friends.first else {
            throw Failure("'\(name)' has no friends to talk to: say whom with --with")
        }
        return found
    }
}

extension Endpoint {
    /// Reads `host:port`.
    fileprivate init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]) else {
            return nil
        }
        self.init(host: text[..<colon].trimmingCharacters(in: ["[", "]"]), port: port)
    }
}
