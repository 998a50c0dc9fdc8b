import BotKit
import MicroChatWire
import NIOCore
import NIOHTTP1
import Synchronization

/// Posts one packet and gives back one (MicroChat wire protocol, sections 2.2 and 15).
struct ShortLinkClient: Sendable {
    let endpoints: [Endpoint]
    let connector: Connector
    let timing: Timing
    private let onTheirWay = OnTheirWay()

    init(endpoints: [Endpoint], connector: Connector, timing: Timing) {
        self.endpoints = endpoints
        self.connector = connector
        self.timing = timing
    }

    /// Why there is no answer, in the two ways that differ for a send.
    enum Failure: Error {
        /// Nothing reached the server.
        case notSent(String)
        /// The request left; whether it took effect, nobody knows.
        case noAnswer(String)
    }

    private typealias Channel = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    /// Posts `packet` to the first address that can be reached.
    ///
    /// - Parameter limit: when the whole task ends.
    func post(
        _ call: Call, _ packet: ByteBuffer, until limit: ContinuousClock.Instant
    ) async throws(Failure) -> ByteBuffer {
        let patience = AnswerPatience()
        let channel: Channel
        let endpoint: Endpoint
        do {
            (channel, endpoint) = try await connector.connect(to: endpoints, of: "short link") { channel in
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandler(ReadObserver(patience: patience))
                try pipeline.addHTTPClientHandlers()
                return try Channel(wrappingChannelSynchronously: channel)
            }
        } catch let failure as Connector.Failure {
            throw .notSent(failure.reason)
        } catch {
            throw .notSent("cannot connect: \(error)")
        }
        let earlier = onTheirWay.count.add(1, ordering: .relaxed).oldValue
        defer { onTheirWay.count.subtract(1, ordering: .relaxed) }
        patience.begin(
            AnswerDeadline(
                timing.calls, requestBytes: packet.readableBytes, earlier: earlier, sent: .now,
                taskEnds: limit))
        return try await exchange(call, packet, over: channel, with: endpoint, patience)
    }

    private func exchange(
        _ call: Call, _ packet: ByteBuffer, over channel: Channel, with endpoint: Endpoint,
        _ patience: AnswerPatience
    ) async throws(Failure) -> ByteBuffer {
        do {
            return try await withThrowingTaskGroup { group in
                group.addTask {
                    try await channel.executeThenClose { inbound, outbound in
                        // One write: a server that has the whole body may answer and close before a separate end
                        // is written, and then its answer would be lost.
                        try await outbound.write(
                            contentsOf: [
                                .head(head(of: call, packet, for: endpoint)), .body(.byteBuffer(packet)),
                                .end(nil),
                            ])
                        return try await Self.answer(from: inbound)
                    }
                }
                group.addTask {
                    let waited = try await patience.end()
                    throw Failure.noAnswer("\(endpoint) gave no answer within \(waited)")
                }
                defer { group.cancelAll() }
                guard let answer = try await group.next() else { throw Failure.noAnswer("cancelled") }
                return answer
            }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw .noAnswer("\(endpoint) broke off: \(error)")
        }
    }

    private func head(of call: Call, _ packet: ByteBuffer, for endpoint: Endpoint) -> HTTPRequestHead {
        HTTPRequestHead(
            version: .http1_1, method: .POST, uri: ShortLink.path(of: call),
            headers: [
                "Host": endpoint.description,
                "Accept": "*/*",
                "User-Agent": ShortLink.userAgent,
                "Cache-Control": "no-cache",
                "Content-Type": ShortLink.contentType,
                "Content-Length": "\(packet.readableBytes)",
                "Connection": "close",
            ])
    }

    private static func answer(
        from inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>
    ) async throws -> ByteBuffer {
        var body = ByteBuffer()
        for try await part in inbound {
            switch part {
            case .head(let head):
                guard head.status == .ok else { throw Failure.noAnswer("the server answered \(head.status)") }
            case .body(var piece):
                body.writeBuffer(&piece)
                guard body.readableBytes <= ShortLink.maximumPacketLength else {
                    throw Failure.noAnswer("the answer is larger than a packet may be")
                }
            case .end:
                return body
            }
        }
        throw Failure.noAnswer("the answer broke off")
    }
}

/// Requests that have left and have no answer yet.
private final class OnTheirWay: Sendable {
    let count = Atomic(0)
}
