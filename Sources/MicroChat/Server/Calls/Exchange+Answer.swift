import MicroChatWire
import NIOCore

extension Exchange {
    /// Calls that are answered, by the name in the path and the command in the frame.
    static let commands: [Command: Call] = {
        let calls: [Call] = [
            .manualAuth, .newInit, .newSync, .newSendMessage, .getContact, .getProfile, .logout,
        ]
        return Dictionary(
            calls.compactMap { call in call.command.map { ($0, call) } },
            uniquingKeysWith: { first, _ in first })
    }()
    static let names = Dictionary(Call.all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

    /// Answers one request packet.
    ///
    /// - Parameters:
    ///   - link: the long link that it came on, if it did.
    ///   - loop: where this is called, and where `complete` is.
    func answer(
        _ call: Call, _ bytes: ByteBuffer, from link: LongLink?, on loop: any EventLoop,
        then complete: @escaping @Sendable (CallOutcome) -> Void
    ) {
        guard let packet = try? Packet(reading: bytes) else { return complete(.undecodable) }
        if call == .manualAuth { return logIn(packet, from: link, on: loop, then: complete) }
        switch sessions.find(packet.cookie, uin: packet.uin) {
        case .live(let session, let device):
            guard let plaintext = try? session.openRequest(packet) else {
                return complete(refusal(.badArgument, packet, session: session))
            }
            perform(call, plaintext, session: session, on: device) { [self] answer in
                if loop.inEventLoop {
                    complete(seal(answer, packet, session: session))
                } else {
                    loop.execute { complete(self.seal(answer, packet, session: session)) }
                }
            }
        case .kicked(let session):
            // In the header for those who look there first, and as the call's own code for the others.
            let status = ResultCode.loggedInElsewhere
            let plaintext = Self.failure(of: call, status)
            complete(seal(.plaintext(plaintext, status: status), packet, session: session))
        case .unknown:
            complete(refusal(.sessionGone, packet, session: nil))
        }
    }

    private func perform(
        _ call: Call, _ plaintext: [UInt8], session: Session, on device: Device,
        then complete: @escaping @Sendable (Answer) -> Void
    ) {
        switch call {
        case .newSync: newSync(plaintext, from: device, then: complete)
        case .newInit: newInit(plaintext, from: device, then: complete)
        case .newSendMessage: newSendMessage(plaintext, from: device, then: complete)
        case .getContact: complete(getContact(plaintext, session: session))
        case .getProfile: complete(getProfile(session: session))
        case .uploadPicture: upload(.picture, plaintext, from: device, then: complete)
        case .uploadVoice: upload(.voice, plaintext, from: device, then: complete)
        case .uploadVideo: upload(.video, plaintext, from: device, then: complete)
        case .uploadFile: upload(.file, plaintext, from: device, then: complete)
        case .downloadPicture, .downloadVoice, .downloadVideo, .downloadFile:
            download(call, plaintext, from: device, then: complete)
        case .logout:
            sessions.end(session)
            complete(.plaintext(Self.failure(of: call, .ok)))
        default: complete(.plaintext(Self.failure(of: call, .badArgument)))
        }
    }

    private func seal(_ answer: Answer, _ request: Packet, session: Session) -> CallOutcome {
        switch answer {
        case .refusal(let status):
            return refusal(status, request, session: session)
        case .plaintext(let plaintext, let status):
            guard let bytes = try? session.sealResponse(request.type, status: status, plaintext: plaintext)
            else {
                return refusal(.systemError, request, session: session)
            }
            return .packet(bytes)
        }
    }

    private func refusal(_ status: ResultCode, _ request: Packet, session: Session?) -> CallOutcome {
        let bytes = try? Packet.refusal(
            status, type: request.type, uin: session?.uin ?? 0, cookie: session?.cookie ?? .zero)
        return bytes.map(CallOutcome.packet) ?? .undecodable
    }
}
