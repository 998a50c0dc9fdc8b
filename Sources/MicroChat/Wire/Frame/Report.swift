package import NIOCore

/// The body of the frame with which a client says what it has stored: neither packet nor encrypted
/// (MicroChat wire protocol, section 12).
package struct Report: Hashable, Sendable {
    /// Time since the last newsync; any value will do.
    package var microseconds: UInt32
    /// Everything up to here is stored.
    package var key: SyncKey

    /// A report.
    package init(microseconds: UInt32 = 0xFF, key: SyncKey) {
        self.microseconds = microseconds
        self.key = key
    }

    /// Reads a body.
    package init(body: ByteBuffer) throws(WireError) {
        var body = body
        guard let (microseconds, length) = body.readMultipleIntegers(as: (UInt32, UInt32).self),
            let count = Int(exactly: length), let list = body.readBytes(length: count)
        else { throw .syncKey }
        self.microseconds = microseconds
        key = try SyncKey(list: list)
    }

    /// The body.
    package func body() throws(WireError) -> ByteBuffer {
        let list = try key.list()
        guard let length = UInt32(exactly: list.count) else { throw .tooLarge }
        var body = ByteBuffer()
        body.writeMultipleIntegers(microseconds, length)
        body.writeBytes(list)
        return body
    }
}
