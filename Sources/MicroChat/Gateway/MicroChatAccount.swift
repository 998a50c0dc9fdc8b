package import BotKit
package import MicroChatWire

/// One account on a MicroChat server: where it is, who logs in, and at what pace.
package struct MicroChatAccount: Sendable {
    /// Where the server is.
    package var addresses: ServerAddresses
    /// The server's public key, and its version.
    package var loginKey: RSAPublicKey
    package var loginKeyVersion: UInt32
    /// Account name, phone number or wxid.
    package var user: String
    /// The password as it travels; nil if a session is all that there is.
    package var password: PasswordDigest?
    /// What the account says of the device it is on: the operator's own words.
    package var device: DeviceProfile
    package var timing: Timing
    /// How the links are protected, unless the server has ordered more.
    package var protection = Protection.cleartext
    /// Whom to believe about a server's certificate.
    package var authorities = CertificateAuthorities.system
    /// Told when a server orders to move to TLS, so that it may be remembered for the next start.
    package var remember: @Sendable (CertificatePin) -> Void = { _ in }
    /// Who connects on our behalf; nil: nobody.
    package var proxy: Proxy?

    /// An account whose server's addresses are known.
    package init(
        longLinks: [Endpoint], shortLinks: [Endpoint], loginKey: RSAPublicKey, loginKeyVersion: UInt32,
        user: String, password: PasswordDigest?, device: DeviceProfile = DeviceProfile(),
        timing: Timing = Timing()
    ) {
        self.init(
            addresses: ServerAddresses(
                longLinks: longLinks.map { HostAddress($0) }, shortLinks: shortLinks.map { HostAddress($0) }),
            loginKey: loginKey, loginKeyVersion: loginKeyVersion, user: user, password: password,
            device: device, timing: timing)
    }

    package init(
        addresses: ServerAddresses, loginKey: RSAPublicKey, loginKeyVersion: UInt32, user: String,
        password: PasswordDigest?, device: DeviceProfile = DeviceProfile(), timing: Timing = Timing()
    ) {
        self.addresses = addresses
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
    /// While none succeeds, another connection attempt begins after so long.
    package var connectStep = Duration.milliseconds(2500)
    /// An address list, and an answer of DNS, is waited for so long.
    package var nameService = Duration.seconds(2)
    /// While connected through a backup address, the usual ones are looked at this often.
    package var backupCheck = Duration.seconds(150)
    /// A login without an answer is given up after so long.
    package var answer = Duration.seconds(12)
    /// A link that the server has not bound to the session within so long needs a login (docs/protocol-extensions.md).
    package var resumption = Duration.seconds(3)
    /// How long a call may take.
    package var calls = CallTimeouts()

    package init() {}
}
