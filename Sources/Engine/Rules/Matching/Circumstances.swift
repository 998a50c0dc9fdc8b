package import BotKit

/// What is known around an event, beyond the event itself.
package struct Circumstances: Hashable, Sendable {
    package var account: AccountID
    /// Who is behind it; nil if not known, or not known yet.
    package var sender: Contact?
    /// Where it happened: the other person, or the room.
    package var chat: Contact?
    package var now: Timestamp

    package init(account: AccountID, sender: Contact? = nil, chat: Contact? = nil, now: Timestamp) {
        self.account = account
        self.sender = sender
        self.chat = chat
        self.now = now
    }
}
