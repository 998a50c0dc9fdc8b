import FoundationEssentials
import MicroChatWire
import NIOCore

/// How far one account's records go, how far each of its devices has them, and the newest messages themselves: a
/// device that keeps up is answered from here, without asking the database.
struct Mailbox: Sendable {
    /// More than this is not kept; the database has it.
    private static let maximumTail = Page.maximumItems
    private static let maximumTailBytes = 64 << 10
    /// Messages are not kept for a device that has said nothing for so many seconds; the database has them.
    private static let attention: Int64 = 600
    /// That a device was seen is worth writing down this often, in seconds.
    private static let sightingAge: Int64 = 24 * 3600

    /// A message in the log.
    struct Message: Sendable {
        let position: Int64
        let payload: Data
        /// The owner's own device that sent it, which does not get it back; nil if another account sent it.
        let sentBy: DeviceSlot?
    }

    /// How far a device has its messages.
    struct Reader: Sendable {
        /// The newest message that it is known to have stored.
        var consumed: Int64
        /// When it last said anything, in seconds since 1970.
        var seenAt: Int64
        /// When it was last seen according to the database.
        fileprivate var savedSighting: Int64 = 0
        /// The newest message that is for it.
        fileprivate var newest: Int64 = 0
        /// The kinds that its last sync asked for.
        fileprivate var asked = SyncKinds.everything

        init(consumed: Int64, seenAt: Int64) {
            self.consumed = consumed
            self.seenAt = seenAt
        }
    }

    /// The newest contact change.
    private(set) var contact: Int64 = 0
    /// The newest message.
    private(set) var message: Int64 = 0
    /// The newest message that some device is known to have stored. A device that is new begins here.
    private(set) var consumed: Int64 = 0

    private var slots: [3 of Reader?] = [nil, nil, nil]

    /// Every message after `tailStart`.
    private var tail = CircularBuffer<Message>()
    private var tailStart: Int64 = 0
    private var tailBytes = 0

    /// The device in a slot, if there has been one lately.
    func reader(_ slot: DeviceSlot) -> Reader? { slots[slot.rawValue] }

    /// Every device that has been here lately.
    var readers: [DeviceSlot: Reader] {
        var readers: [DeviceSlot: Reader] = [:]
        for slot in DeviceSlot.allCases { readers[slot] = reader(slot) }
        return readers
    }

    /// Whether another device of the account has been here lately.
    func hasReader(besides slot: DeviceSlot) -> Bool {
        DeviceSlot.allCases.contains { $0 != slot && reader($0) != nil }
    }

    /// Takes over what the database says. Nothing ever goes back.
    ///
    /// - Returns: of which kinds there is something new.
    mutating func update(_ saved: Mailboxes.Saved) -> SyncKinds {
        var news: SyncKinds = []
        if saved.contact > contact {
            contact = saved.contact
            news.insert(.contacts)
        }
        consumed = max(consumed, saved.consumed)
        for (slot, reader) in saved.readers {
            consumed = max(consumed, reader.consumed)
            if slots[slot.rawValue] == nil {
                slots[slot.rawValue] = reader
                slots[slot.rawValue]?.savedSighting = reader.seenAt
                slots[slot.rawValue]?.newest = message
            }
        }
        if saved.message > message {
            message = saved.message
            tail = CircularBuffer()
            tailBytes = 0
            tailStart = message
            for index in slots.indices { slots[index]?.newest = message }
            news.insert(.messages)
        }
        return news
    }

    /// A message has been committed.
    mutating func append(_ new: Message) {
        guard new.position > message else { return }
        message = new.position
        for slot in DeviceSlot.allCases where slot != new.sentBy {
            slots[slot.rawValue]?.newest = message
        }
        tail.append(new)
        tailBytes += new.payload.count
        while tail.count > Self.maximumTail || tailBytes > Self.maximumTailBytes { dropOldest() }
    }

    /// A device is here.
    ///
    /// - Returns: whether that is worth writing down.
    mutating func see(_ slot: DeviceSlot, now: Int64) -> Bool {
        guard var reader = slots[slot.rawValue] else {
            slots[slot.rawValue] = Reader(consumed: consumed, seenAt: now)
            slots[slot.rawValue]?.savedSighting = now
            slots[slot.rawValue]?.newest = message
            return true
        }
        reader.seenAt = max(reader.seenAt, now)
        let isNews = reader.seenAt - reader.savedSighting >= Self.sightingAge
        if isNews { reader.savedSighting = reader.seenAt }
        slots[slot.rawValue] = reader
        return isNews
    }

    /// Forgets a device that has not been seen since.
    mutating func forget(_ slot: DeviceSlot, unseenSince limit: Int64) {
        if let reader = reader(slot), reader.seenAt < limit { slots[slot.rawValue] = nil }
    }

    /// A device has its messages up to here (MicroChat wire protocol, section 12). A key from the future counts as the
    /// newest.
    ///
    /// - Parameter kinds: what it asks for by presenting the key; nil if it only reports.
    /// - Returns: whether there is something to write down.
    mutating func consume(_ key: SyncPosition, by slot: DeviceSlot, asking kinds: SyncKinds?, now: Int64)
        -> Bool
    {
        var isNews = see(slot, now: now)
        if let kinds { slots[slot.rawValue]?.asked = kinds }
        let upTo = min(key.message, message)
        if let known = reader(slot)?.consumed, upTo > known {
            slots[slot.rawValue]?.consumed = upTo
            consumed = max(consumed, upTo)
            isNews = true
            dropStored(now: now)
        }
        return isNews
    }

    /// What is left for a device that the key does not cover, among the kinds that it last asked for.
    func remaining(after key: SyncPosition, for slot: DeviceSlot) -> SyncKinds {
        guard let reader = reader(slot) else { return [] }
        var kinds: SyncKinds = []
        if key.profile < Page.profilePosition { kinds.insert(.profile) }
        if key.contact < contact { kinds.insert(.contacts) }
        if max(key.message, reader.consumed) < reader.newest { kinds.insert(.messages) }
        return kinds.intersection(reader.asked)
    }

    /// The page that a device's key asks for; nil if it takes the database to tell.
    func page(from key: SyncPosition, of kinds: SyncKinds, for slot: DeviceSlot) -> Page? {
        var end = key
        if kinds.contains(.profile) {
            guard key.profile >= Page.profilePosition else { return nil }
            end.profile = Page.profilePosition
        }
        // A contact position that is not known yet is another process's doing, or nonsense: the database tells.
        if kinds.contains(.contacts), key.contact != contact { return nil }
        guard kinds.contains(.messages) else { return Page([], end: end, for: slot) }
        guard let reader = reader(slot) else { return nil }
        let known = key.message == 0 ? reader.consumed : min(key.message, message)
        guard known >= tailStart else { return nil }
        end.message = message
        return Page(tail.drop { $0.position <= known }, end: end, for: slot)
    }

    /// Drops what every device has that is paying attention.
    private mutating func dropStored(now: Int64) {
        var stored = message
        for index in slots.indices {
            guard let reader = slots[index], now - reader.seenAt < Self.attention else { continue }
            stored = min(stored, reader.consumed)
        }
        while let oldest = tail.first, oldest.position <= stored { dropOldest() }
    }

    private mutating func dropOldest() {
        guard let oldest = tail.popFirst() else { return }
        tailStart = oldest.position
        tailBytes -= oldest.payload.count
    }
}
