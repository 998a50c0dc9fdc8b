package import SwiftProtobuf

/// The one place where plaintexts become protobuf messages and the reverse, so that the wire has one kind of error.
extension Message {
    /// Reads a message. Unknown fields are kept, missing ones read as 0 or empty (MicroChat wire protocol, section 16).
    package init(plaintext: [UInt8]) throws(WireError) {
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
