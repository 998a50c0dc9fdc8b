package import BotKit

/// What is known around an event, beyond the event itself.
package struct Circumstances: Hashable, Sendable {
    package var account: AccountID
    /// Who wrote it; nil if not known, or not known yet.
    package var sender: Contact?
    /// Where it was written: the other person, or the room.
    package var chat: Contact?
    package var now: Timestamp
    /// Which of each list of `texts` was said last in this chat.
    package var lastPicks: [String: Int]

    package init(
        account: AccountID, sender: Contact? = nil, chat: Contact? = nil, now: Timestamp,
        lastPicks: [String: Int] = [:]
    ) {
        self.account = account
        self.sender = sender
        self.chat = chat
        self.now = now
        self.lastPicks = lastPicks
    }
}
