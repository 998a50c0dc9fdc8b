import BotKit
import MicroChatWire
import NIOCore
import NIOHTTP1

/// Posts one packet and gives back one (MicroChat wire protocol, section 2.2).
struct ShortLinkClient: Sendable {
    let route: Route
    let timing: Timing

    /// Why there is no answer, in the two ways that differ for a send.
    enum Failure: Error {
        /// Nothing reached the server.
        case notSent(String)
        /// The request left; whether it took effect, nobody knows.
        case noAnswer(String)
    }

    /// Posts `packet` to the first address that can be reached.
    func post(_ call: Call, _ packet: ByteBuffer) async throws(Failure) -> ByteBuffer {
        let channel: HTTPConversation.Channel
        let candidate: Candidate
        do {
            (channel, candidate) = try await route.connect(wrap: HTTPConversation.wrap)
        } catch let failure as Connector.Failure {
            throw .notSent(failure.reason)
        } catch {
            throw .notSent("cannot connect: \(error)")
        }
        do throws(Failure) {
            let answer = try await exchange(call, packet, over: channel, with: candidate)
            await route.succeeded(candidate)
            return answer
        } catch {
            if !Task.isCancelled { await route.failed(candidate) }
            throw error
        }
    }

    private func exchange(
        _ call: Call, _ packet: ByteBuffer, over channel: HTTPConversation.Channel, with candidate: Candidate
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
                    try await Task.sleep(for: timing.answer)
                    throw Failure.noAnswer("\(candidate.endpoint) gave no answer within \(timing.answer)")
                }
                defer { group.cancelAll() }
                guard let answer = try await group.next() else { throw Failure.noAnswer("cancelled") }
                return answer
            }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw .noAnswer("\(candidate.endpoint) broke off: \(error)")
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
