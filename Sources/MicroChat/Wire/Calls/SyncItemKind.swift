/// What a record of a sync, a first download or a client's own change is about (MicroChat wire protocol, sections 11.2
/// and 14.9).
package struct SyncItemKind: RawRepresentable, Hashable, Sendable {
    /// The number on the wire.
    package let rawValue: Int32

    /// Any kind; readers skip those they do not know.
    package init(rawValue: Int32) { self.rawValue = rawValue }

    /// The own profile.
    package static let profile = SyncItemKind(rawValue: 1)
    /// A contact, complete.
    package static let contact = SyncItemKind(rawValue: 2)
    /// A contact is gone.
    package static let contactRemoval = SyncItemKind(rawValue: 4)
    /// A chat message.
    package static let message = SyncItemKind(rawValue: 5)
    /// The client leaves a chat room; only in what it reports (section 14.9).
    package static let roomQuit = SyncItemKind(rawValue: 16)
    /// A room's topic; only in what a client reports (section 14.9).
    package static let roomTopic = SyncItemKind(rawValue: 27)
    /// The own display name in a room; only in what a client reports (section 14.9).
    package static let roomNickName = SyncItemKind(rawValue: 48)
}

extension Microchat_SyncItem {
    /// A record with its payload.
    package init(kind: SyncItemKind, payload: [UInt8]) {
        self.init()
        self.kind = kind.rawValue
        self.payload = Microchat_BytesBox(payload)
    }
}
