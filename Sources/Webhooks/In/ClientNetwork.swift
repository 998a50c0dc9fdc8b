import NIOCore

/// Where a client comes from, as far as limits go: an IPv4 address, or the 64 bits of an IPv6 address that a provider
/// gives to one customer.
struct ClientNetwork: Hashable, Sendable, CustomStringConvertible {
    let description: String

    init(_ address: SocketAddress?) {
        guard let text = address?.ipAddress, let ip = IPAddress(text) else {
            description = "unknown"
            return
        }
        if let inner = ip.embeddedIPv4 ?? (ip.bytes.count == 4 ? ip : nil) {
            description = inner.description
        } else {
            let network = IPAddress(bytes: Array(ip.bytes.prefix(8)) + [UInt8](repeating: 0, count: 8))
            description = "\(network?.description ?? "unknown")/64"
        }
    }
}
