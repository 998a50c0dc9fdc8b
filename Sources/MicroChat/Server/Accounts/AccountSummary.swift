/// An account as people see it.
package struct AccountSummary: Hashable, Sendable {
    /// What its owner logs in with.
    package var name: String
    /// Its id on the wire.
    package var wxid: String
    /// Its number.
    package var uin: Int32
    /// What others see.
    package var nick: String
    /// Whether a bot drives it.
    package var isBot: Bool
    /// The names of its friends, sorted.
    package var friends: [String]
}
