import MicroChatWire

/// What this server means by a sync key: a position per kind (MicroChat wire protocol, section 11.1).
struct SyncPosition: Equatable, Sendable {
    var profile: Int64 = 0
    var contact: Int64 = 0
    var message: Int64 = 0

    init(profile: Int64 = 0, contact: Int64 = 0, message: Int64 = 0) {
        self.profile = profile
        self.contact = contact
        self.message = message
    }

    init(_ key: SyncKey) {
        self.init(
            profile: max(key[Self.profileKind], 0), contact: max(key[Self.contactKind], 0),
            message: max(key[Self.messageKind], 0))
    }

    var key: SyncKey {
        SyncKey(entries: [
            .init(kind: Self.profileKind, value: profile), .init(kind: Self.contactKind, value: contact),
            .init(kind: Self.messageKind, value: message),
        ])
    }

    private static let profileKind: UInt32 = 1
    private static let contactKind: UInt32 = 2
    private static let messageKind: UInt32 = 5
}
