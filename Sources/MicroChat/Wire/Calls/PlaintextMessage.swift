package import SwiftProtobuf

/// The one place where plaintexts become protobuf messages and the reverse, so that the wire has one kind of error.
extension Message {
    /// Reads a message. Unknown fields are kept, missing ones read as 0 or empty (MicroChat wire protocol, section 16).
    ///
    /// A message of more than 20,000 fields is refused: two bytes can announce an element that takes a hundred to hold.
    package init(plaintext: [UInt8]) throws(WireError) {
        guard FieldCount.isAtMost(20_000, in: plaintext) else { throw .message }
        do {
            try self.init(serializedBytes: plaintext)
        } catch {
            throw .message
        }
    }

    /// The message's bytes.
    package func plaintext() throws(WireError) -> [UInt8] {
        do {
            return try serializedBytes()
        } catch {
            throw .message
        }
    }
}
