import Dispatch
import Glibc

/// Ordinary DNS: the addresses of a host, best first, as the system says.
enum HostLookup {
    /// Looks a name up; empty if it is not known, or not in time.
    static func addresses(of name: String, within limit: Duration) async -> [String] {
        // The system's call blocks and can't be called off, so nobody waits for it to return.
        let (answers, answer) = AsyncStream.makeStream(of: [String].self)
        DispatchQueue.global().async {
            answer.yield(ask(name))
            answer.finish()
        }
        return await withTaskGroup(of: [String].self) { group in
            group.addTask {
                for await addresses in answers { return addresses }
                return []
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                return []
            }
            defer { group.cancelAll() }
            return await group.next() ?? []
        }
    }

    private static func ask(_ name: String) -> [String] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, nil, &hints, &first) == 0 else { return [] }
        defer { freeaddrinfo(first) }
        var addresses: [String] = []
        var next = first
        while let info = next?.pointee, addresses.count < 16 {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let result = getnameinfo(
                info.ai_addr, info.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            let address = String(
                decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            if result == 0, !addresses.contains(address) { addresses.append(address) }
            next = info.ai_next
        }
        return addresses
    }
}
