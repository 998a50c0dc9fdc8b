/// One message to many, as a rule has decided it: who gets it, what it says, and how it goes about it.
public struct BroadcastOrder: Hashable, Sendable {
    /// The id of the rule.
    public var rule: String
    /// Only one broadcast under this name ever goes out.
    public var key: String
    /// Who gets it: those of whom this is true when it begins.
    public var audience: Audience
    /// What it says, if it is the same to everybody and no text.
    public var content: Content?
    /// Whatever else the engine needs to write each message and to pace them; nobody else's.
    public var plan: String
    /// Who has to approve it before anything leaves; empty for nobody.
    public var approver: String
    /// It stops when more than this part of what was tried has failed, from 0 to 1.
    public var mostFailures: Double
    /// What has not left by then does not leave.
    public var expires: Timestamp?
    /// Where its end is told; `ChatID.none` for nowhere.
    public var report: ChatID

    /// One message to many.
    public init(
        rule: String, key: String, audience: Audience, content: Content? = nil, plan: String,
        approver: String = "", mostFailures: Double = 0.2, expires: Timestamp? = nil,
        report: ChatID = .none
    ) {
        self.rule = rule
        self.key = key
        self.audience = audience
        self.content = content
        self.plan = plan
        self.approver = approver
        self.mostFailures = mostFailures
        self.expires = expires
        self.report = report
    }
}
