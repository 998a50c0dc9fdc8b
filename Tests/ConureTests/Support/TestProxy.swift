import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// A proxy that brings everybody to one server of this machine, whatever name they ask for.
struct TestProxy: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case http, socks5
    }

    enum Manner: Sendable {
        case willing
        /// Says no to every connection.
        case refusing
        /// Says nothing at all.
        case silent
        /// Speaks something else.
        case strange
    }

    let kind: Kind
    var manner = Manner.willing
    /// Who may; nil: everybody.
    var credentials: (user: String, password: String)?
    /// Where it was asked to go, in turn.
    private let targets = Targets()

    final class Targets: Sendable {
        private let all = Mutex<[String]>([])
        func add(_ target: String) { all.withLock { $0.append(target) } }
        var list: [String] { all.withLock { $0 } }
    }

    init(_ kind: Kind, _ manner: Manner = .willing, credentials: (user: String, password: String)? = nil) {
        self.kind = kind
        self.manner = manner
        self.credentials = credentials
    }

    var askedFor: [String] { targets.list }

    private typealias Pipe = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// Serves until `body` ends.
    func run(_ body: (_ port: Int) async throws -> Void) async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture { try Pipe(wrappingChannelSynchronously: channel) }
            }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try? await listener.executeThenClose { clients in
                    try await withThrowingDiscardingTaskGroup { group in
                        for try await client in clients { group.addTask { try? await serve(client) } }
                    }
                }
            }
            let result: Result<Void, any Error>
            do {
                result = .success(try await body(listener.channel.localAddress?.port ?? 0))
            } catch {
                result = .failure(error)
            }
            group.cancelAll()
            try await group.waitForAll()
            try result.get()
        }
    }

    private func serve(_ client: Pipe) async throws {
        try await client.executeThenClose { inbound, outbound in
            var reader = Reader(inbound)
            if manner == .silent {
                while try await reader.more() { _ = reader.take() }
                return
            }
            if manner == .strange {
                _ = try await reader.more()
                return try await outbound.write(ByteBuffer(string: "220 mail.example ESMTP\r\n"))
            }
            let port =
                switch kind {
                case .http: try await greetHTTP(&reader, outbound)
                case .socks5: try await greetSOCKS(&reader, outbound)
                }
            guard let port else { return }
            try await relay(&reader, outbound, to: port)
        }
    }

    /// - Returns: the port that was asked for; nil if the client got a no.
    private func greetHTTP(
        _ reader: inout Reader, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async throws -> Int? {
        var lines: [Substring] = []
        while let line = try await reader.line(), !line.isEmpty { lines.append(Substring(line)) }
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count == 3, words[0] == "CONNECT" else { return nil }
        if let credentials {
            let token = Data("\(credentials.user):\(credentials.password)".utf8)
                .base64EncodedString()
            guard lines.contains("Proxy-Authorization: Basic \(token)") else {
                try await outbound.write(
                    ByteBuffer(
                        string: "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"))
                return nil
            }
        }
        targets.add(String(words[1]))
        guard manner == .willing else {
            try await outbound.write(
                ByteBuffer(string: "HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno\n"))
            return nil
        }
        try await outbound.write(
            ByteBuffer(string: "HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n"))
        return words[1].split(separator: ":").last.flatMap { Int($0) }
    }

    private func greetSOCKS(
        _ reader: inout Reader, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async throws -> Int? {
        let methods = try await reader.bytes(Int(try await reader.bytes(2)[1]))
        let method: UInt8 = credentials == nil ? 0 : 2
        guard methods.contains(method) else {
            try await outbound.write(ByteBuffer(bytes: [5, 255]))
            return nil
        }
        try await outbound.write(ByteBuffer(bytes: [5, method]))
        if let credentials {
            let user = try await reader.text(Int(try await reader.bytes(2)[1]))
            let password = try await reader.text(Int(try await reader.bytes(1)[0]))
            let isKnown = user == credentials.user && password == credentials.password
            try await outbound.write(ByteBuffer(bytes: [1, isKnown ? 0 : 1]))
            if !isKnown { return nil }
        }
        let kind = try await reader.bytes(4)[3]
        let host: String
        switch kind {
        case 1: host = try await reader.bytes(4).map(String.init).joined(separator: ".")
        case 3: host = try await reader.text(Int(try await reader.bytes(1)[0]))
        default: return nil
        }
        let bytes = try await reader.bytes(2)
        let port = Int(bytes[0]) << 8 | Int(bytes[1])
        targets.add("\(host):\(port)")
        guard manner == .willing else {
            try await outbound.write(ByteBuffer(bytes: [5, 2, 0, 1, 0, 0, 0, 0, 0, 0]))
            return nil
        }
        // In two pieces, and with a name as the address.
        try await outbound.write(ByteBuffer(bytes: [5, 0, 0, 3, 4]))
        try await outbound.write(ByteBuffer(bytes: Array("home".utf8) + [0, 80]))
        return port
    }

    private func relay(
        _ reader: inout Reader, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>, to port: Int
    ) async throws {
        let server = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture { try Pipe(wrappingChannelSynchronously: channel) }
            }
        try await server.executeThenClose { fromServer, toServer in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for try await bytes in fromServer { try await outbound.write(bytes) }
                    outbound.finish()
                }
                while try await reader.more() { try await toServer.write(reader.take()) }
                group.cancelAll()
            }
        }
    }
}

/// What a client says, in the pieces that a proxy wants it in.
private struct Reader {
    struct Ended: Error {}

    private var incoming: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private var buffer = ByteBuffer()

    init(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) { incoming = inbound.makeAsyncIterator() }

    /// Waits for something to be there that is not taken.
    mutating func more() async throws -> Bool {
        if buffer.readableBytes > 0 { return true }
        guard var next = try await incoming.next(isolation: #isolation) else { return false }
        buffer.writeBuffer(&next)
        return true
    }

    mutating func take() -> ByteBuffer {
        defer { buffer = ByteBuffer() }
        return buffer
    }

    mutating func bytes(_ count: Int) async throws -> [UInt8] {
        while buffer.readableBytes < count {
            guard var next = try await incoming.next(isolation: #isolation) else { throw Ended() }
            buffer.writeBuffer(&next)
        }
        return buffer.readBytes(length: count) ?? []
    }

    mutating func text(_ count: Int) async throws -> String {
        String(decoding: try await bytes(count), as: UTF8.self)
    }

    mutating func line() async throws -> String? {
        var line: [UInt8] = []
        while true {
            let byte = try await bytes(1)
            if byte == [10] { return String(decoding: line, as: UTF8.self) }
            if byte != [13] { line += byte }
        }
    }
}
