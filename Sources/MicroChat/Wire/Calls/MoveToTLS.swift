import Foundation
package import NIOCore

/// The body of the frame with which a server orders a link to be moved to TLS (docs/protocol-extensions.md).
///
/// It is worth believing only if it comes from the server that the client has logged in to. That a body decrypts does
/// not show it: whoever is on the way can change CBC ciphertext. So it carries a code under the session key.
extension CertificatePin {
    /// What the order's packet says as its type.
    private static let orderType = CallType(rawValue: Command.moveToTLS.rawValue)
    /// Goes before the pin under the code, so that the code can be nothing else's.
    private static let orderContext = Array("MicroChat move to TLS".utf8)

    /// Reads an order.
    ///
    /// - Throws: also if it was not made by somebody who knows the session's key.
    package init(order body: ByteBuffer, in session: Session) throws(WireError) {
        guard case .plaintext(let plaintext, _) = try session.openResponse(body) else {
            throw .undecipherable
        }
        let order = try Microchat_MoveToTLS(plaintext: plaintext)
        guard let pin = CertificatePin(bytes: Array(order.certificateSha256)) else { throw .message }
        guard ConstantTime.areEqual(try pin.proof(in: session), Array(order.proof)) else {
            throw .undecipherable
        }
        self = pin
    }

    /// The order to move to TLS, to where this certificate is shown.
    package func order(in session: Session) throws(WireError) -> ByteBuffer {
        var order = Microchat_MoveToTLS()
        order.certificateSha256 = Data(bytes)
        order.proof = Data(try proof(in: session))
        return try session.sealResponse(Self.orderType, plaintext: order.plaintext())
    }

    private func proof(in session: Session) throws(WireError) -> [UInt8] {
        try SHA256.authenticationCode(of: Self.orderContext + bytes, key: session.key)
    }
}

extension Frame {
    /// The server's order to move the link to TLS, for a session.
    package static func moveToTLS(_ pin: CertificatePin, in session: Session) throws(WireError) -> Frame {
        Frame(
            command: .moveToTLS, sequence: SequenceNumbers.serverInitiated, body: try pin.order(in: session))
    }
}
