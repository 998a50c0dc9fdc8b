import Logging
import MicroChatWire
import NIOCore
import NIOPosix
import SwiftProtobuf
import Synchronization

extension Exchange {
    /// More bytes than this are no login.
    private static let maximumLogin = 64 << 10
    private static let maximumLoginsWaiting = 4096

    /// Answers a login, or another call before there is a session (MicroChat wire protocol, sections 8, 14.10 and
    /// 14.11). RSA, scrypt and the key agreement take milliseconds, so they run on threads of their own.
    func answerWithoutSession(
        _ call: Call, _ packet: Packet, from link: LongLink?, on loop: any EventLoop,
        then complete: @escaping @Sendable (CallOutcome) -> Void
    ) {
        guard packet.body.count <= Self.maximumLogin else { return complete(.undecodable) }
        // Beyond this many a crowd would only wait in vain; a client tries again by itself.
        guard loginsWaiting.add(1, ordering: .relaxed).newValue <= Self.maximumLoginsWaiting else {
            loginsWaiting.subtract(1, ordering: .relaxed)
            return complete(.undecodable)
        }
        let arrival = logins.add(1, ordering: .relaxed).newValue
        Task {
            let outcome =
                call == .manualAuth
                ? await logIn(packet, from: link, arrival: arrival) : await answerKeyed(call, packet)
            loginsWaiting.subtract(1, ordering: .relaxed)
            loop.execute { complete(outcome) }
        }
    }

    /// What one look at a login gave.
    private struct Attempt: Sendable {
        let outcome: CallOutcome
        /// Why it was refused, if it was.
        var refusal: ResultCode?
    }

    private func logIn(_ packet: Packet, from link: LongLink?, arrival: Int) async -> CallOutcome {
        let opened = try? await NIOThreadPool.singleton.runIfActive { [loginKey] in
            try LoginRequest(opening: packet, with: loginKey)
        }
        guard let request = opened else { return .undecodable }
        let holder = await redeemToken(in: request)
        let known = directory.generation
        var attempt = await attempt(request, holder: holder, from: link, arrival: arrival)
        if attempt.refusal != nil {
            // What another process has just changed is known from now on, not from the next look at the database, and
            // whoever else took that look meanwhile.
            _ = try? await catchUp()
            if directory.generation != known {
                attempt = await self.attempt(request, holder: holder, from: link, arrival: arrival)
            }
        }
        if let code = attempt.refusal {
            logger.info("login refused", metadata: ["code": "\(code.rawValue)"])
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
        _ request: LoginRequest, holder: Int32?, from link: LongLink?, arrival: Int
    ) async -> Attempt {
        let attempt = try? await NIOThreadPool.singleton.runIfActive { [self] in
            decide(request, holder: holder, from: link, arrival: arrival)
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
        _ request: LoginRequest, holder: Int32?, from link: LongLink?, arrival: Int
    ) -> Attempt {
        guard let account = directory.account(forLogin: request.userName) else {
            return refuse(request, .unknownUser, "There is no such account.")
        }
        guard holder == account.uin || (try? account.password.matches(request.password)) == true else {
            return refuse(request, .wrongPassword, "Wrong password.")
        }
        switch account.loginCheck {
        case .approval(let url) where holder == nil:
            return refuse(request, .approveInBrowser, "Approve first.", url: url)
        case .textMessage where holder == nil: return refuse(request, .textMessageCheck, "")
        default: break
        }
        let session = Session(
            uin: account.uin, cookie: .random(), key: .randomPrintable(), wxid: account.wxid)
        let answer = LoginAnswer(
            code: .ok, session: session,
            account: .with {
                $0.wxid = account.wxid
                $0.nickName = account.nick
                if !account.mobile.isEmpty { $0.bindMobile = account.mobile }
                $0.alias = account.name
            }, serverTime: UInt32(truncatingIfNeeded: now()))
        guard let bytes = try? answer.seal(for: request) else {
            return refuse(request, .systemError, "The keys do not fit.")
        }
        let slot = DeviceSlot(deviceType: request.device.identity.deviceType)
        let device = Device(uin: account.uin, slot: slot)
        // From before its login: what arrives once it has the answer is for it too.
        mailboxes.see([device], now: now())
        if let older = sessions.start(session, on: device, arrival: arrival), older !== link {
            older.quit(.loggedInElsewhere)
        }
        logger.info(
            "logged in",
            metadata: ["account": "\(account.name)", "uin": "\(account.uin)", "device": "\(slot)"])
        return Attempt(outcome: .login(bytes, session, device))
    }

    private func refuse(
        _ request: LoginRequest, _ code: ResultCode, _ reason: String, url: String = "", ticket: [UInt8] = []
    ) -> Attempt {
        let answer = LoginAnswer(code: code, notice: ErrorNotice(content: reason, url: url), ticket: ticket)
        let outcome = (try? answer.seal(for: request)).map(CallOutcome.packet) ?? .undecodable
        return Attempt(outcome: outcome, refusal: code)
    }
}
