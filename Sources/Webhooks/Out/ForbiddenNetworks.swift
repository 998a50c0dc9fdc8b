/// Where a webhook does not reach unless its owner says so: this machine, the networks around it, and what hosting
/// providers serve their machines' secrets from. Otherwise whoever controls a name in the DNS could make the bot call
/// what only it can reach.
package enum ForbiddenNetworks {
    /// What kind of address it is, if it is forbidden.
    package static func kind(of address: IPAddress) -> String? {
        if let inner = address.embeddedIPv4 { return kind(of: inner) }
        for (network, length, kind) in networks where address.isWithin(network, length: length) {
            return kind
        }
        // What is not handed out to anybody (RFC 4291, section 2.4) is no public address.
        if address.bytes.count == 16, address.bytes[0] >> 5 != 1 { return "a reserved address" }
        return nil
    }

    /// IANA's registries of special-purpose addresses, and one that a large hosting provider gives to its own service though it looks public.
    private static let networks = [
        ("0.0.0.0", 8, "the unspecified address"),
        ("10.0.0.0", 8, "a private address"),
        ("100.64.0.0", 10, "an address of a provider's own network"),
        ("127.0.0.0", 8, "this machine"),
        ("168.63.129.16", 32, "a hosting provider's own service"),
        ("169.254.0.0", 16, "a link-local address"),
        ("172.16.0.0", 12, "a private address"),
        ("192.0.0.0", 24, "a reserved address"),
        ("192.0.2.0", 24, "an address for documentation"),
        ("192.88.99.0", 24, "a reserved address"),
        ("192.168.0.0", 16, "a private address"),
        ("198.18.0.0", 15, "an address for measurements"),
        ("198.51.100.0", 24, "an address for documentation"),
        ("203.0.113.0", 24, "an address for documentation"),
        ("224.0.0.0", 4, "a multicast address"),
        ("240.0.0.0", 4, "a reserved address"),
        ("::", 128, "the unspecified address"),
        ("::1", 128, "this machine"),
        ("64:ff9b:1::", 48, "a private address"),
        ("2001::", 23, "a reserved address"),
        ("2001:db8::", 32, "an address for documentation"),
        ("2002::", 16, "an address that stands for another one"),
        ("3fff::", 20, "an address for documentation"),
        ("fc00::", 7, "a private address"),
        ("fe80::", 10, "a link-local address"),
        ("fec0::", 10, "a private address"),
        ("ff00::", 8, "a multicast address"),
    ].compactMap { text, length, kind in IPAddress(text).map { ($0, length, kind) } }
}
