import FoundationEssentials
import MicroChatWire
import NIOCore

/// How far one account's records go, how far it has them, and the newest messages themselves: a client that keeps up
/// is answered from here, without asking the database.
struct Mailbox: Sendable {
    /// More than this is not kept; the database has it.
    private static let maximumTail = Page.maximumItems
    private static let maximumTailBytes = 64 << 10

    /// The newest contact change.
    private(set) var contact: Int64 = 0
    /// The newest message.
    private(set) var message: Int64 = 0
    /// The newest message that the client is known to have stored.
    private(set) var consumed: Int64 = 0

    /// Every message after `tailStart`.
    private var tail = CircularBuffer<Message>()
    private var tailStart: Int64 = 0
    private var tailBytes = 0

    /// A message in the log.
    struct Message: Sendable {
        let position: Int64
        let payload: Data
    }

    /// Takes over what the database says. Nothing ever goes back.
    ///
    /// - Returns: whether there is something new.
    mutating func update(contact: Int64, message: Int64, consumed: Int64) -> Bool {
        let isNews = contact > self.contact || message > self.message
        if message > self.message {
            tail = CircularBuffer()
            tailBytes = 0
            tailStart = message
        }
        self.contact = max(self.contact, contact)
        self.message = max(self.message, message)
        self.consumed = max(self.consumed, consumed)
        return isNews
    }

    /// A message has been committed.
    mutating func append(_ payload: Data, at position: Int64) {
        guard position > message else { return }
        message = position
        tail.append(Message(position: position, payload: payload))
        tailBytes += payload.count
        while tail.count > Self.maximumTail || tailBytes > Self.maximumTailBytes { dropOldest() }
    }

    /// The client has its messages up to here (MicroChat wire protocol, section 12). A key from the future counts as
    /// the newest.
    ///
    /// - Returns: whether this is news.
    mutating func consume(_ key: SyncPosition) -> Bool {
        let upTo = min(key.message, message)
        guard upTo > consumed else { return false }
        consumed = upTo
        while let oldest = tail.first, oldest.position <= consumed { dropOldest() }
        return true
    }

    /// Whether anything is left that the key does not cover.
    func holdsMore(than key: SyncPosition) -> Bool {
        key.contact < contact || max(key.message, consumed) < message
    }

    /// The page that the client's key asks for; nil if it takes the database to tell.
    func page(from key: SyncPosition) -> Page? {
        // A contact position that is not known yet is another process's doing, or nonsense: the database tells.
        guard key.profile >= Page.profilePosition, key.contact == contact else { return nil }
        let known = key.message == 0 ? consumed : min(key.message, message)
        guard known >= tailStart else { return nil }
        return Page(
            tail.drop { $0.position <= known },
            end: SyncPosition(profile: Page.profilePosition, contact: contact, message: message))
    }

    private mutating func dropOldest() {
        guard let oldest = tail.popFirst() else { return }
        tailStart = oldest.position
        tailBytes -= oldest.payload.count
    }
}
