/// A call that somebody made to one of the bot's webhooks.
public struct WebhookCall: Hashable, Sendable, Codable {
    /// The path that was called: `/ci`.
    public var path: String
    /// `POST`, `PUT` and so on.
    public var method: String
    /// What was sent: JSON, or any other text.
    public var body: String
    /// The caller's own name for this call, or one that no other call has.
    public var key: String

    /// What makes it one call: however often it comes under the same name, it is taken once.
    public var id: String { "\(method) \(path) \(key)" }

    /// A call of a webhook.
    public init(path: String, method: String, body: String, key: String) {
        self.path = path
        self.method = method
        self.body = body
        self.key = key
    }
}

/// A call that the bot makes to somebody else's webhook.
public struct WebhookRequest: Hashable, Sendable, Codable {
    /// The name that the rules file gives the webhook. Address, headers and the key to sign with are looked up under it
    /// when the call is made, so that no secret is kept with the call.
    public var webhook: String
    /// The media type of `body`.
    public var contentType: String
    /// What is sent.
    public var body: String
    /// How often the call is made again at most, if it comes to nothing.
    public var retries: Int

    /// A call of somebody else's webhook.
    public init(webhook: String, contentType: String, body: String, retries: Int = 3) {
        self.retries = retries
        self.webhook = webhook
        self.contentType = contentType
        self.body = body
    }
}

/// What somebody else's webhook answered.
public struct WebhookAnswer: Hashable, Sendable, Codable {
    /// The status of HTTP, such as 200.
    public var status: Int
    /// What came back, as text; cut off where it is very long.
    public var body: String

    /// An answer of a webhook.
    public init(status: Int, body: String) {
        self.status = status
        self.body = body
    }
}
