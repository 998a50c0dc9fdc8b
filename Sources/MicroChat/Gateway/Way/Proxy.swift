package import BotKit
import Foundation
import MicroChatWire

/// Somebody who connects to the server on our behalf, and resolves its name.
package struct Proxy: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// HTTP CONNECT (RFC 9110, section 9.3.6).
        case http
        /// SOCKS 5 (RFC 1928).
        case socks5
    }

    /// Who asks.
    package struct Credentials: Hashable, Sendable, Redacted {
        package let user: String
        package let password: String

        package init(user: String, password: String) {
            self.user = user
            self.password = password
        }
    }

    package let kind: Kind
    package let endpoint: Endpoint
    package let credentials: Credentials?

    package init(kind: Kind, endpoint: Endpoint, credentials: Credentials? = nil) {
        self.kind = kind
        self.endpoint = endpoint
        self.credentials = credentials
    }
}

extension Endpoint {
    /// Whether the host is an address and no name.
    var isIPAddress: Bool { addressBytes != nil }

    /// The 4 or 16 bytes of an IP address; nil if the host is a name.
    var addressBytes: [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, host, &bytes) == 1 { return Array(bytes.prefix(4)) }
        return inet_pton(AF_INET6, host, &bytes) == 1 ? bytes : nil
    }
}
