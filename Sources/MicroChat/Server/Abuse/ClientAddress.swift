import Glibc
import NIOCore

/// Where a client comes from, as far as limits go: an IPv4 address, or the 64 bits of an IPv6 address that a provider
/// gives to one customer.
struct ClientAddress: Hashable, Sendable, CustomStringConvertible {
    /// Four bytes, or eight, or none: a socket of this machine.
    private let network: [UInt8]

    /// Whether it is this machine.
    let isLocal: Bool

    init(_ address: SocketAddress?) {
        let text = address?.ipAddress ?? ""
        let mappedPrefix = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
        if let bytes = Self.bytes(of: text, AF_INET, count: 4) {
            self.init(IPv4: bytes)
        } else if let bytes = Self.bytes(of: text, AF_INET6, count: 16) {
            if bytes.starts(with: mappedPrefix) {
                // An IPv4 client of a socket that serves both.
                self.init(IPv4: Array(bytes.dropFirst(mappedPrefix.count)))
            } else {
                self.init(
                    network: Array(bytes.prefix(8)), isLocal: bytes == [UInt8](repeating: 0, count: 15) + [1])
            }
        } else {
            self.init(network: [], isLocal: true)
        }
    }

    private init(IPv4 bytes: [UInt8]) { self.init(network: bytes, isLocal: bytes.first == 127) }

    private init(network: [UInt8], isLocal: Bool) {
        self.network = network
        self.isLocal = isLocal
    }

    private static func bytes(of text: String, _ family: Int32, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }

    /// For logs.
    var description: String {
        switch network.count {
        case 4: network.map { String($0) }.joined(separator: ".")
        case 8:
            stride(from: 0, to: 8, by: 2).map { index in
                String(UInt16(network[index]) << 8 | UInt16(network[index + 1]), radix: 16)
            }.joined(separator: ":") + "::/64"
        default: "this machine"
        }
    }
}
