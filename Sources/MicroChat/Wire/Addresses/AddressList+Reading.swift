extension AddressList {
    /// Hosts, and addresses of one host, beyond this many are passed over.
    private static let most = 64
    /// A host without a usable `timeout` may be used this long.
    private static let usualTimeout = 600

    /// Reads a name service's answer. Elements and attributes that mean nothing here are passed over, and so is an
    /// address that is none.
    ///
    /// - Throws: if the text is no such list, or its `retcode` says that it can't be used.
    package init(xml bytes: [UInt8]) throws(WireError) {
        guard bytes.count <= Self.maximumLength, let text = String(validating: bytes, as: UTF8.self) else {
            throw .addressList
        }
        self.init(domains: [])
        var markup = Markup(text)
        var path: [String] = []
        var address = Address(ip: "")
        var code = ""
        while let token = try markup.next() {
            switch token {
            case .start(let name, let attributes):
                path.append(name)
                guard path.count <= 16 else { throw .addressList }
                switch path {
                case ["dns", "domainlist", "domain"]: add(attributes)
                case ["dns", "domainlist", "domain", "ip"]: address = Address(attributes)
                default: break
                }
            case .text(let piece):
                switch path {
                case ["dns", "retcode"]: code += piece
                case ["dns", "domainlist", "domain", "ip"]: address.ip += piece
                default: break
                }
            case .end(let name):
                if path == ["dns", "domainlist", "domain", "ip"] { add(address) }
                guard path.popLast() == name else { throw .addressList }
            }
        }
        guard path.isEmpty, code.trimmed.isEmpty || Int(code.trimmed) == 0 else { throw .addressList }
        domains.removeAll { $0.name.isEmpty }
        for index in domains.indices {
            let addresses = domains[index].addresses
            domains[index].addresses = addresses.filter { !$0.isMinor } + addresses.filter(\.isMinor)
        }
    }

    private mutating func add(_ attributes: [String: String]) {
        let timeout = attributes["timeout"].flatMap { Int($0.trimmed) } ?? Self.usualTimeout
        domains.append(
            Domain(
                name: domains.count < Self.most ? attributes["name"]?.trimmed ?? "" : "",
                timeout: timeout > 0 ? timeout : Self.usualTimeout,
                link: attributes["link"].flatMap { LinkKind(rawValue: $0) }, addresses: []))
    }

    private mutating func add(_ address: Address) {
        guard let last = domains.indices.last, domains[last].addresses.count < Self.most else { return }
        var address = address
        address.ip = address.ip.trimmed
        if !address.ip.isEmpty { domains[last].addresses.append(address) }
    }
}

extension AddressList.Address {
    fileprivate init(_ attributes: [String: String]) {
        let port = attributes["port"].flatMap { Int($0.trimmed) }
        self.init(
            ip: "", port: port.flatMap { (1...65_535).contains($0) ? $0 : nil },
            isMinor: attributes["property"]?.trimmed == "minor")
    }
}

extension StringProtocol {
    /// Without blanks at the ends.
    fileprivate var trimmed: String {
        let start = drop(while: \.isWhitespace)
        return String(
            start[..<(start.lastIndex { !$0.isWhitespace }.map(start.index(after:)) ?? start.startIndex)])
    }
}
