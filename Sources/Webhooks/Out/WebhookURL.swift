/// The address of somebody else's webhook, read so strictly that nobody after us can read it otherwise: what is checked
/// and what is connected to are the same.
package struct WebhookURL: Hashable, Sendable {
    /// Whether it is `https`.
    package let isSecure: Bool
    /// A name in lower case, or an IP address, IPv6 without brackets.
    package let host: String
    /// A TCP port.
    package let port: Int
    /// Path and query, beginning with `/`.
    package let target: String

    /// Reads `https://host:port/path?query`.
    ///
    /// - Throws: if it is anything else, such as one with a user name in it.
    package init(_ text: String) throws(WebhookMistake) {
        // What may hold a token is not repeated in a message.
        guard text.utf8.count <= 2048, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x5C })
        else {
            throw WebhookMistake(
                "A webhook's address should hold at most 2048 visible characters of ASCII; write others "
                    + "percent-encoded, and a name of other letters as xn--….")
        }
        guard let colon = text.firstRange(of: "://") else {
            throw WebhookMistake("A webhook's address should begin with https://.")
        }
        switch text[..<colon.lowerBound].lowercased() {
        case "https": isSecure = true
        case "http": isSecure = false
        default: throw WebhookMistake("A webhook's address should begin with https:// or http://.")
        }
        let rest = text[colon.upperBound...].prefix { $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else {
            throw WebhookMistake(
                "A webhook's address should hold no user name or password; use `headers` for those.")
        }
        guard let (host, port) = Self.read(authority) else {
            throw WebhookMistake("\"\(authority)\" is no host, or host:port, of a webhook.")
        }
        self.host = host
        self.port = port ?? (isSecure ? 443 : 80)
        let target = rest[authority.endIndex...]
        self.target = target.hasPrefix("/") ? String(target) : "/" + target
    }

    /// As it is asked for: with a port only if it is no usual one.
    var url: String {
        let name = host.contains(":") ? "[\(host)]" : host
        let port = port == (isSecure ? 443 : 80) ? "" : ":\(port)"
        return "\(isSecure ? "https" : "http")://\(name)\(port)\(target)"
    }

    private static func read(_ authority: Substring) -> (host: String, port: Int?)? {
        var host = authority
        var port: Int?
        if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
            let digits = authority[authority.index(after: colon)...]
            guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int(digits), (1...65_535).contains(number)
            else { return nil }
            port = number
            host = authority[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            let address = IPAddress(String(host.dropFirst().dropLast()))
            return address.flatMap { $0.bytes.count == 16 ? ($0.description, port) : nil }
        }
        let isName = host.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
        }
        guard isName, (1...253).contains(host.utf8.count) else { return nil }
        return (host.lowercased(), port)
    }
}
