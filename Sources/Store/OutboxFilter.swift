package import BotKit

/// Which rows of the outbox are meant: those of which all of this is true.
package struct OutboxFilter: Hashable, Sendable {
    package var account: AccountID?
    package var number: Int64?
    /// Any of these; empty for any at all.
    package var states: [String]
    /// A chat's id, or the name or remark that it has.
    package var chat: String?
    /// The id of the rule that said so.
    package var rule: String?
    /// What is done: `text`, `accept_friend` and so on. Empty for anything.
    package var kinds: [String]
    /// Written before this.
    package var before: Timestamp?

    package init(
        account: AccountID? = nil, number: Int64? = nil, states: [String] = [], chat: String? = nil,
        rule: String? = nil, kinds: [String] = [], before: Timestamp? = nil
    ) {
        self.account = account
        self.number = number
        self.states = states
        self.chat = chat
        self.rule = rule
        self.kinds = kinds
        self.before = before
    }

    /// The condition on `outbox o LEFT JOIN contact c`, with parameters ?1 to ?7.
    static let condition = """
        (?1 IS NULL OR o.account = ?1) AND (?2 IS NULL OR o.number = ?2)
        AND (?3 IS NULL OR instr(?3, ',' || o.state || ',') > 0)
        AND (?4 IS NULL OR ?4 IN (o.chat, c.name, c.remark)) AND (?5 IS NULL OR o.rule = ?5)
        AND (?6 IS NULL OR instr(?6, ',' || o.kind || ',') > 0) AND (?7 IS NULL OR o.client_seconds < ?7)
        """

    /// What stands for ?3 and ?6.
    static func listed(_ words: [String]) -> String? {
        words.isEmpty ? nil : "," + words.joined(separator: ",") + ","
    }
}
