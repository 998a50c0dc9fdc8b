import Glibc

/// Where something listens, as far as people say: a host, and perhaps a port.
public struct HostAddress: Hashable, Sendable, CustomStringConvertible, Codable {
    /// A name or an IP address, IPv6 without brackets.
    public var host: String
    /// A TCP port; nil for the usual ones.
    public var port: Int?

    /// A host, and perhaps a port.
    public init(host: String, port: Int? = nil) {
        self.host = host
        self.port = port
    }

    /// A host and a port.
    public init(_ endpoint: Endpoint) { self.init(host: endpoint.host, port: endpoint.port) }

    /// Reads `host`, `host:port`, `[IPv6]`, `[IPv6]:port`, or an IPv6 address without a port. Nil if it is none.
    public init?(_ text: String) {
        if Self.isIPAddress(text) {
            self.init(host: text)
            return
        }
        var host = text[...]
        var port: Int?
        // The colons of an IPv6 address are within brackets.
        if let colon = text.lastIndex(of: ":"), !text[colon...].contains("]") {
            let digits = text[text.index(after: colon)...]
            guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int(digits), (1...65_535).contains(number)
            else { return nil }
            port = number
            host = text[..<colon]
        }
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = host.dropFirst().dropLast() }
        let isIP = Self.isIPAddress(String(host))
        guard !host.isEmpty, host.utf8.count <= 255, isIP || Self.couldBeName(host) else { return nil }
        guard isIP ? isBracketed == host.contains(":") : !isBracketed else { return nil }
        self.init(host: String(host), port: port)
    }

    /// Whether the host is an IP address, and not a name to look up.
    public var isIPAddress: Bool { Self.isIPAddress(host) }

    /// As in a URL, without the port if there is none.
    public var description: String {
        if let port { return Endpoint(host: host, port: port).description }
        return host.contains(":") ? "[\(host)]" : host
    }

    private static func couldBeName(_ text: Substring) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            scalar.value > 0x20 && scalar.value != 0x7F && !scalar.properties.isWhitespace
                && !"/:[]@?#\\".unicodeScalars.contains(scalar)
        }
    }

    private static func isIPAddress(_ text: String) -> Bool {
        var address = in6_addr()
        return unsafe inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1
    }
}

/// A page of an HTTP server.
public struct HTTPAddress: Hashable, Sendable, CustomStringConvertible {
    /// Where the server listens.
    public var endpoint: Endpoint
    /// What is asked of it, with its query if it has one.
    public var path: String

    /// A page of an HTTP server.
    public init(endpoint: Endpoint, path: String) {
        self.endpoint = endpoint
        self.path = path
    }

    /// Reads `http://host:port/path`, or `host:port`. Nil if it is none.
    ///
    /// - Parameter path: what is meant if the text names no path.
    public init?(_ text: String, path usual: String) {
        var rest = text[...]
        if let scheme = rest.firstRange(of: "://") {
            guard rest[..<scheme.lowerBound].lowercased() == "http" else { return nil }
            rest = rest[scheme.upperBound...]
        }
        let host = rest.prefix { $0 != "/" && $0 != "?" }
        let path = rest[host.endIndex...]
        guard let address = HostAddress(String(host)),
            path.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") })
        else { return nil }
        endpoint = Endpoint(host: address.host, port: address.port ?? 80)
        self.path = path.isEmpty || path == "/" ? usual : path.hasPrefix("/") ? String(path) : usual + path
    }

    /// As a URL.
    public var description: String { "http://\(endpoint)\(path)" }
}
