import BotKit
import NIOCore
import Testing

@testable import MicroChatGateway

@Suite struct `A talk with a SOCKS proxy` {
    private static let bob = Proxy.Credentials(user: "bob", password: "s3cret")

    /// Feeds answers byte by byte.
    ///
    /// - Returns: what the client said, and whether the tunnel was open exactly at the end.
    private func talk(
        to host: String, as credentials: Proxy.Credentials?, _ answers: [UInt8]
    ) throws -> (said: [[UInt8]], isOpen: Bool) {
        var conversation = SOCKSConversation(to: Endpoint(host: host, port: 0x1F90), as: credentials)
        var said = [Array(conversation.greeting.readableBytesView)]
        var buffer = ByteBuffer()
        for (index, byte) in answers.enumerated() {
            buffer.writeBytes([byte])
            switch try conversation.receive(&buffer) {
            case .wait: break
            case .send(let bytes): said.append(Array(bytes.readableBytesView))
            case .established: return (said, index == answers.count - 1 && buffer.readableBytes == 0)
            }
        }
        return (said, false)
    }

    @Test func `names the server, and leaves it to the proxy to find it`() throws {
        let (said, isOpen) = try talk(to: "a.b", as: nil, [5, 0] + [5, 0, 0, 1, 1, 2, 3, 4, 0, 80])
        #expect(said == [[5, 1, 0], [5, 1, 0, 3, 3, 97, 46, 98, 0x1F, 0x90]])
        #expect(isOpen)
    }

    @Test func `says who asks only if that is asked`() throws {
        let end: [UInt8] = [5, 0, 0, 3, 2, 97, 98, 0, 80]
        let (said, isOpen) = try talk(to: "127.0.0.1", as: Self.bob, [5, 2, 1, 0] + end)
        #expect(said[0] == [5, 2, 0, 2])
        #expect(said[1] == [1, 3] + Array("bob".utf8) + [6] + Array("s3cret".utf8))
        #expect(said[2] == [5, 1, 0, 1, 127, 0, 0, 1, 0x1F, 0x90] && isOpen)
        let open = try talk(
            to: "::1", as: Self.bob, [5, 0] + [5, 0, 0, 4] + [UInt8](repeating: 0, count: 18))
        #expect(open.said.count == 2 && open.said[1].prefix(4) == [5, 1, 0, 4] && open.isOpen)
    }

    @Test(
        arguments: [
            [4, 0], [5, 255], [5, 2], [5, 1], [5, 0, 5, 1, 0, 1], [5, 0, 4, 0, 0, 1], [5, 0, 5, 0, 0, 9],
        ] as [[UInt8]])
    func `ends at any other answer`(answers: [UInt8]) {
        #expect(throws: WayFailure.self) { try talk(to: "a.b", as: nil, answers) }
    }

    @Test func `does not send what is too long`() {
        #expect(throws: WayFailure.self) {
            try talk(to: String(repeating: "a", count: 256), as: nil, [5, 0])
        }
    }
}
