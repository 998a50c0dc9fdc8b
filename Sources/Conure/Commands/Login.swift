import ArgumentParser
import BotKit
import Engine
import Foundation
import MicroChatGateway
import MicroChatWire

/// Logs an account in by whatever its server asks for.
struct Login: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Log an account in, for the bot to go on with. Stop the bot first.",
        discussion: """
            Without --qr it logs in with the password of the rules file. If the server then wants the code of a text \
            message, it asks for the phone's number and the code, or takes both from the options: once with --mobile, \
            which has the code sent, and again with --code.
            """)

    @OptionGroup var account: StoppedAccount
    @Flag(help: "Show a QR code for somebody to confirm; no password is needed.") var qr = false
    @Option(help: "A file for the picture of the QR code.") var picture: String?
    @Option(help: "The number of the phone that gets the code, with the country in front.") var mobile:
        String?
    @Option(help: "The code that came by text message.") var code: String?

    func validate() throws {
        if qr, mobile != nil || code != nil {
            throw ValidationError("--qr needs no text message: leave out --mobile and --code")
        }
        if !qr, picture != nil { throw ValidationError("--picture goes with --qr") }
    }

    func run() async throws {
        try await account.act { desk, settings, person in
            if qr {
                try await logInByQRCode(at: desk, settings, person)
            } else {
                try await logInByPassword(at: desk, settings, person)
            }
        }
    }

    private func logInByQRCode(
        at desk: AccountDesk, _ settings: AccountSettings, _ person: String
    ) async throws {
        let wait = QRCodeWait(
            login: QRCodeLogin(at: desk), isJSON: account.json.isOn,
            picture: picture, spare: account.data.folder.path + "/login-qr-code")
        let (user, token) = try await wait.confirmation()
        let outcome = try await desk.logIn(as: user, password: token) { found in
            try check(found, against: person, settings)
            guard found.names.contains(settings.user) else {
                throw Failure(
                    """
                    the code was confirmed for \(found.identity.name) (\(found.identity.id)), and the account's user \
                    is '\(settings.user)': if that is right, write `user: \(found.identity.id)` into \(account.rules.path)
                    """)
            }
        }
        try say(outcome, settings)
    }

    private func logInByPassword(
        at desk: AccountDesk, _ settings: AccountSettings, _ person: String
    ) async throws {
        guard let password = settings.password else {
            throw Failure("account '\(settings.id)' has no password: use --qr, or add one to the rules file")
        }
        func logIn() async throws -> AccountDesk.Outcome {
            try await desk.logIn(password: PasswordDigest(password: password.value)) { found in
                try check(found, against: person, settings)
            }
        }
        if code == nil {
            let outcome = try await logIn()
            guard case .textMessageCheck = outcome else { return try say(outcome, settings) }
        }
        try await TextMessageDialog(mobile: mobile, code: code).pass(at: desk, settings.id)
        try say(try await logIn(), settings)
    }

    /// An account's history must not go on with another person's.
    private func check(
        _ found: AccountDesk.Person, against person: String, _ settings: AccountSettings
    ) throws {
        guard person.isEmpty || person == found.identity.id.rawValue else {
            throw Failure(
                """
                \(found.identity.name) (\(found.identity.id)) has logged in, but account '\(settings.id)' was \
                \(person) so far: give another person an account of another id
                """)
        }
    }

    private func say(_ outcome: AccountDesk.Outcome, _ settings: AccountSettings) throws {
        guard case .loggedIn(let person) = outcome else {
            throw Failure("the server wants the code of a text message again: use `conure login`")
        }
        if account.json.isOn {
            print(
                try JSONLine.text([
                    "state": "logged_in", "person": person.identity.id.rawValue, "name": person.identity.name,
                ]))
        } else {
            print("\(settings.id) is logged in as \(person.identity.name) (\(person.identity.id))")
        }
    }
}

/// The code of a text message: has it sent and gives it back, asking the person at the terminal for what is missing.
private struct TextMessageDialog {
    let mobile: String?
    let code: String?

    func pass(at desk: AccountDesk, _ account: AccountID) async throws {
        guard let check = await TextMessageCheck(at: desk) else {
            throw Failure("the server has asked for no code: use `conure login` without --code")
        }
        if let code {
            let last = await check.mobile
            guard let number = mobile ?? last else {
                throw Failure("no code was sent yet: use --mobile NUMBER without --code first")
            }
            return try await check.check(code, from: number)
        }
        guard let number = mobile ?? ask("The server sends a code by text message. The phone's number: ")
        else {
            throw Failure(
                "the server wants to send a code by text message: say where to with --mobile NUMBER")
        }
        try await check.sendCode(to: number)
        guard let code = ask("The code that was sent to \(number): ") else {
            throw Failure("a code was sent to \(number): go on with `conure login --code CODE`")
        }
        try await check.check(code, from: number)
    }

    /// - Returns: nil if nobody answers.
    private func ask(_ question: String) -> String? {
        FileHandle.standardError.write(Data(question.utf8))
        let line = readLine(strippingNewline: true)?.trimmingCharacters(in: .whitespaces) ?? ""
        if isatty(STDIN_FILENO) != 1 { FileHandle.standardError.write(Data("\n".utf8)) }
        return line.isEmpty ? nil : line
    }
}
