package import BotKit
package import MicroChatWire

/// One account on a MicroChat server: where it is, who logs in, and at what pace.
package struct MicroChatAccount: Sendable {
    /// Addresses of the long link, in the order to try.
    package var longLinks: [Endpoint]
    /// Addresses of the short link, in the order to try.
    package var shortLinks: [Endpoint]
    /// The server's public key, and its version.
    package var loginKey: RSAPublicKey
    package var loginKeyVersion: UInt32
    /// Account name, phone number or wxid.
    package var user: String
    /// The password as it travels.
    package var password: PasswordDigest
    /// What the account says of the device it is on: the operator's own words.
    package var device: DeviceProfile
    package var timing: Timing

    package init(
        longLinks: [Endpoint], shortLinks: [Endpoint], loginKey: RSAPublicKey, loginKeyVersion: UInt32,
        user: String, password: PasswordDigest, device: DeviceProfile = DeviceProfile(),
        timing: Timing = Timing()
    ) {
        self.longLinks = longLinks
        self.shortLinks = shortLinks
        self.loginKey = loginKey
        self.loginKeyVersion = loginKeyVersion
        self.user = user
        self.password = password
        self.device = device
        self.timing = timing
    }
}

/// How a device describes itself at login. Invented, or the operator's own; never a copy of somebody's.
package struct DeviceProfile: Hashable, Sendable {
    package var name: String
    package var kind: String
    package var language: String
    package var timezone: String

    package init(
        name: String = "Conure", kind: String = "conure-linux", language: String = "en",
        timezone: String = "0.00"
    ) {
        self.name = name
        self.kind = kind
        self.language = language
        self.timezone = timezone
    }
}

/// Every wait of a gateway (MicroChat wire protocol, sections 2.1, 5 and 15).
package struct Timing: Hashable, Sendable {
    /// Without a frame for so long, a heartbeat is sent.
    package var heartbeat = HeartbeatPace.fixed(.seconds(210))
    /// A heartbeat unanswered for so long is missed; two in a row end the link.
    package var heartbeatAnswer = Duration.seconds(8)
    /// What to wait before each attempt in a row to reconnect; the last one repeats. A bot always needs its link, so
    /// these are section 5.4's waits for that case.
    package var reconnect: [Duration] = [5, 10, 20, 30, 300].map { .seconds($0) }
    /// A connection attempt is given up after so long.
    package var connect = Duration.seconds(10)
    /// A login without an answer is given up after so long.
    package var answer = Duration.seconds(12)
    /// A link that the server has not bound to the session within so long needs a login (docs/protocol-extensions.md).
    package var resumption = Duration.seconds(3)
    /// How long a call may take.
    package var calls = CallTimeouts()

    package init() {}
}
