import Glibc

/// An IP address, without a port.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// Four bytes or sixteen, in network order.
    package let bytes: [UInt8]

    /// Four bytes or sixteen; nil for another number.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Reads `192.0.2.1` or `2001:db8::1`; nil for anything else, names and brackets and zones among it.
    package init?(_ text: String) {
        var bytes = [UInt8](repeating: 0, count: 16)
        if unsafe inet_pton(AF_INET6, text, &bytes) == 1 {
            self.bytes = bytes
        } else if unsafe inet_pton(AF_INET, text, &bytes) == 1 {
            self.bytes = Array(bytes.prefix(4))
        } else {
            return nil
        }
    }

    /// The usual way to write it.
    package var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard unsafe inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The IPv4 address that an IPv6 one stands for: mapped (`::ffff:0:0/96`), or through a translator (`64:ff9b::/96`).
    var embeddedIPv4: IPAddress? {
        let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
        let translated: [UInt8] = [0, 0x64, 0xFF, 0x9B] + [UInt8](repeating: 0, count: 8)
        guard bytes.count == 16, bytes.starts(with: mapped) || bytes.starts(with: translated) else {
            return nil
        }
        return IPAddress(bytes: Array(bytes.suffix(4)))
    }

    /// Whether its first `length` bits are those of `network`.
    func isWithin(_ network: IPAddress, length: Int) -> Bool {
        guard bytes.count == network.bytes.count else { return false }
        return zip(bytes, network.bytes).enumerated().allSatisfy { index, pair in
            let bits = min(max(length - index * 8, 0), 8)
            return bits == 0 || (pair.0 ^ pair.1) >> (8 - UInt8(bits)) == 0
        }
    }
}
