import BotKit
import Glibc

/// A port of this machine where nobody listens, until somebody does.
final class Doorway: Sendable {
    let endpoint: Endpoint
    private let descriptor: Int32

    struct Failure: Error {}

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) | getsockname(descriptor, address, &length)
            }
        }
        guard result == 0 else {
            close(descriptor)
            throw Failure()
        }
        self.descriptor = descriptor
        endpoint = Endpoint(host: "127.0.0.1", port: Int(UInt16(bigEndian: address.sin_port)))
    }

    deinit { close(descriptor) }

    /// From here on connections open, and nothing is ever said on them.
    func open() { listen(descriptor, 16) }
}
