import BotKit
import Engine
import MicroChatServer

/// The people that `up` itself puts on the embedded server: the bot, and somebody to talk to it.
struct Residents {
    /// The person that a new user is.
    static let me = "me"

    let accounts: Accounts
    let passwords: Passwords

    /// The password of one of the bot's accounts. At the first start the account is made, and `me` with it, already
    /// friends; who was removed later is not made again.
    func password(of settings: AccountSettings) async throws -> String {
        let people = try await accounts.list()
        let password: String
        if let given = settings.password {
            password = given.value
        } else if people.contains(where: { $0.name == settings.user }),
            passwords.password(of: settings.user) == nil
        {
            throw Failure(
                """
                the account '\(settings.user)' is on the server, but its password is not in \
                \(passwords.path(of: settings.user)): put it there, or into the rules file
                """)
        } else {
            password = try passwords.draw(for: settings.user)
        }
        if !people.contains(where: { $0.name == settings.user }) {
            if !people.contains(where: { $0.name == Self.me }) {
                try await accounts.add(name: Self.me, nick: "Me", password: passwords.draw(for: Self.me))
            }
            try await accounts.add(
                name: settings.user, password: password, friends: [Self.me], isBot: true)
        }
        return password
    }
}
