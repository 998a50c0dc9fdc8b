/// What a caller and the called both know, and nobody else. It never prints itself.
package struct WebhookSecret: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// The UTF-8 of what the owner wrote.
    let bytes: [UInt8]

    /// A secret. Nil if there is nothing in it, which would let everybody in, or more than 4096 bytes.
    package init?(_ text: String) {
        bytes = Array(text.utf8)
        guard (1...4096).contains(bytes.count) else { return nil }
    }

    /// Says nothing.
    package var description: String { "redacted" }
    /// Shows nothing.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
