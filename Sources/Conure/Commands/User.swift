import ArgumentParser
import MicroChatServer

/// The people of the embedded server. Works beside a running server, which notices.
struct User: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Manage the people of the embedded server.",
        subcommands: [
            Add.self, List.self, Remove.self, Logins.self, Approve.self, Refuse.self, Check.self,
        ])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a person.",
            discussion:
                "Without --password-file a random password is kept in the data folder, for `conure chat`.")

        @OptionGroup var data: DataOption
        @OptionGroup var json: JSONOption
        @Argument(help: "What they log in with: 1 to 32 of a-z, 0-9, '.', '_' and '-'.") var name: String
        @Option(help: "What others see; NAME if not given.") var nick: String?
        @Option(help: "A file whose first line is the password; - reads standard input.") var passwordFile:
            String?
        @Option(name: .customLong("friend"), help: "Somebody they are friends with; may be given again.")
        var friends: [String] = []

        func run() async throws {
            let folder = data.folder
            let passwords = Passwords(folder: folder)
            let accounts = try folder.accounts()
            if try await accounts.list().contains(where: { $0.name == name }) {
                throw AccountError.nameTaken(name)
            }
            // A file left from somebody of that name who is gone must not become this one's password.
            passwords.remove(name)
            let password = try passwordFile.map(Passwords.read) ?? passwords.draw(for: name)
            let person: AccountSummary
            do {
                person = try await accounts.add(name: name, nick: nick, password: password, friends: friends)
            } catch {
                passwords.remove(name)
                throw error
            }
            if json.isOn {
                print(try JSONLine.text(PersonLine(person)))
            } else {
                let kept = passwordFile == nil ? "; the password is in \(passwords.path(of: name))" : ""
                print("added \(person.name) (\(person.wxid))\(kept)")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List everybody.")

        @OptionGroup var data: DataOption
        @OptionGroup var json: JSONOption

        func run() async throws {
            for person in try await data.folder.accounts().list() {
                if json.isOn {
                    print(try JSONLine.text(PersonLine(person)))
                } else {
                    let friends = person.friends.isEmpty ? "nobody" : person.friends.joined(separator: ", ")
                    let bot = person.isBot ? ", a bot" : ""
                    print("\(person.name) (\(person.nick), \(person.wxid)\(bot)): friends with \(friends)")
                }
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a person and their messages.")

        @OptionGroup var data: DataOption
        @Argument(help: "Who.") var name: String

        func run() async throws {
            try await data.folder.accounts().remove(name: name)
            Passwords(folder: data.folder).remove(name)
            print("removed \(name)")
        }
    }
}

extension DataFolder {
    /// Who has an account on the embedded server.
    func accounts() throws -> Accounts {
        try create()
        return Accounts(database: try server.openDatabase())
    }
}

/// A person as `--json` shows them.
private struct PersonLine: Encodable {
    var name: String
    var wxid: String
    var uin: Int32
    var nick: String
    var bot: Bool
    var friends: [String]

    init(_ person: AccountSummary) {
        (name, wxid, uin, nick) = (person.name, person.wxid, person.uin, person.nick)
        (bot, friends) = (person.isBot, person.friends)
    }
}
