/// One of the two transports, where it matters which addresses are meant (MicroChat wire protocol, section 2).
package enum LinkKind: String, Hashable, Sendable, CaseIterable, Codable {
    case long
    case short

    /// The ports to try of an address that names none, in this order (sections 2.1 and 2.2).
    package var usualPorts: [Int] {
        switch self {
        case .long: [8080, 443, 80]
        case .short: [80]
        }
    }

    /// What a host is by its name, as every known operator names them: `long.chat.example`, `short2.chat.example`.
    package init?(hostName: String) {
        let name = hostName.lowercased()
        guard let kind = Self.allCases.first(where: { name.hasPrefix($0.rawValue) }) else { return nil }
        self = kind
    }
}
