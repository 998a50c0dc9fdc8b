import MicroChatWire
import NIOCore

/// Tells clients where the links are (MicroChat wire protocol, section 3.1).
struct NameService: Sendable {
    let names: HostNames
    /// Where the long link listens.
    let longLink: SocketAddress
    /// Where the short link listens; nil if that is where it is asked.
    let shortLink: SocketAddress?

    /// The list for whoever asks on a connection.
    ///
    /// A link that listens on every address is, for them, where they have reached this machine.
    func list(for channel: any Channel) -> AddressList {
        func addresses(of link: SocketAddress?) -> [AddressList.Address] {
            guard let asked = channel.localAddress, let link = Optional(link ?? asked), let port = link.port,
                let ip = link.isUnspecified ? asked.ipAddress : link.ipAddress
            else { return [] }
            return [AddressList.Address(ip: Self.plain(ip), port: port)]
        }
        return AddressList(domains: [
            .init(name: names.long, timeout: 600, link: .long, addresses: addresses(of: longLink)),
            .init(name: names.short, timeout: 600, link: .short, addresses: addresses(of: shortLink)),
        ])
    }

    /// How a socket for both families shows an IPv4 address: `::ffff:127.0.0.1`.
    private static func plain(_ ip: String) -> String {
        ip.hasPrefix("::ffff:") && ip.contains(".") ? String(ip.dropFirst(7)) : ip
    }
}

extension SocketAddress {
    fileprivate var isUnspecified: Bool { ipAddress == "0.0.0.0" || ipAddress == "::" }
}
