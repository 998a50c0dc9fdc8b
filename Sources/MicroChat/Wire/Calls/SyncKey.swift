/// How much a client already has: a version number per kind (MicroChat wire protocol, section 11.1).
///
/// Clients keep the bytes as they came and read them only to report; what the kinds mean is the server's affair.
package struct SyncKey: Hashable, Sendable {
    /// "I have everything of this kind up to `value`."
    package struct Entry: Hashable, Sendable {
        /// What the value counts.
        package var kind: UInt32
        /// Grows, with gaps.
        package var value: Int64

        /// An entry.
        package init(kind: UInt32, value: Int64) {
            self.kind = kind
            self.value = value
        }
    }

    /// In the order on the wire.
    package var entries: [Entry]

    /// A key.
    package init(entries: [Entry]) { self.entries = entries }

    /// No key yet.
    package static let empty = SyncKey(entries: [])

    /// What a client sends that lost its key: read as "from the beginning".
    package static let zero = SyncKey(
        entries: [
            1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 13, 14, 101, 102, 103, 104, 105, 107, 109, 111, 112, 201, 203,
            204, 205,
            1000, 1001,
        ].map { Entry(kind: $0, value: 0) })

    /// The value for a kind, 0 if there is none.
    package subscript(kind: UInt32) -> Int64 {
        entries.last { $0.kind == kind }?.value ?? 0
    }

    /// Reads the envelope; no bytes are the empty key.
    package init(envelope bytes: [UInt8]) throws(WireError) {
        guard !bytes.isEmpty else {
            self = .empty
            return
        }
        self.init(try Microchat_SyncKeyEnvelope(plaintext: bytes).keys)
    }

    /// Reads the list without its envelope, as a report carries it.
    package init(list bytes: [UInt8]) throws(WireError) {
        self.init(try Microchat_SyncKeyList(plaintext: bytes))
    }

    private init(_ list: Microchat_SyncKeyList) {
        entries = list.entries.map { Entry(kind: $0.kind, value: $0.value) }
    }

    /// The bytes that travel in requests and responses. The empty key has none.
    package func envelope() throws(WireError) -> [UInt8] {
        guard !entries.isEmpty else { return [] }
        var envelope = Microchat_SyncKeyEnvelope()
        envelope.keys = message
        envelope.length = UInt32(clamping: try envelope.keys.plaintext().count)
        return try envelope.plaintext()
    }

    /// The bytes that travel in a report.
    package func list() throws(WireError) -> [UInt8] { try message.plaintext() }

    private var message: Microchat_SyncKeyList {
        var list = Microchat_SyncKeyList()
        list.count = UInt32(clamping: entries.count)
        list.entries = entries.map { entry in
            var message = Microchat_SyncKeyEntry()
            message.kind = entry.kind
            message.value = entry.value
            return message
        }
        return list
    }
}
