import Logging
import MicroChatWire
import NIOCore
import NIOPosix
import SwiftProtobuf

/// A login that waits for its turn.
struct WaitingLogin: Sendable {
    let packet: Packet
    let fingerprint: LoginFingerprint
    let link: LongLink?
    let address: ClientAddress
    let complete: @Sendable (CallOutcome) -> Void
}

extension Exchange {
    /// More bytes than this are no login.
    static let maximumLogin = 64 << 10

    /// Answers a login (MicroChat wire protocol, section 8), in turn with those from other addresses.
    func logIn(
        _ packet: Packet, from link: LongLink?, at address: ClientAddress, on loop: any EventLoop,
        then complete: @escaping @Sendable (CallOutcome) -> Void
    ) {
        guard packet.body.count <= Self.maximumLogin, let fingerprint = LoginFingerprint(packet) else {
            return complete(.undecodable)
        }
        guard loginGuard.admits(address) else {
            logger.debug("too many logins", metadata: ["from": "\(address)"])
            return complete(refusal(.tooOften, packet, session: nil))
        }
        if loginGuard.isUsed(fingerprint) {
            logger.info("repeated login refused", metadata: ["from": "\(address)"])
            return complete(refusal(.badArgument, packet, session: nil))
        }
        let login = WaitingLogin(packet: packet, fingerprint: fingerprint, link: link, address: address) {
            outcome in
            loop.execute { complete(outcome) }
        }
        if let dropped = logins.add(login, from: address) {
            logger.debug("too many logins waiting", metadata: ["from": "\(dropped.address)"])
            dropped.complete(refusal(.tooOften, dropped.packet, session: nil))
        }
    }

    /// Works on logins until cancelled. RSA, scrypt and the key agreement take milliseconds, so they run on threads of
    /// their own.
    func serveLogins() async {
        await logins.work { [self] login in
            var attempt = await attempt(login)
            // Whom another process has just added is known from now on, not from the next look at the database.
            if attempt.mayBeOutdated, (try? await catchUp()) == true { attempt = await self.attempt(login) }
            if let code = attempt.refusal {
                logger.info(
                    "login refused", metadata: ["code": "\(code.rawValue)", "from": "\(login.address)"])
            }
            login.complete(attempt.outcome)
        }
    }

    /// What one look at a login gave.
    private struct Attempt: Sendable {
        let outcome: CallOutcome
        /// Why it was refused, if it was.
        var refusal: ResultCode?

        var mayBeOutdated: Bool { refusal == .unknownUser || refusal == .wrongPassword }
    }

    private func attempt(_ login: WaitingLogin) async -> Attempt {
        let attempt = try? await NIOThreadPool.singleton.runIfActive { [self] in decide(login) }
        return attempt ?? Attempt(outcome: .undecodable)
    }

    private func decide(_ login: WaitingLogin) -> Attempt {
        guard let request = try? LoginRequest(opening: login.packet, with: loginKey) else {
            return Attempt(outcome: .undecodable)
        }
        guard let account = directory.account(forLogin: request.userName) else {
            return refuse(request, .unknownUser, "There is no such account.")
        }
        guard loginGuard.mayTry(account.uin, from: login.address) else {
            return refuse(request, .tooOften, "Too many wrong passwords: wait a while.")
        }
        guard (try? account.password.matches(request.password)) == true else {
            return refuse(request, .wrongPassword, "Wrong password.")
        }
        guard loginGuard.accept(login.fingerprint, of: account.uin, from: login.address) else {
            return refuse(request, .badArgument, "This login has been used.")
        }
        let session = Session(
            uin: account.uin, cookie: .random(), key: .randomPrintable(), wxid: account.wxid)
        let answer = LoginAnswer(
            code: .ok, session: session,
            account: .with {
                $0.wxid = account.wxid
                $0.nickName = account.nick
                $0.alias = account.name
            }, serverTime: UInt32(truncatingIfNeeded: now()))
        guard let bytes = try? answer.seal(for: request) else {
            return refuse(request, .systemError, "The keys do not fit.")
        }
        let slot = DeviceSlot(deviceType: request.device.identity.deviceType)
        let device = Device(uin: account.uin, slot: slot)
        // From before its login: what arrives once it has the answer is for it too.
        mailboxes.see([device], now: now())
        if let older = sessions.start(session, on: device), older !== login.link {
            older.quit(.loggedInElsewhere)
        }
        logger.info(
            "logged in",
            metadata: ["account": "\(account.name)", "uin": "\(account.uin)", "device": "\(slot)"])
        return Attempt(outcome: .login(bytes, session, device))
    }

    private func refuse(_ request: LoginRequest, _ code: ResultCode, _ reason: String) -> Attempt {
        let answer = LoginAnswer(code: code, notice: ErrorNotice(content: reason))
        let outcome = (try? answer.seal(for: request)).map(CallOutcome.packet) ?? .undecodable
        return Attempt(outcome: outcome, refusal: code)
    }
}
