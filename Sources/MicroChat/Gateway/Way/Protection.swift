package import MicroChatWire
import Synchronization

/// How a link is protected on its way.
package enum Protection: Hashable, Sendable {
    /// By the protocol's own encryption alone.
    case cleartext
    /// By TLS 1.3.
    case tls(ServerProof)

    /// What a server's certificate has to show.
    package enum ServerProof: Hashable, Sendable {
        /// That an authority which this machine trusts vouches for it under the name or address that was connected to.
        case authority
        /// That it is exactly this one; its names, dates and issuer do not matter.
        case pin(CertificatePin)
    }
}

/// How the links of one account are protected at the moment: a server may order to move to TLS, and there is no way
/// back (docs/protocol-extensions.md).
final class ProtectionInForce: Sendable {
    private let state: Mutex<Protection>

    init(_ protection: Protection) { state = Mutex(protection) }

    var current: Protection { state.withLock { $0 } }

    /// Follows a server's order. What is inside TLS already stays as its owner wants it.
    ///
    /// - Returns: whether that changed anything.
    func move(to pin: CertificatePin) -> Bool {
        state.withLock { protection in
            guard protection == .cleartext else { return false }
            protection = .tls(.pin(pin))
            return true
        }
    }
}
