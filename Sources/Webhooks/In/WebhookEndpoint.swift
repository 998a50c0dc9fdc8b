/// One of the bot's webhooks: what may be called, by whom, and what they are told.
package struct WebhookEndpoint: Hashable, Sendable {
    /// Who may call.
    package enum Access: Hashable, Sendable {
        /// Whoever proves to know this secret.
        case secret(WebhookSecret)
        /// Everybody.
        case open
    }

    /// What is called, such as `/ci`: compared byte by byte with what callers write before the `?`.
    package let path: String
    /// In capitals.
    package let method: String
    /// Who may call.
    package let access: Access
    /// The status of HTTP that says "taken".
    package let status: Int

    /// An endpoint.
    ///
    /// - Parameters:
    ///   - path: begins with `/`, at most 256 visible ASCII characters without `?` and `#`.
    ///   - method: `POST` or another that may have a body, or `GET`.
    ///   - status: 200 to 299.
    package init(
        path: String, method: String = "POST", access: Access, status: Int = 202
    ) throws(WebhookMistake) {
        let visible = path.utf8.allSatisfy {
            (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#")
        }
        guard path.hasPrefix("/"), path.utf8.count <= 256, visible else {
            throw WebhookMistake(
                "The path \"\(path)\" should begin with / and hold at most 256 visible characters of ASCII, "
                    + "without ? and #.")
        }
        guard Self.methods.contains(method) else {
            throw WebhookMistake(
                "The method \"\(method)\" should be one of \(Self.methods.joined(separator: ", ")).")
        }
        guard (200...299).contains(status) else {
            throw WebhookMistake("The status \(status) should be between 200 and 299.")
        }
        self.path = path
        self.method = method
        self.access = access
        self.status = status
    }

    static let methods = ["DELETE", "GET", "PATCH", "POST", "PUT"]
}
