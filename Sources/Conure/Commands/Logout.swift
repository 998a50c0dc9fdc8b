import ArgumentParser
import BotKit
import Engine
import MicroChatGateway

/// Ends an account's session.
struct Logout: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "End an account's session at its server, and forget it. Stop the bot first.",
        discussion: "The next start of the bot logs in anew, which takes a password or `conure login --qr`.")

    @OptionGroup var account: StoppedAccount
    @Flag(help: "Do not ask the server: the session may go on living there.") var forget = false

    func run() async throws {
        try await account.act { desk, settings, _ in
            let hadSession: Bool
            if forget {
                hadSession = await desk.hasSession()
                await desk.forget()
            } else {
                do {
                    hadSession = try await desk.logOut()
                } catch {
                    throw Failure(
                        "not logged out: \((error as? GatewayError)?.reason ?? "\(error)"); --forget does without the server"
                    )
                }
            }
            if account.json.isOn {
                print(try JSONLine.text(["state": hadSession ? "logged_out" : "not_logged_in"]))
            } else {
                print(hadSession ? "\(settings.id) is logged out" : "\(settings.id) was not logged in")
            }
        }
    }
}
