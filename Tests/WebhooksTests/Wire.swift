import NIOCore
import NIOPosix

/// Bytes over a connection, as they are.
enum Wire {
    typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    static func connect(port: Int) async throws -> Connection {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
    }

    /// Sends bytes, and reads until the other side ends the connection, in whatever way it does.
    static func exchange(_ bytes: [UInt8], port: Int) async throws -> String {
        try await connect(port: port).executeThenClose { inbound, outbound in
            // The other side may refuse without reading all of it.
            try? await outbound.write(ByteBuffer(bytes: bytes))
            return await text(inbound)
        }
    }

    /// What comes until the other side ends the connection.
    static func text(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) async -> String {
        var text = ""
        do {
            for try await part in inbound { text += String(buffer: part) }
        } catch {}
        return text
    }
}
