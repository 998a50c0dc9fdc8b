import BotKit
import Foundation
import MicroChatWire
import NIOCore

/// One login on its way: what was sent, and the keys that open the answer (MicroChat wire protocol, section 8).
struct Login: Sendable {
    let packet: ByteBuffer
    private let clientKey: SymmetricKey
    private let agreementKey: AgreementKey

    /// - Parameters:
    ///   - user: as whom; the password is theirs, or a token that stands for it.
    init(_ account: MicroChatAccount, as user: String, password: PasswordDigest) throws {
        clientKey = .random()
        agreementKey = try AgreementKey()
        let request = LoginRequest(
            userName: user, password: password, clientKey: clientKey,
            publicKey: agreementKey.publicKey, device: account.loginDevice(clientKey: clientKey),
            clientVersion: ClientVersion.classic)
        packet = try request.seal(for: account.loginKey, keyVersion: account.loginKeyVersion)
    }

    /// What came of it.
    enum Outcome {
        case loggedIn(Session, Identity, names: Set<String>, bindsLinks: Bool)
        /// What came is no answer to this login, or was damaged on its way.
        case unreadable(reason: String)
        /// Trying again later may help.
        case failed(reason: String)
        /// Log in again, where the answer says.
        case redirected
        /// Only the owner can help.
        case stopped(reason: String)
        /// Only the owner can help, with the code of a text message and this ticket (section 14.11).
        case textMessageCheck(ticket: [UInt8], reason: String)
        /// Somebody else logged in.
        case kicked
    }

    /// Reads the answer: each result code's meaning is section 8.3's. With any of them, it may say where the hosts are.
    func outcome(of answer: ByteBuffer) -> (Outcome, network: Microchat_NetworkSection?) {
        let login: LoginAnswer
        do {
            login = try LoginAnswer(opening: answer, clientKey: clientKey, agreementKey: agreementKey)
        } catch {
            return (.unreadable(reason: "the answer to the login can't be read: \(error)"), nil)
        }
        return (Self.outcome(of: login), login.network)
    }

    private static func outcome(of login: LoginAnswer) -> Outcome {
        let text = login.notice.map { $0.content.isEmpty ? "" : " (\($0.content))" } ?? ""
        switch login.code {
        case .ok:
            guard let session = login.session else { return .failed(reason: "the login gave no session") }
            let name = login.account.nickName.isEmpty ? session.wxid : login.account.nickName
            return .loggedIn(
                session, Identity(id: PersonID(session.wxid), name: name),
                names: Set(
                    [session.wxid, login.account.alias, login.account.bindMobile].filter { !$0.isEmpty }),
                bindsLinks: login.bindsLinks)
        case .wrongPassword:
            return .stopped(reason: "wrong account or password: correct them and start again\(text)")
        case .unknownUser:
            return .stopped(reason: "there is no such account: correct its name and start again\(text)")
        case .loggedInElsewhere: return .kicked
        case .approveInBrowser:
            let page = login.notice?.url ?? ""
            return .stopped(
                reason:
                    "approve this login at \(page.isEmpty ? "the server's page" : page) and start again\(text)"
            )
        case .textMessageCheck:
            return .textMessageCheck(
                ticket: login.ticket,
                reason:
                    "the server wants a code that it sends by text message: stop the bot and use `conure login`\(text)"
            )
        case .redirected: return .redirected
        case .tooOften: return .failed(reason: "the server wants fewer logins\(text)")
        case .systemError: return .failed(reason: "the server could not log in\(text)")
        default:
            return .stopped(reason: "the server refused the login with code \(login.code.rawValue)\(text)")
        }
    }
}

extension MicroChatAccount {
    /// Fifteen characters and a NUL, the same for the account's whole life, and nobody's real device.
    private var deviceID: Data {
        let name = Array("conure\(user)".utf8.filter { $0 > 0x20 && $0 < 0x7F }.prefix(15))
        return Data(name + [UInt8](repeating: UInt8(ascii: "0"), count: 15 - name.count) + [0])
    }

    /// Who is calling (section 9). `scene` is 1 at login, 3 in newinit, else 0.
    func identity(sessionKey: SymmetricKey, uin: Int32, scene: UInt32) -> Microchat_ClientIdentity {
        var identity = Microchat_ClientIdentity()
        identity.sessionKey = Data(sessionKey.bytes)
        identity.uin = uin
        identity.deviceID = deviceID
        identity.clientVersion = ClientVersion.classic
        identity.deviceType = Data(device.kind.utf8)
        identity.scene = scene
        return identity
    }

    /// Every field that deployed clients send (section 8.1), with the operator's words or nothing in it.
    fileprivate func loginDevice(clientKey: SymmetricKey) -> Microchat_LoginDeviceBlock {
        let id = String(decoding: deviceID.dropLast(), as: UTF8.self)
        var block = Microchat_LoginDeviceBlock()
        block.identity = identity(sessionKey: clientKey, uin: 0, scene: 1)
        block.extras = Microchat_LoginExtras()
        block.imei = id
        block.softwareXml = ""
        block.builtinIpSeq = 0
        block.clientSeqID = "\(id)_\(Int64(Date().timeIntervalSince1970 * 1000))"
        block.clientSeqSignature = String(repeating: "0", count: 32)
        block.deviceName = device.name
        block.deviceXml = ""
        block.language = device.language
        block.timeZone = device.timezone
        block.channel = 0
        block.timestamp = 0
        block.deviceBrand = device.name
        block.deviceModel = device.name
        block.osType = device.kind
        block.realCountry = ""
        block.inputType = 2
        return block
    }
}
