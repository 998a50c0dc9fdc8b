import Foundation
import MicroChatWire
import NIOCore
import NIOPosix
import Testing

@Suite(.serialized, .timeLimit(.minutes(5)))
struct `A server that is sent garbage` {
    /// What it may grow by at any moment, in KiB.
    private static let mostGrowth = 150 << 10

    @Test func `serves people as before, and keeps nothing of it`() async throws {
        try await withFolder { folder in
            let site = try await Site(in: folder, people: ["ann"])
            try await site.run { server, _ in
                try await talk("before", at: site)
                let process = server.id
                let before = try memory("VmRSS:", of: process)
                try await throwGarbage(at: site)
                let open = try await openConnections(to: site)
                try await talk("after", at: site)
                let growth = try memory("VmHWM:", of: process) - before
                print("the server grew by \(growth) KiB at most, with \(open.count) connections open")
                #expect(growth < Self.mostGrowth)
                for channel in open { channel.close(promise: nil) }
                #expect(server.id == process)
                try await talk("in the end", at: site)
            }
        }
    }

    private func talk(_ text: String, at site: Site) async throws {
        try await withPeople(["ann"], at: site) { people in
            for person in people {
                try await person.send(text, to: site.bot)
                #expect(try await person.texts(until: "re: " + text) == ["re: " + text])
            }
        }
    }

    /// Many short visits, to both ports.
    private func throwGarbage(at site: Site) async throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("the garbage has the seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        var garbage: [ByteBuffer] = [
            ByteBuffer(string: "GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
            ByteBuffer(string: "POST /cgi-bin/micromsg-bin/newsync HTTP/1.1\r\nContent-Length: -1\r\n\r\n"),
            ByteBuffer(
                string:
                    "POST /cgi-bin/micromsg-bin/manualauth HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\nx"),
            ByteBuffer(
                string: "POST /cgi-bin/micromsg-bin/newsync HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "FFFFFFFF\r\n"),
            // Headers without an end, and a body of which nothing may be kept.
            ByteBuffer(
                string: "GET / HTTP/1.1\r\n" + String(repeating: "a: b\r\n", count: 2_000_000)),
            ByteBuffer(string: "GET /" + String(repeating: "a", count: 8 << 20)),
            ByteBuffer(
                string: "POST /cgi-bin/micromsg-bin/newsync HTTP/1.1\r\nContent-Length: 33554432\r\n\r\n"
                    + String(repeating: "x", count: 32 << 20)),
        ]
        for total in [0, 15, UInt32(Frame.maximumLength), UInt32(Frame.maximumLength) + 1, .max] {
            garbage.append(frame(claiming: total, bytes: 1 << 20))
        }
        for _ in 0..<200 {
            let count = Int.random(in: 1...4096, using: &generator)
            garbage.append(
                ByteBuffer(bytes: (0..<count).map { _ in UInt8.random(in: 0 ... .max, using: &generator) }))
            let claim = UInt32.random(in: 16...8192, using: &generator)
            garbage.append(frame(claiming: claim, bytes: count))
        }
        for number in 0..<100 {
            garbage += try forgery(isLogin: number % 2 == 0, using: &generator)
        }
        for bytes in garbage {
            for port in [site.longLinkPort, site.shortLinkPort] {
                let channel = try await connect(to: port)
                // The server may hang up while this is being written; that is its right.
                try? await channel.writeAndFlush(bytes).get()
                try? await channel.close().get()
            }
        }
    }

    /// A login whose blocks nobody sealed, or a call under a cookie that nobody was given; for both links.
    private func forgery(isLogin: Bool, using generator: inout SeededGenerator) throws -> [ByteBuffer] {
        func noise(_ count: Int) -> [UInt8] {
            (0..<count).map { _ in UInt8.random(in: 0 ... .max, using: &generator) }
        }
        let call = isLogin ? Call.manualAuth : .newSync
        var lengths = ByteBuffer()
        lengths.writeMultipleIntegers(UInt32(200), UInt32(300), UInt32(256))
        let body = isLogin ? Array(lengths.readableBytesView) + noise(256 + 320) : noise(64)
        let packet = try Packet(
            cipher: isLogin ? .rsaLogin : .aes, versionOrStatus: 1, uin: isLogin ? 0 : 100_001,
            cookie: isLogin ? .zero : Cookie(bytes: noise(15)), type: call.type,
            rawLength: UInt32(body.count), packedLength: UInt32(body.count), body: body
        ).bytes()
        var frame = ByteBuffer()
        try FrameEncoder().encode(
            data: Frame(command: isLogin ? .manualAuth : .newSync, sequence: 1, body: packet), out: &frame)
        var post = ByteBuffer(
            string:
                "POST \(ShortLink.path(of: call)) HTTP/1.1\r\nContent-Length: \(packet.readableBytes)\r\n\r\n"
        )
        post.writeImmutableBuffer(packet)
        return [frame, post]
    }

    /// As many connections as may be, up to a thousand: most say nothing, some stop in the middle of a frame.
    private func openConnections(to site: Site) async throws -> [any Channel] {
        var files = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
        let count = min(1000, Int(clamping: files.rlim_cur) - 200)
        var channels: [any Channel] = []
        for index in 0..<count {
            let isLong = index % 2 == 0
            let channel = try await connect(to: isLong ? site.longLinkPort : site.shortLinkPort)
            if index % 20 == 0 {
                try await channel.writeAndFlush(
                    frame(claiming: UInt32(Frame.maximumLength), bytes: 100 << 10)
                ).get()
            }
            channels.append(channel)
        }
        return channels
    }

    /// The beginning of a frame of so many bytes, and so many bytes of its body.
    private func frame(claiming total: UInt32, bytes: Int) -> ByteBuffer {
        var buffer = ByteBuffer(integer: total)
        buffer.writeMultipleIntegers(
            UInt16(Frame.headerLength), Frame.version, UInt32.random(in: 0...300), UInt32(1))
        buffer.writeRepeatingByte(0x5A, count: bytes)
        return buffer
    }

    private func connect(to port: Int) async throws -> any Channel {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Deaf())
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
    }

    /// Hears nothing, and does not mind being hung up on.
    private final class Deaf: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    /// What a process holds, or has held at most, in KiB.
    private func memory(_ kind: String, of process: Int32) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix(kind) })
        return try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) })
    }
}
