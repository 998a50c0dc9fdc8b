import Dispatch
import Glibc

/// Finds the addresses of a host.
package protocol HostResolver: Sendable {
    /// The addresses, best first; empty if the name is not known. Returns early, with nothing, when it is cancelled.
    func addresses(of host: String) async -> [IPAddress]
}

/// The system's own resolver, `/etc/hosts` and DNS.
package struct SystemResolver: HostResolver {
    /// The system's own resolver.
    package init() {}

    /// Asks the system.
    package func addresses(of host: String) async -> [IPAddress] {
        // The system's call blocks and can't be called off, so whoever is cancelled doesn't wait for it to return.
        let (answers, answer) = AsyncStream.makeStream(of: [IPAddress].self)
        DispatchQueue.global().async {
            answer.yield(Self.ask(host))
            answer.finish()
        }
        for await addresses in answers { return addresses }
        return []
    }

    private static func ask(_ host: String) -> [IPAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, nil, &hints, &first) == 0 else { return [] }
        defer { unsafe freeaddrinfo(first) }
        var addresses: [IPAddress] = []
        var next = unsafe first
        while let info = unsafe next?.pointee, addresses.count < 16 {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let result = unsafe getnameinfo(
                info.ai_addr, info.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            let name = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            if result == 0, let address = IPAddress(name), !addresses.contains(address) {
                addresses.append(address)
            }
            unsafe next = unsafe info.ai_next
        }
        return addresses
    }
}
