import BotKit
import Foundation

extension Reading {
    /// How the links to a server are protected. Without TLS nothing leaves this machine unless the file says so.
    ///
    /// - Parameter hosts: where the server is.
    func tls(_ fields: Fields, for hosts: [String], through proxy: ProxySettings?) -> TLSChoice? {
        if let node = fields["tls"] { return tls(node) }
        let ways = proxy.map { [$0.endpoint.host] } ?? []
        guard !fields.mentions("tls"),
            let far = (hosts + ways).first(where: { !Endpoint(host: $0, port: 1).isLoopback })
        else {
            return .off
        }
        error(
            """
            \(far) is not this machine: add tls: on, tls: pin:SHA256 of the server's certificate, or tls: off if \
            everybody on the way may read along
            """, at: fields.node.position)
        return nil
    }

    private func tls(_ node: Node) -> TLSChoice? {
        guard let text = text(node) else { return nil }
        switch text {
        case "off": return .off
        case "on": return .on
        default: break
        }
        guard text.hasPrefix("pin:") else {
            error("\(quoted(text)) is not possible here, expected on, off or pin:SHA256", at: node.position)
            return nil
        }
        let digits = text.dropFirst(4).filter { $0 != ":" }
        let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap { offset in
            let start = digits.index(digits.startIndex, offsetBy: offset)
            return UInt8(digits[start...].prefix(2), radix: 16)
        }
        if digits.count == 64, digits.allSatisfy({ $0.isASCII && $0.isHexDigit }), bytes.count == 32 {
            return .pin(bytes)
        }
        error(
            "\(quoted(text)) is no pin, expected pin: and the SHA-256 of the certificate in 64 hex digits",
            at: node.position)
        return nil
    }

    /// The proxy of an account, if it has one. What is wrong with it is said without showing it: a password may be in it.
    func proxy(of fields: Fields) -> ProxySettings? {
        guard let node = fields["proxy"], !node.isBlank else { return nil }
        if fields["server"] == nil || fields["server"]?.isWord("embedded") == true {
            error(
                "the embedded server needs no proxy, only a server elsewhere does", at: node.position,
                showsLine: false)
            return nil
        }
        guard let secret = secretText(node) else { return nil }
        if let proxy = ProxySettings(url: secret.value) { return proxy }
        error(
            "this is no proxy, expected http://host:port or socks5://host:port, with user:password@ before the host if need be",
            at: node.position, showsLine: false)
        return nil
    }
}

extension Node {
    fileprivate func isWord(_ word: String) -> Bool {
        if case .scalar(let scalar) = content { scalar.text == word } else { false }
    }
}

extension ProxySettings {
    /// Reads `KIND://[USER:PASSWORD@]HOST:PORT`. What in user and password would mean something else is written as
    /// `%` and two hex digits.
    fileprivate init?(url: String) {
        guard let separator = url.firstRange(of: "://"),
            let kind = Kind(rawValue: String(url[..<separator.lowerBound]))
        else { return nil }
        var rest = url[separator.upperBound...]
        if rest.last == "/" { rest = rest.dropLast() }
        var user: String?
        var password: Secret?
        if let at = rest.lastIndex(of: "@") {
            let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                .map { String($0).removingPercentEncoding }
            // Either is at most as long as SOCKS can say; HTTP has no colon in a user.
            guard parts.count == 2, let first = parts[0], let second = parts[1],
                (1...255).contains(first.utf8.count), (1...255).contains(second.utf8.count),
                !first.contains(":")
            else { return nil }
            (user, password) = (first, Secret(second))
            rest = rest[rest.index(after: at)...]
        }
        guard let endpoint = Endpoint(hostAndPort: rest) else { return nil }
        self.init(kind: kind, endpoint: endpoint, user: user, password: password)
    }
}
