/// Somebody else's webhook, as the rules file describes it.
package struct WebhookTarget: Sendable {
    /// Where it is.
    package let url: WebhookURL
    /// In capitals.
    package let method: String
    /// What is sent besides what Conure itself has to say.
    package let headers: [(name: String, value: String)]
    /// What calls are signed with; nil if they are not.
    package let signingSecret: WebhookSecret?
    /// The time that a call may take as a whole.
    package let timeout: Duration
    /// Whether it may be on this machine or in a private network: `allow_private` in the rules file.
    package let allowPrivate: Bool

    /// Somebody else's webhook.
    ///
    /// - Throws: if one of the parts cannot be.
    package init(
        url: WebhookURL, method: String = "POST", headers: [(name: String, value: String)] = [],
        signingSecret: WebhookSecret? = nil, timeout: Duration = .seconds(10), allowPrivate: Bool = false
    ) throws(WebhookMistake) {
        guard WebhookEndpoint.methods.contains(method) else {
            throw WebhookMistake(
                "The method \"\(method)\" should be one of \(WebhookEndpoint.methods.joined(separator: ", "))."
            )
        }
        guard timeout > .zero, timeout <= .seconds(300) else {
            throw WebhookMistake("A webhook's timeout should be at most 5 minutes.")
        }
        guard headers.count <= 50 else { throw WebhookMistake("A webhook can have 50 headers at most.") }
        for (name, value) in headers {
            guard Self.isToken(name) else { throw WebhookMistake("\"\(name)\" is no name of a header.") }
            guard !Self.own.contains(name.lowercased()) else {
                throw WebhookMistake("The header \(name) is Conure's own to set.")
            }
            // The value may be a secret.
            guard Self.isHeaderValue(value) else {
                throw WebhookMistake(
                    "The value of header \(name) should hold at most 4096 characters of ASCII, in one line.")
            }
        }
        self.url = url
        self.method = method
        self.headers = headers
        self.signingSecret = signingSecret
        self.timeout = timeout
        self.allowPrivate = allowPrivate
    }

    /// Whether something can be the value of a header, and nothing more than that.
    static func isHeaderValue(_ text: String) -> Bool {
        text.utf8.count <= 4096 && text.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x09 }
    }

    private static func isToken(_ name: String) -> Bool {
        (1...256).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
    }

    private static let own: Set<String> = [
        "accept-encoding", "connection", "content-length", "content-type", "expect", "host",
        "idempotency-key",
        "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", WebhookSignature.header.lowercased(),
    ]
}
