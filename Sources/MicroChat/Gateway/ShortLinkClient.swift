import BotKit
import MicroChatWire
import NIOCore
import NIOHTTP1
import Synchronization

/// Posts one packet and gives back one (MicroChat wire protocol, sections 2.2 and 15).
struct ShortLinkClient: Sendable {
    let route: Route
    let timing: Timing
    private let onTheirWay = OnTheirWay()

    init(route: Route, timing: Timing) {
        self.route = route
        self.timing = timing
    }

    /// Why there is no answer, in the two ways that differ for a send.
    enum Failure: Error {
        /// Nothing reached the server.
        case notSent(String)
        /// The request left; whether it took effect, nobody knows.
        case noAnswer(String)
    }

    /// Posts `packet` to the first address that can be reached.
    ///
    /// - Parameter limit: when the whole task ends.
    func post(
        _ call: Call, _ packet: ByteBuffer, until limit: ContinuousClock.Instant
    ) async throws(Failure) -> ByteBuffer {
        try await answer(to: call, packet, until: limit).0
    }

    /// The same, with the address that answered.
    func answer(
        to call: Call, _ packet: ByteBuffer, until limit: ContinuousClock.Instant
    ) async throws(Failure) -> (ByteBuffer, Candidate) {
        let patience = AnswerPatience()
        let channel: HTTPConversation.Channel
        let candidate: Candidate
        do {
            (channel, candidate) = try await route.connect { channel in
                try channel.pipeline.syncOperations.addHandler(ReadObserver(patience: patience))
                return try HTTPConversation.wrap(channel)
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
        do throws(Failure) {
            let answer = try await exchange(call, packet, over: channel, with: candidate, patience)
            await route.succeeded(candidate)
            return (answer, candidate)
        } catch {
            if !Task.isCancelled { await route.failed(candidate) }
            throw error
        }
    }

    private func exchange(
        _ call: Call, _ packet: ByteBuffer, over channel: HTTPConversation.Channel, with candidate: Candidate,
        _ patience: AnswerPatience
    ) async throws(Failure) -> ByteBuffer {
        do {
            return try await withThrowingTaskGroup { group in
                group.addTask {
                    try await HTTPConversation.answer(
                        to: [
                            .head(head(of: call, packet, for: candidate)), .body(.byteBuffer(packet)),
                            .end(nil),
                        ], over: channel, limit: ShortLink.maximumPacketLength)
                }
                group.addTask {
                    let waited = try await patience.end()
                    throw Failure.noAnswer("\(candidate.endpoint) gave no answer within \(waited)")
                }
                defer { group.cancelAll() }
                guard let answer = try await group.next() else { throw Failure.noAnswer("cancelled") }
                return answer
            }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw .noAnswer("\(candidate.endpoint) broke off: \(WayFailure(error))")
        }
    }

    private func head(of call: Call, _ packet: ByteBuffer, for candidate: Candidate) -> HTTPRequestHead {
        HTTPRequestHead(
            version: .http1_1, method: .POST, uri: ShortLink.path(of: call),
            headers: [
                "Host": candidate.host,
                "Accept": "*/*",
                "User-Agent": ShortLink.userAgent,
                "Cache-Control": "no-cache",
                "Content-Type": ShortLink.contentType,
                "Content-Length": "\(packet.readableBytes)",
                "Connection": "close",
            ])
    }
}

/// Requests that have left and have no answer yet.
private final class OnTheirWay: Sendable {
    let count = Atomic(0)
}
