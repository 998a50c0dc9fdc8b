import BotKit
import Foundation
import MicroChatWire

/// Where a login answer has sent a link (MicroChat wire protocol, section 3.3).
struct AddressPool: Hashable, Sendable, Codable {
    /// The host's new name.
    var name: String
    /// At least one.
    var addresses: [HostAddress]

    /// More are passed over.
    private static let most = 16

    /// The pool for a link; nil if the answer has none for its hosts, and the old one stays.
    ///
    /// - Parameter names: what the link's hosts are called; if nobody knows, the names themselves must say it.
    init?(_ section: Microchat_NetworkSection, for link: LinkKind, hosts names: Set<String>) {
        let names = Set(names.map { $0.lowercased() })
        let knowsNames = names.contains { !HostAddress(host: $0).isIPAddress }
        let substitutes = section.redirects.entries.prefix(64).compactMap { redirect -> String? in
            let original = Self.text(Data(redirect.original.utf8)).lowercased()
            guard names.contains(original) || !knowsNames && LinkKind(hostName: original) == link else {
                return nil
            }
            return Self.text(Data(redirect.substitute.utf8))
        }
        let entries = link == .long ? section.pool.longEntries : section.pool.shortEntries
        let matching = entries.prefix(256).filter { entry in
            substitutes.contains { $0.lowercased() == Self.text(entry.host).lowercased() }
        }
        var addresses: [HostAddress] = []
        for entry in matching where addresses.count < Self.most {
            // No port, or port 0: the usual ones.
            let port = entry.port == 0 ? nil : Int(entry.port)
            let address = HostAddress(host: Self.text(entry.ip), port: port)
            let isUsable = address.isIPAddress && (port ?? 1) <= 65_535
            if isUsable, !addresses.contains(address) { addresses.append(address) }
        }
        guard let name = matching.first.map({ Self.text($0.host) }), !addresses.isEmpty else { return nil }
        self.name = name
        self.addresses = addresses
    }

    /// A text that may be padded with NULs.
    private static func text(_ bytes: Data) -> String {
        String(decoding: bytes.prefix { $0 != 0 }.prefix(255), as: UTF8.self)
    }
}
