import Logging
import MicroChatWire
import NIOCore
import NIOPosix
import SwiftProtobuf

extension Exchange {
    /// What one look at a login gave.
    private struct Attempt: Sendable {
        let outcome: CallOutcome
        /// Why it was refused, if it was.
        var refusal: ResultCode?

        /// Whether what another process has done meanwhile may change the answer.
        var mayBeOutdated: Bool {
            switch refusal {
            case .unknownUser, .wrongPassword, .approveInBrowser, .textMessageCheck: true
            default: false
            }
        }
    }

    /// Answers a login (MicroChat wire protocol, section 8).
    func logIn(_ login: StrangerCall) async -> CallOutcome {
        guard let fingerprint = LoginFingerprint(login.packet) else { return .undecodable }
        if loginGuard.isUsed(fingerprint) {
            logger.info("repeated login refused", metadata: ["from": "\(login.address)"])
            return refusal(.badArgument, login.packet, session: nil)
        }
        let opened = try? await NIOThreadPool.singleton.runIfActive { [loginKey] in
            try LoginRequest(opening: login.packet, with: loginKey)
        }
        guard let request = opened else { return .undecodable }
        let holder = await redeemToken(in: request)
        let known = directory.generation
        var attempt = await attempt(request, login, fingerprint, holder: holder)
        if attempt.mayBeOutdated {
            // What another process has just changed is known from now on, not from the next look at the database, and
            // whoever else took that look meanwhile.
            _ = try? await catchUp()
            if directory.generation != known {
                attempt = await self.attempt(request, login, fingerprint, holder: holder)
            }
        }
        if let code = attempt.refusal {
            logger.info("login refused", metadata: ["code": "\(code.rawValue)", "from": "\(login.address)"])
        }
        return attempt.outcome
    }

    /// The account that a QR code was confirmed for, if that is how this login comes (section 14.10).
    private func redeemToken(in request: LoginRequest) async -> Int32? {
        let token = request.password.hex
        guard token.hasPrefix(QRLogin.tokenPrefix), token.utf8.count <= 64 else { return nil }
        return try? await commit { try QRLogin.redeem(token, &$0) }
    }

    private func attempt(
        _ request: LoginRequest, _ login: StrangerCall, _ fingerprint: LoginFingerprint, holder: Int32?
    ) async -> Attempt {
        let attempt = try? await NIOThreadPool.singleton.runIfActive { [self] in
            decide(request, login, fingerprint, holder: holder)
        }
        guard let attempt else { return Attempt(outcome: .undecodable) }
        guard attempt.refusal == .textMessageCheck,
            let account = directory.account(forLogin: request.userName),
            let ticket = try? await commit({ try TextCheck.begin(for: account.uin, &$0) })
        else { return attempt }
        return refuse(
            request, .textMessageCheck, "Enter the code that is sent to you.", ticket: Array(ticket.utf8))
    }

    /// - Parameter holder: whose token came in place of a password.
    private func decide(
        _ request: LoginRequest, _ login: StrangerCall, _ fingerprint: LoginFingerprint, holder: Int32?
    ) -> Attempt {
        // Before anything is asked of the account: it may well be there only.
        if let redirect, redirect.refusesLogins {
            return refuse(request, .redirected, "Log in elsewhere.", network: redirect.section)
        }
        guard let account = directory.account(forLogin: request.userName) else {
            return refuse(request, .unknownUser, "There is no such account.")
        }
        if let refused = checkPassword(request, of: account, from: login.address, holder: holder) {
            return refused
        }
        guard loginGuard.accept(fingerprint, of: account.uin, from: login.address) else {
            return refuse(request, .badArgument, "This login has been used.")
        }
        return begin(request, for: account, login)
    }

    private func checkPassword(
        _ request: LoginRequest, of account: Directory.Account, from address: ClientAddress, holder: Int32?
    ) -> Attempt? {
        if holder == account.uin { return nil }
        guard loginGuard.mayTry(account.uin, from: address) else {
            return refuse(request, .tooOften, "Too many wrong passwords: wait a while.")
        }
        guard (try? passwords.matches(request.password, account.password)) == true else {
            return refuse(request, .wrongPassword, "Wrong password.")
        }
        loginGuard.passwordWasRight(account.uin, from: address)
        switch account.loginCheck {
        case .approval(let url): return refuse(request, .approveInBrowser, "Approve first.", url: url)
        case .textMessage: return refuse(request, .textMessageCheck, "")
        default: return nil
        }
    }

    private func begin(_ request: LoginRequest, for account: Directory.Account, _ login: StrangerCall)
        -> Attempt
    {
        let session = Session(
            uin: account.uin, cookie: .random(), key: .randomPrintable(), wxid: account.wxid)
        let answer = LoginAnswer(
            code: .ok, session: session,
            account: .with {
                $0.wxid = account.wxid
                $0.nickName = account.nick
                if !account.mobile.isEmpty { $0.bindMobile = account.mobile }
                $0.alias = account.name
            }, network: redirect?.section, serverTime: UInt32(truncatingIfNeeded: now()),
            bindsLinks: true)
        guard let bytes = try? answer.seal(for: request) else {
            return refuse(request, .systemError, "The keys do not fit.")
        }
        let slot = DeviceSlot(deviceType: request.device.identity.deviceType)
        let device = Device(uin: account.uin, slot: slot)
        // From before its login: what arrives once it has the answer is for it too.
        mailboxes.see([device], now: now())
        if let older = sessions.start(session, on: device, arrival: login.arrival), older !== login.link {
            older.quit(.loggedInElsewhere)
        }
        logger.info(
            "logged in",
            metadata: ["account": "\(account.name)", "uin": "\(account.uin)", "device": "\(slot)"])
        return Attempt(outcome: .login(bytes, session, device))
    }

    private func refuse(
        _ request: LoginRequest, _ code: ResultCode, _ reason: String, url: String = "", ticket: [UInt8] = [],
        network: Microchat_NetworkSection? = nil
    ) -> Attempt {
        let answer = LoginAnswer(
            code: code, notice: ErrorNotice(content: reason, url: url), network: network, ticket: ticket)
        let outcome = (try? answer.seal(for: request)).map(CallOutcome.packet) ?? .undecodable
        return Attempt(outcome: outcome, refusal: code)
    }
}
