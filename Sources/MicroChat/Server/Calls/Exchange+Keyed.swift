import DurableSQLite
import Logging
import MicroChatWire
import NIOCore
import NIOPosix
import SwiftProtobuf

extension Exchange {
    /// Calls before there is a session.
    static let keyedCalls: Set<Call> = [.getLoginQRCode, .checkLoginQRCode, .bindMobile]

    /// Answers a call that brings its own key (MicroChat wire protocol, sections 14.10 and 14.11). RSA takes a
    /// millisecond, so it runs on threads of its own.
    func answerKeyed(_ call: Call, _ packet: Packet) async -> CallOutcome {
        switch call {
        case .getLoginQRCode: await respond(packet) { try await startQRLogin($0) }
        case .checkLoginQRCode: await respond(packet) { try await pollQRLogin($0) }
        default: await respond(packet) { try await checkByText($0) }
        }
    }

    private func respond<Request: KeyedRequest, Response: Message>(
        _ packet: Packet, _ work: (Request) async throws -> Response
    ) async -> CallOutcome {
        let opened = try? await NIOThreadPool.singleton.runIfActive { [loginKey] in
            try Request(opening: packet, with: loginKey)
        }
        guard let request = opened else { return .undecodable }
        let answer: ByteBuffer?
        do {
            answer = try request.seal(try await work(request), type: packet.type)
        } catch {
            let code = (error as? Refusal)?.code ?? .systemError
            if code == .systemError { logger.error("cannot answer", metadata: ["error": "\(error)"]) }
            let failure = Microchat_LogoutResponse.with { $0.result = Microchat_ResultHeader(code) }
            answer = try? request.seal(failure, type: packet.type)
        }
        return answer.map(CallOutcome.packet) ?? .undecodable
    }

    private func startQRLogin(
        _ request: Microchat_QrLoginStartRequest
    ) async throws -> Microchat_QrLoginStartResponse {
        let login = try await commit { try QRLogin(&$0) }
        var response = Microchat_QrLoginStartResponse()
        response.result = Microchat_ResultHeader(.ok)
        guard let code = QRCode(Array((QRLogin.scheme + login.uuid).utf8)) else {
            throw Refusal(.systemError)
        }
        response.picture = Microchat_BytesBox(try code.png())
        response.uuid = login.uuid
        response.checkInterval = QRLogin.checkInterval
        response.notifyKey = Microchat_BytesBox(login.key.bytes)
        response.expiresIn = UInt32(QRLogin.life)
        logger.info("a QR code waits to be confirmed", metadata: ["uuid": "\(login.uuid)"])
        return response
    }

    private func pollQRLogin(
        _ request: Microchat_QrLoginPollRequest
    ) async throws -> Microchat_QrLoginPollResponse {
        let moment = now()
        let login = try await database.read { try QRLogin(request.uuid, now: moment, $0) }
        var state = Microchat_QrLoginState()
        state.uuid = login.uuid
        state.status = UInt32(login.status.rawValue)
        state.expiresIn = UInt32(clamping: login.expiresAt - moment)
        if let uin = login.uin, login.status != .over {
            // Whom another process has just added is known once the database has been looked at.
            if directory.account(uin) == nil { try await catchUp() }
            guard let account = directory.account(uin) else { throw Refusal(.unknownUser) }
            state.nickName = account.nick
            if !account.picture.isEmpty { state.headImageURL = pictureAddresses.small(account.picture) }
            if login.status == .confirmed, let token = login.token {
                state.userName = account.wxid
                state.passwordToken = token
            }
        }
        var response = Microchat_QrLoginPollResponse()
        response.result = Microchat_ResultHeader(.ok)
        response.package.data = Microchat_BytesBox(try login.key.seal(state.plaintext()))
        return response
    }

    private func checkByText(
        _ request: Microchat_BindMobileRequest
    ) async throws -> Microchat_BindMobileResponse {
        let isRight = try await commit { edit in
            var check = try TextCheck(request.authTicket, edit)
            switch request.op {
            case 10: try check.sendCode(to: request.mobile, &edit)
            // A wrong code is not thrown: that it was tried has to be kept.
            case 11: return try check.passes(with: request.verifyCode, &edit)
            case 13: break
            default: throw Refusal(.badArgument)
            }
            return true
        }
        guard isRight else { throw Refusal(.wrongCode) }
        if request.op == 10 { logger.notice("the code of a text message waits for its reader") }
        var response = Microchat_BindMobileResponse()
        response.result = Microchat_ResultHeader(.ok)
        response.authTicket = request.authTicket
        return response
    }
}
