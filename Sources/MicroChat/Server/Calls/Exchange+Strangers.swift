import Logging
import MicroChatWire
import NIOCore
import NIOPosix
import Synchronization

/// A call from somebody who has no session, waiting for its turn.
struct StrangerCall: Sendable {
    let call: Call
    let packet: Packet
    let link: LongLink?
    let address: ClientAddress
    /// Its place among all calls of strangers.
    let arrival: Int
    let complete: @Sendable (CallOutcome) -> Void
}

extension Exchange {
    /// More bytes than this are no login.
    static let maximumLogin = 64 << 10

    /// Answers a login, or another call before there is a session (MicroChat wire protocol, sections 8, 14.10 and
    /// 14.11), in turn with those from other addresses.
    func answerStranger(
        _ call: Call, _ packet: Packet, from link: LongLink?, at address: ClientAddress,
        on loop: any EventLoop, then complete: @escaping @Sendable (CallOutcome) -> Void
    ) {
        guard packet.body.count <= Self.maximumLogin else { return complete(.undecodable) }
        // Whoever shows a QR code asks every other second: that is no login yet.
        guard call == .checkLoginQRCode || loginGuard.admits(address) else {
            logger.debug("too many logins", metadata: ["from": "\(address)"])
            return complete(refusal(.tooOften, packet, session: nil))
        }
        let arrival = strangersSoFar.add(1, ordering: .relaxed).newValue
        let waiting = StrangerCall(
            call: call, packet: packet, link: link, address: address, arrival: arrival
        ) { outcome in loop.execute { complete(outcome) } }
        if let dropped = strangers.add(waiting, from: address) {
            logger.debug("too many logins waiting", metadata: ["from": "\(dropped.address)"])
            dropped.complete(refusal(.tooOften, dropped.packet, session: nil))
        }
    }

    /// Works on strangers' calls until cancelled. RSA, scrypt and the key agreement take milliseconds, so they run on
    /// threads of their own.
    func serveStrangers() async {
        await strangers.work { [self] waiting in
            let outcome =
                waiting.call == .manualAuth
                ? await logIn(waiting) : await answerKeyed(waiting.call, waiting.packet)
            waiting.complete(outcome)
        }
    }
}
