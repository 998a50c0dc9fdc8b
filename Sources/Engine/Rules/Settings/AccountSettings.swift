package import BotKit
package import Store

/// One of the bot's accounts: whom it is, on which network, and how fast it may speak.
package struct AccountSettings: Hashable, Sendable {
    package let id: AccountID
    package let user: String
    /// Nil on the embedded server, whose owner draws one, and where the owner logs in by another way.
    package let password: Secret?
    package let server: ServerChoice
    package let device: DeviceSettings
    package let limits: SendLimits
    /// Who connects to the server on the account's behalf; nil: nobody.
    package let proxy: ProxySettings?

    package init(
        id: AccountID, user: String, password: Secret?, server: ServerChoice, device: DeviceSettings,
        limits: SendLimits, proxy: ProxySettings? = nil
    ) {
        self.id = id
        self.user = user
        self.password = password
        self.server = server
        self.device = device
        self.limits = limits
        self.proxy = proxy
    }

    /// The time from one message of a broadcast to the next where its rule says nothing; nil on the embedded server,
    /// which is the owner's own.
    package var usualBroadcastPace: Duration? { server == .embedded ? nil : .seconds(5) }

    /// The account of a file that names none.
    package static func only(limits: SendLimits) -> AccountSettings {
        AccountSettings(
            id: "bot", user: "bot", password: nil, server: .embedded, device: DeviceSettings(), limits: limits
        )
    }
}

/// The server an account logs in to.
package enum ServerChoice: Hashable, Sendable {
    /// The one that runs inside Conure.
    case embedded
    case external(ExternalServer)
}

/// A server that somebody else runs, and how to reach it.
package struct ExternalServer: Hashable, Sendable {
    /// What gives the addresses of hosts; nil if the file names none.
    package let nameService: HTTPAddress?
    /// Addresses, or hosts to look up. Empty only if the name service says which hosts there are.
    package let longLinks: [HostAddress]
    /// The same for the short link.
    package let shortLinks: [HostAddress]
    /// Where to try the long link when nothing else works; may be empty.
    package let longBackups: [HostAddress]
    /// The same for the short link.
    package let shortBackups: [HostAddress]
    /// The file with the server's public key, as written in the rules file.
    package let loginKeyPath: String
    /// Which of the server's keys that is.
    package let loginKeyVersion: UInt8
    package let tls: TLSChoice
}

/// Whether the links to a server are inside TLS, and what its certificate has to show.
package enum TLSChoice: Hashable, Sendable {
    case off
    /// One of the authorities that this machine trusts vouches for the host.
    case on
    /// It has exactly this SHA-256.
    case pin([UInt8])
}

/// A proxy, as `proxy` names it.
package struct ProxySettings: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case http, socks5
    }

    package let kind: Kind
    package let endpoint: Endpoint
    /// Nil if the proxy asks nobody.
    package let user: String?
    package let password: Secret?
}

/// What an account calls its device: the operator's own words, nil where none were found.
package struct DeviceSettings: Hashable, Sendable {
    package var name: String?
    package var kind: String?
    package var language: String?
    package var timezone: String?

    package init() {}
}
