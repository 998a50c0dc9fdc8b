/// Something in the description of a webhook that cannot be.
package struct WebhookMistake: Error, Hashable, Sendable, CustomStringConvertible {
    /// What a person should read.
    package let description: String

    init(_ description: String) { self.description = description }
}
