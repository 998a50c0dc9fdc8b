import NIOCore
import NIOHTTP1

/// One request and its answer on an HTTP connection of their own.
enum HTTPConversation {
    typealias Channel = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    /// The answer is of no use.
    struct Failure: Error, CustomStringConvertible {
        let description: String
        /// Whether the server has said no, so that asking again is of no use.
        var isFinal = false
    }

    /// Makes a fresh connection speak HTTP. Called on the channel's loop.
    static func wrap(_ channel: any NIOCore.Channel) throws -> Channel {
        try channel.pipeline.syncOperations.addHTTPClientHandlers()
        return try Channel(wrappingChannelSynchronously: channel)
    }

    /// Asks, and reads the body of an answer that says 200, whether its length is announced or it comes in chunks.
    ///
    /// - Parameter limit: a longer body is an error.
    static func answer(
        to request: [HTTPClientRequestPart], over channel: Channel, limit: Int
    ) async throws -> ByteBuffer {
        try await channel.executeThenClose { inbound, outbound in
            // One write: a server that has the whole body may answer and close before a separate end is written, and
            // then its answer would be lost.
            try await outbound.write(contentsOf: request)
            var body = ByteBuffer()
            for try await part in inbound {
                switch part {
                case .head(let head):
                    guard head.status == .ok else {
                        throw Failure(description: "the server answered \(head.status)", isFinal: true)
                    }
                case .body(var piece):
                    body.writeBuffer(&piece)
                    guard body.readableBytes <= limit else {
                        throw Failure(description: "the answer is larger than it may be", isFinal: true)
                    }
                case .end:
                    return body
                }
            }
            throw Failure(description: "the answer broke off")
        }
    }
}
