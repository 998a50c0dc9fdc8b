import Foundation
import MicroChatWire

/// What the hosts of the two links are called, by clients that find addresses by name.
package struct HostNames: Hashable, Sendable {
    package var long: String
    package var short: String

    package init(long: String = "long.chat.example", short: String = "short.chat.example") {
        self.long = long
        self.short = short
    }
}

/// Where logins are sent instead (MicroChat wire protocol, section 3.3).
package struct Redirect: Hashable, Sendable {
    /// IP addresses and ports of the other long link.
    package var longLinks: [ServerConfiguration.Address]
    /// IP addresses and ports of the other short link.
    package var shortLinks: [ServerConfiguration.Address]
    /// Whether a login is refused with −301; else it succeeds, and the addresses are for the next one.
    package var refusesLogins: Bool

    package init(
        longLinks: [ServerConfiguration.Address], shortLinks: [ServerConfiguration.Address],
        refusesLogins: Bool = true
    ) {
        self.longLinks = longLinks
        self.shortLinks = shortLinks
        self.refusesLogins = refusesLogins
    }

    /// What a login answer carries. A host keeps its name and gets other addresses.
    func section(_ configuration: ServerConfiguration) -> Microchat_NetworkSection {
        let names = configuration.names
        var section = Microchat_NetworkSection()
        // A client that was given an address instead of a name looks for that.
        section.redirects.entries = [
            .init(from: names.long, to: names.long), .init(from: configuration.longLink.host, to: names.long),
            .init(from: names.short, to: names.short),
            .init(from: configuration.shortLink.host, to: names.short),
        ]
        section.redirects.count = UInt32(clamping: section.redirects.entries.count)
        section.pool.longEntries = longLinks.map { .init($0, host: names.long) }
        section.pool.shortEntries = shortLinks.map { .init($0, host: names.short) }
        section.pool.longCount = UInt32(clamping: longLinks.count)
        section.pool.shortCount = UInt32(clamping: shortLinks.count)
        return section
    }
}

extension Microchat_HostRedirect {
    fileprivate init(from original: String, to substitute: String) {
        self.init()
        self.original = original
        self.substitute = substitute
    }
}

extension Microchat_AddressEntry {
    fileprivate init(_ address: ServerConfiguration.Address, host: String) {
        self.init()
        ip = Data(address.host.utf8)
        port = UInt32(clamping: address.port)
        self.host = Data(host.utf8)
    }
}
