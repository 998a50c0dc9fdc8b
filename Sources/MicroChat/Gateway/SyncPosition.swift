package import BotKit
package import MicroChatWire
import NIOCore

/// Where an account is in its history, as the engine's opaque key holds it: somewhere in the first download, or at a
/// sync key of the server's.
package enum SyncPosition: Equatable {
    /// The keys of newinit's last page, to be echoed byte for byte; both empty at the start.
    case initializing(current: [UInt8], most: [UInt8])
    /// A sync key, byte for byte as received.
    case synced([UInt8])

    /// The start, if there is no key. A key that is not ours is the start too: duplicates are passed over anyway.
    package init(_ key: BotKit.SyncKey?) {
        self = .initializing(current: [], most: [])
        guard let key else { return }
        var bytes = ByteBuffer(bytes: key.bytes)
        guard let tag: UInt8 = bytes.readInteger() else { return }
        if tag == Self.syncedTag {
            self = .synced(Array(bytes.readableBytesView))
        } else if tag == Self.initializingTag, let length: UInt32 = bytes.readInteger(),
            let current = bytes.readBytes(length: Int(length))
        {
            self = .initializing(current: current, most: Array(bytes.readableBytesView))
        }
    }

    var key: BotKit.SyncKey {
        switch self {
        case .synced(let key): return BotKit.SyncKey(bytes: [Self.syncedTag] + key)
        case .initializing(let current, let most):
            var bytes = ByteBuffer(integer: Self.initializingTag)
            bytes.writeInteger(UInt32(clamping: current.count))
            bytes.writeBytes(current)
            bytes.writeBytes(most)
            return BotKit.SyncKey(bytes: Array(bytes.readableBytesView))
        }
    }

    /// The key that the server would be asked with; empty at the start.
    package var wireKey: MicroChatWire.SyncKey {
        let bytes =
            switch self {
            case .initializing(let current, _): current
            case .synced(let key): key
            }
        return (try? MicroChatWire.SyncKey(envelope: bytes)) ?? .empty
    }

    private static let syncedTag: UInt8 = 1
    private static let initializingTag: UInt8 = 2
}
