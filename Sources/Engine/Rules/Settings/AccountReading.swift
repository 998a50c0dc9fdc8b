import BotKit
import Store

extension Reading {
    /// The file's accounts; the default one if it names none.
    ///
    /// - Parameter timezone: whose midnight begins a day.
    func accounts(_ node: Node?, limits: LimitChanges, timezone: String) -> [AccountSettings] {
        guard let node, !node.isBlank else {
            return [.only(limits: limits.applied(to: .embedded).within(timezone))]
        }
        var seen: Set<AccountID> = []
        return list(node).compactMap { item in
            guard let fields = Fields(item, .account, in: self) else { return nil }
            let settings = account(fields, limits: limits, timezone: timezone)
            if let settings, let id = fields["id"], !seen.insert(settings.id).inserted {
                error("there is another account with the id '\(settings.id)' above", at: id.position)
            }
            return settings
        }
    }

    private func account(
        _ fields: Fields, limits: LimitChanges, timezone: String
    ) -> AccountSettings? {
        let id = fields.required("id").flatMap(identifier)
        if let network = fields["network"] { _ = choice(network, of: ["microchat"]) }
        let proxy = proxy(of: fields)
        let server = fields["server"].map { self.server($0, through: proxy) } ?? .embedded
        let user = fields["user"].map { text($0) } ?? id
        let password = fields["password"].flatMap(secretText)
        let changes = LimitChanges(fields["limits"], in: self)
        let device = DeviceSettings(fields["device"], in: self)
        guard let id, let user, let server else { return nil }
        let base: SendLimits = server == .embedded ? .embedded : .elsewhere
        return AccountSettings(
            id: AccountID(id), user: user, password: password, server: server, device: device,
            limits: changes.applied(to: limits.applied(to: base)).within(timezone), proxy: proxy)
    }

    /// An id that state may hang on: `[a-z0-9-]{1,64}`.
    func identifier(_ node: Node) -> String? {
        guard let text = text(node) else { return nil }
        let isID =
            text.utf8.count <= 64
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
            }
        if isID { return text }
        error(
            "\(quoted(text)) cannot be an id, expected up to 64 of a to z, 0 to 9 and -", at: node.position)
        return nil
    }

    private func server(_ node: Node, through proxy: ProxySettings?) -> ServerChoice? {
        if case .scalar(let scalar) = node.content {
            if scalar.text == "embedded" { return .embedded }
            error(
                "\(quoted(scalar.text)) is no server, expected embedded or a map with name_service or long_link",
                at: node.position)
            return nil
        }
        guard let fields = Fields(node, .server, in: self) else { return nil }
        let nameService = fields["name_service"].map { httpAddress($0) }
        // A name service knows the hosts too.
        let isTold = fields.mentions("name_service")
        let longLinks = addresses(isTold ? fields["long_link"] : fields.required("long_link"))
        let shortLinks = addresses(isTold ? fields["short_link"] : fields.required("short_link"))
        let backup = fields["backup"].flatMap { Fields($0, .backup, in: self) }
        let longBackups = addresses(backup?["long_link"])
        let shortBackups = addresses(backup?["short_link"])
        let path = fields.required("login_key").flatMap(text)
        let version = fields.required("login_key_version").flatMap { count($0, in: 1...255) }
        var hosts = (longLinks + shortLinks + longBackups + shortBackups).map(\.host)
        // Where a name service leads is not known here; it is taken for a neighbour of what it names.
        if let nameService = nameService ?? nil { hosts.append(nameService.endpoint.host) }
        let tls = tls(fields, for: hosts, through: proxy)
        guard let path, let version, let tls else { return nil }
        return .external(
            ExternalServer(
                nameService: nameService ?? nil, longLinks: longLinks, shortLinks: shortLinks,
                longBackups: longBackups, shortBackups: shortBackups, loginKeyPath: path,
                loginKeyVersion: UInt8(clamping: version), tls: tls))
    }

    private func httpAddress(_ node: Node) -> HTTPAddress? {
        guard let text = text(node) else { return nil }
        // What the protocol says of every name service; a URL may say otherwise.
        if let address = HTTPAddress(text, path: "/cgi-bin/micromsg-bin/newgetdns") { return address }
        error(
            "\(quoted(text)) is not a name service, expected host:port or http://host:port/path",
            at: node.position)
        return nil
    }

    private func addresses(_ node: Node?) -> [HostAddress] {
        guard let node else { return [] }
        let items = list(node)
        if items.isEmpty { error("expected at least one host:port", at: node.position) }
        return items.compactMap { item in
            guard let text = text(item) else { return nil }
            if let address = HostAddress(text) { return address }
            error("\(quoted(text)) is not a server, expected host:port or host", at: item.position)
            return nil
        }
    }
}

extension SendLimits {
    /// The same, whose days begin at midnight there.
    fileprivate func within(_ timezone: String) -> SendLimits {
        var limits = self
        limits.timezone = timezone
        return limits
    }
}

extension DeviceSettings {
    init(_ node: Node?, in reading: Reading) {
        guard let node, !node.isBlank, let fields = Fields(node, .device, in: reading) else { return }
        name = fields["name"].flatMap(reading.text)
        kind = fields["kind"].flatMap(reading.text)
        language = fields["language"].flatMap(reading.text)
        timezone = fields["timezone"].flatMap(reading.text)
    }
}

extension Endpoint {
    /// Reads `host:port`; IPv6 stands in brackets.
    init?(hostAndPort text: some StringProtocol) {
        guard let colon = text.lastIndex(of: ":"), let port = wholeNumber(text[text.index(after: colon)...]),
            (1...65_535).contains(port)
        else { return nil }
        var host = text[..<colon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]") && host.count > 2
        if isBracketed { host = host.dropFirst().dropLast() }
        let isHost =
            !host.isEmpty && !host.contains { $0.isWhitespace || $0 == "/" || $0 == "[" || $0 == "]" }
        guard isHost, isBracketed || !host.contains(":") else { return nil }
        self.init(host: String(host), port: port)
    }
}
