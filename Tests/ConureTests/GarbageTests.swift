import Foundation
import Testing

/// What strangers may throw at the server: it goes on serving, and its memory stays bounded.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct GarbageTests {
    @Test func `after garbage and a thousand idle connections a person is still served`() async throws {
        let pair = try await TwoProcesses(people: 1)
        let before = try Self.residentKilobytes(of: pair.server.id)
        var random = SplitMix(UInt64.random(in: 0 ... .max))
        for port in [pair.longLinkPort, pair.shortLinkPort] {
            for bytes in Self.garbage(&random) {
                let socket = try RawSocket(port: port)
                socket.write(bytes)
            }
        }
        // Half a frame that announces a whole mebibyte, and requests that never end, all left open.
        var idle: [RawSocket] = []
        for number in 0..<1000 {
            let socket = try RawSocket(port: number % 2 == 0 ? pair.longLinkPort : pair.shortLinkPort)
            switch number % 4 {
            case 0:
                socket.write(
                    [0, 0x0F, 0xFF, 0xFF, 0, 16, 0, 1, 0, 0, 0, 6] + [UInt8](repeating: 1, count: 4000))
            case 1:
                socket.write(
                    Array("POST /cgi-bin/micromsg-bin/newsync HTTP/1.1\r\nContent-Length: 99999\r\n".utf8))
            default: break
            }
            idle.append(socket)
        }
        try await pair.people[0].online { person in
            try await person.say("message one", number: 1)
            try await person.hears(1)
        }
        #expect(pair.people[0].heard == ["re: message one"])
        let after = try Self.residentKilobytes(of: pair.server.id)
        #expect(after - before < 100_000, "the server grew from \(before) to \(after) KiB")
        #expect(pair.server.isRunning)
        withExtendedLifetime(idle) {}
    }

    private static func garbage(_ random: inout SplitMix) -> [[UInt8]] {
        let noise = (0..<100).map { _ in
            (0..<Int.random(in: 1...3000, using: &random)).map { _ in
                UInt8.random(in: .min ... .max, using: &random)
            }
        }
        return noise + [
            [0xFF, 0xFF, 0xFF, 0xFF, 0, 16, 0, 1, 0, 0, 0, 6, 0, 0, 0, 1],
            [0, 0, 0, 15, 0, 16, 0, 1, 0, 0, 0, 6, 0, 0, 0, 1],
            [0, 0, 0, 16, 0, 8, 0, 1, 0, 0, 0, 6, 0, 0, 0, 1],
            Array("GET / HTTP/1.1\r\n\r\n".utf8),
            Array("POST /cgi-bin/micromsg-bin/newsync HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n".utf8),
            Array(("GET /" + String(repeating: "a", count: 100_000) + " HTTP/1.1\r\n").utf8),
            Array("POST /cgi-bin/micromsg-bin/manualauth HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcd".utf8),
        ]
    }

    private static func residentKilobytes(of process: Int32) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        return try #require(Int(line.filter(\.isNumber)))
    }
}

/// A TCP connection to this machine that nobody is careful with.
final class RawSocket {
    private let descriptor: Int32

    init(port: Int) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        self.descriptor = descriptor
        try #require(result == 0, "cannot connect: \(String(cString: strerror(errno)))")
    }

    deinit { close(descriptor) }

    func write(_ bytes: [UInt8]) {
        _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }
}
