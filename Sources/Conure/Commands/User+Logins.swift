import ArgumentParser
import Foundation
import MicroChatServer

/// What an operator decides about logins. Works beside a running server, which notices.
extension User {
    struct Logins: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List logins that wait for you: QR codes to approve, and codes to pass on.",
            discussion: "The server sends no text messages: you give the codes to those who wait for them.")

        @OptionGroup var data: DataOption
        @OptionGroup var json: JSONOption

        func run() async throws {
            for code in try await data.folder.qrLogins().pending() {
                let line = LoginLine(
                    kind: "qr_code", uuid: code.uuid, state: code.isScanned ? "scanned" : "waiting",
                    expires: Date(timeIntervalSince1970: Double(code.expiresAt)))
                print(json.isOn ? try JSONLine.text(line) : "QR code \(code.uuid) \(line.state ?? "")")
            }
            for code in try await data.folder.accounts().textMessageCodes() {
                let line = LoginLine(
                    kind: "text_message", name: code.name, mobile: code.mobile, code: code.code,
                    expires: Date(timeIntervalSince1970: Double(code.expiresAt)))
                print(
                    json.isOn
                        ? try JSONLine.text(line)
                        : "\(code.name) at \(code.mobile) waits for the code \(code.code)")
            }
        }
    }

    struct Approve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let the client that shows a QR code log in.")

        @OptionGroup var data: DataOption
        @Argument(help: "Which code: see `conure user logins`.") var uuid: String
        @Option(name: .customLong("as"), help: "The account that it logs in to.") var name: String

        func run() async throws {
            try await data.folder.qrLogins().approve(uuid: uuid, for: name)
            print("the client that shows it may log in as \(name)")
        }
    }

    struct Refuse: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Refuse a QR code.")

        @OptionGroup var data: DataOption
        @Argument(help: "Which code: see `conure user logins`.") var uuid: String

        func run() async throws {
            try await data.folder.qrLogins().refuse(uuid: uuid)
            print("refused")
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what somebody has to pass at the next login beside the password.",
            discussion: "Without an option the password is enough: that is how you approve after --browser.")

        @OptionGroup var data: DataOption
        @Option(help: "An address where the login is to be approved, up to 40 bytes.") var browser: String?
        @Flag(help: "A code sent by text message: see `conure user logins`.") var textMessage = false
        @Argument(help: "Who.") var name: String

        func validate() throws {
            if browser != nil, textMessage {
                throw ValidationError("--browser and --text-message exclude each other")
            }
        }

        func run() async throws {
            let check: LoginCheck = textMessage ? .textMessage : browser.map { .approval(url: $0) } ?? .none
            try await data.folder.accounts().setLoginCheck(check, of: name)
            switch check {
            case .none: print("\(name)'s password is enough")
            case .approval(let url): print("\(name) is sent to \(url) until you approve")
            case .textMessage: print("\(name) needs a code at the next login")
            }
        }
    }
}

extension DataFolder {
    /// Logins by QR code on the embedded server.
    fileprivate func qrLogins() throws -> QRLogins {
        try create()
        return QRLogins(database: try server.openDatabase())
    }
}

private struct LoginLine: Encodable {
    var kind: String
    var uuid: String?
    var state: String?
    var name: String?
    var mobile: String?
    var code: String?
    var expires: Date
}
