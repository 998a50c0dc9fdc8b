import BotKit
import MicroChatWire
import NIOCore
import NIOHTTP1

/// Fetches pictures of people from where the server says they are.
struct PictureClient: Sendable {
    let connector: Connector
    /// What the account's TLS is for.
    let shortLinks: AddressBook
    let timing: Timing

    func get(_ place: HTTPAddress) async throws -> [UInt8] {
        try await withThrowingTaskGroup { group in
            group.addTask { try await ask(place) }
            group.addTask {
                try await Task.sleep(for: timing.calls.task)
                throw HTTPConversation.Failure(description: "no answer within \(timing.calls.task)")
            }
            defer { group.cancelAll() }
            guard let bytes = try await group.next() else { throw CancellationError() }
            return bytes
        }
    }

    private func ask(_ place: HTTPAddress) async throws -> [UInt8] {
        // The server's own port may take nothing but TLS; what is elsewhere is somebody else's.
        let own = await shortLinks.normal(for: .short)
        let candidate = own.first { $0.endpoint == place.endpoint || $0.host == place.endpoint.description }
        let (channel, _) = try await connector.connect(
            to: [candidate ?? Candidate(endpoint: place.endpoint)], of: "picture",
            protecting: candidate != nil, wrap: HTTPConversation.wrap)
        let head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: place.path,
            headers: [
                "Host": place.endpoint.description, "Accept": "image/*", "User-Agent": ShortLink.userAgent,
                "Connection": "close",
            ])
        let body = try await HTTPConversation.answer(
            to: [.head(head), .end(nil)], over: channel, limit: Picture.maximumBytes)
        return Array(body.readableBytesView)
    }
}
