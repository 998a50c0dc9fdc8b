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

    /// Answers a login (MicroChat wire protocol, section 8). RSA, scrypt and the key agreement take milliseconds, so
    /// they run on threads of their own.
    func logIn(
        _ packet: Packet, from link: LongLink?, on loop: any EventLoop,
        then complete: @escaping @Sendable (CallOutcome) -> Void
    ) {
        guard packet.body.count <= Self.maximumLogin else { return complete(.undecodable) }
        // Beyond this many a crowd would only wait in vain; a client tries again by itself.
        guard loginsWaiting.add(1, ordering: .relaxed).newValue <= Self.maximumLoginsWaiting else {
            loginsWaiting.subtract(1, ordering: .relaxed)
            return complete(.undecodable)
        }
        Task {
            let outcome = await logIn(packet, from: link)
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

    private func logIn(_ packet: Packet, from link: LongLink?) async -> CallOutcome {
        var attempt = await attempt(packet, from: link)
        // Whom another process has just added is known from now on, not from the next look at the database.
        if attempt.refusal != nil, (try? await catchUp()) == true {
            attempt = await self.attempt(packet, from: link)
        }
        if let code = attempt.refusal {
            logger.info("login refused", metadata: ["code": "\(code.rawValue)"])
        }
        return attempt.outcome
    }

    private func attempt(_ packet: Packet, from link: LongLink?) async -> Attempt {
        let attempt = try? await NIOThreadPool.singleton.runIfActive { [self] in
            decide(packet, from: link)
        }
        return attempt ?? Attempt(outcome: .undecodable)
    }

    private func decide(_ packet: Packet, from link: LongLink?) -> Attempt {
        guard let request = try? LoginRequest(opening: packet, with: loginKey) else {
            return Attempt(outcome: .undecodable)
        }
        // Before anything is asked of the account: it may well be there only.
        if let redirect, redirect.refusesLogins {
            return refuse(request, .redirected, "Log in elsewhere.", network: redirect.section)
        }
        guard let account = directory.account(forLogin: request.userName) else {
            return refuse(request, .unknownUser, "There is no such account.")
        }
        guard (try? account.password.matches(request.password)) == true else {
            return refuse(request, .wrongPassword, "Wrong password.")
        }
        let session = Session(
            uin: account.uin, cookie: .random(), key: .randomPrintable(), wxid: account.wxid)
        let answer = LoginAnswer(
            code: .ok, session: session,
            account: .with {
                $0.wxid = account.wxid
                $0.nickName = account.nick
                $0.alias = account.name
            }, network: redirect?.section, serverTime: UInt32(truncatingIfNeeded: now()))
        guard let bytes = try? answer.seal(for: request) else {
            return refuse(request, .systemError, "The keys do not fit.")
        }
        let slot = DeviceSlot(deviceType: request.device.identity.deviceType)
        let device = Device(uin: account.uin, slot: slot)
        // From before its login: what arrives once it has the answer is for it too.
        mailboxes.see([device], now: now())
        if let older = sessions.start(session, on: device), older !== link { older.quit(.loggedInElsewhere) }
        logger.info(
            "logged in",
            metadata: ["account": "\(account.name)", "uin": "\(account.uin)", "device": "\(slot)"])
        return Attempt(outcome: .login(bytes, session, device))
    }

    private func refuse(
        _ request: LoginRequest, _ code: ResultCode, _ reason: String,
        network: Microchat_NetworkSection? = nil
    ) -> Attempt {
        let answer = LoginAnswer(code: code, notice: ErrorNotice(content: reason), network: network)
        let outcome = (try? answer.seal(for: request)).map(CallOutcome.packet) ?? .undecodable
        return Attempt(outcome: outcome, refusal: code)
    }
}
