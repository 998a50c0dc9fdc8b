import Logging
import MicroChatWire
import NIOCore

extension Exchange {
    /// Calls that are answered, by the name in the path and the command in the frame.
    static let commands: [Command: Call] = {
        Dictionary(
            Call.all.compactMap { call in call.command.map { ($0, call) } },
            uniquingKeysWith: { first, _ in first })
    }()
    static let names = Dictionary(Call.all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

    /// Answers one request packet.
    ///
    /// - Parameters:
    ///   - link: the long link that it came on, if it did.
    ///   - address: where it came from.
    ///   - loop: where this is called, and where `complete` is.
    func answer(
        _ call: Call, _ bytes: ByteBuffer, from link: LongLink?, at address: ClientAddress,
        on loop: any EventLoop,
        then complete: @escaping @Sendable (CallOutcome) -> Void
    ) {
        guard let packet = try? Packet(reading: bytes) else { return complete(.undecodable) }
        if call == .manualAuth || Self.keyedCalls.contains(call) {
            return answerStranger(call, packet, from: link, at: address, on: loop, then: complete)
        }
        switch sessions.find(packet.cookie, uin: packet.uin) {
        case .live(let session, let device):
            guard let plaintext = try? session.openRequest(packet),
                !Self.isForeign(plaintext, of: call, session)
            else {
                logger.debug(
                    "request refused", metadata: ["uin": "\(session.uin)", "from": "\(address)"])
                return complete(refusal(.badArgument, packet, session: session))
            }
            perform(call, plaintext, session: session, on: device) { [self] answer in
                if loop.inEventLoop {
                    complete(seal(answer, packet, session: session, on: device))
                } else {
                    loop.execute { complete(self.seal(answer, packet, session: session, on: device)) }
                }
            }
        case .kicked(let session):
            // In the header for those who look there first, and as the call's own code for the others.
            let status = ResultCode.loggedInElsewhere
            let plaintext = Self.failure(of: call, status)
            complete(seal(.plaintext(plaintext, status: status), packet, session: session))
        case .unknown:
            logger.debug("no such session", metadata: ["uin": "\(packet.uin)", "from": "\(address)"])
            complete(refusal(.sessionGone, packet, session: nil))
        }
    }

    /// Whether a request claims to be another account's (MicroChat wire protocol, section 9). An identity of 0 claims
    /// nothing; three calls have none.
    private static func isForeign(_ plaintext: [UInt8], of call: Call, _ session: Session) -> Bool {
        guard call != .newSync, call != .newSendMessage, call != .operationLog,
            // Any of the other messages would do: they all begin with an identity.
            let uin = try? Microchat_LogoutRequest(plaintext: plaintext).identity.uin
        else { return false }
        return uin != 0 && uin != session.uin
    }

    private func perform(
        _ call: Call, _ plaintext: [UInt8], session: Session, on device: Device,
        then complete: @escaping @Sendable (Answer) -> Void
    ) {
        switch call {
        case .newSync: newSync(plaintext, from: device, then: complete)
        case .newInit: newInit(plaintext, from: device, then: complete)
        case .newSendMessage: newSendMessage(plaintext, from: device, then: complete)
        case .sendAppMessage: sendAppMessage(plaintext, from: device, then: complete)
        case .sendEmoji: sendEmoji(plaintext, from: device, then: complete)
        case .revokeMessage: revokeMessage(plaintext, from: device, then: complete)
        case .searchContact: searchContact(plaintext, from: device, then: complete)
        case .verifyUser: verifyUser(plaintext, from: device, then: complete)
        case .getContact: getContact(plaintext, from: device, then: complete)
        case .getProfile: complete(getProfile(of: device))
        case .createChatRoom: createChatRoom(plaintext, from: device, then: complete)
        case .addChatRoomMember: addChatRoomMember(plaintext, from: device, then: complete)
        case .faceToFaceRoom: faceToFaceRoom(plaintext, from: device, then: complete)
        case .setRoomAnnouncement: setRoomAnnouncement(plaintext, from: device, then: complete)
        case .operationLog: operationLog(plaintext, from: device, then: complete)
        case .setHeadPicture: setHeadPicture(plaintext, from: device, then: complete)
        case .uploadPicture: upload(.picture, plaintext, from: device, then: complete)
        case .uploadVoice: upload(.voice, plaintext, from: device, then: complete)
        case .uploadVideo: upload(.video, plaintext, from: device, then: complete)
        case .uploadFile: upload(.file, plaintext, from: device, then: complete)
        case .downloadPicture, .downloadVoice, .downloadVideo, .downloadFile:
            download(call, plaintext, from: device, then: complete)
        case .logout:
            sessions.end(session)
            complete(.plaintext(Self.failure(of: call, .ok)))
        case .reportDevice, .reportStrategy, .whatsNews, .downloadPackage:
            // There is nothing to do and nothing to give, which is an answer too.
            complete(.plaintext(Self.failure(of: call, .ok)))
        default: complete(.plaintext(Self.failure(of: call, .badArgument)))
        }
    }

    /// - Parameter device: where the session lives; nil if it is over.
    private func seal(
        _ answer: Answer, _ request: Packet, session: Session, on device: Device? = nil
    ) -> CallOutcome {
        switch answer {
        case .refusal(let status):
            return refusal(status, request, session: session)
        case .plaintext(let plaintext, let status):
            guard let bytes = try? session.sealResponse(request.type, status: status, plaintext: plaintext)
            else {
                return refusal(.systemError, request, session: session)
            }
            return device.map { .sessionCall(bytes, session, $0) } ?? .packet(bytes)
        }
    }

    func refusal(_ status: ResultCode, _ request: Packet, session: Session?) -> CallOutcome {
        let bytes = try? Packet.refusal(
            status, type: request.type, uin: session?.uin ?? 0, cookie: session?.cookie ?? .zero)
        return bytes.map(CallOutcome.packet) ?? .undecodable
    }
}
