/// What a server says to a login (MicroChat wire protocol, sections 8.2 and 8.3).
package struct LoginAnswer: Sendable, Redacted {
    /// 0, or why not.
    package var code: ResultCode
    /// The reason for people.
    package var notice: ErrorNotice?
    /// The new session, with code 0.
    package var session: Session?
    /// Who logged in: wxid, nick name, alias.
    package var account: Microchat_LoginAccount
    /// Hosts renamed and their addresses: to be adopted whatever the code (section 3.3).
    package var network: Microchat_NetworkSection?
    /// To hand back with the code of a text message, with −205.
    package var ticket: [UInt8]
    /// Seconds since 1970 at the server, 0 if it does not say.
    package var serverTime: UInt32
    /// Whether the server can bind a new long link to the session (docs/protocol-extensions.md, "Resuming a session").
    package var bindsLinks: Bool

    /// An answer.
    package init(
        code: ResultCode, notice: ErrorNotice? = nil, session: Session? = nil,
        account: Microchat_LoginAccount = Microchat_LoginAccount(), network: Microchat_NetworkSection? = nil,
        ticket: [UInt8] = [], serverTime: UInt32 = 0, bindsLinks: Bool = false
    ) {
        self.code = code
        self.notice = notice
        self.session = session
        self.account = account
        self.network = network
        self.ticket = ticket
        self.serverTime = serverTime
        self.bindsLinks = bindsLinks
    }
}
