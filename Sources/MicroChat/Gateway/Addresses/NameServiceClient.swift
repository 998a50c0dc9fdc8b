import BotKit
import Foundation
import MicroChatWire
import NIOCore
import NIOHTTP1

extension AddressBook.Sources {
    /// An account's name service and the system's DNS.
    init(_ account: MicroChatAccount, through connector: Connector) {
        let timing = account.timing
        if let address = account.addresses.nameService {
            let client = NameServiceClient(address: address, connector: connector, timing: timing)
            list = { try await client.list() }
        }
        addresses = { await HostLookup.addresses(of: $0, within: timing.nameService) }
    }
}

/// Asks a name service for the address list (MicroChat wire protocol, section 3.1).
struct NameServiceClient: Sendable {
    let address: HTTPAddress
    let connector: Connector
    let timing: Timing

    /// The name service did not answer.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    func list() async throws -> AddressList {
        try await withThrowingTaskGroup { group in
            group.addTask { try await ask() }
            group.addTask {
                try await Task.sleep(for: timing.nameService)
                throw Failure(description: "no answer within \(timing.nameService)")
            }
            defer { group.cancelAll() }
            guard let list = try await group.next() else { throw CancellationError() }
            return list
        }
    }

    private func ask() async throws -> AddressList {
        let (channel, _) = try await connector.connect(
            to: [Candidate(endpoint: address.endpoint)], of: "name service", protecting: false,
            wrap: HTTPConversation.wrap)
        let separator = address.path.contains("?") ? "&" : "?"
        let query = "\(separator)uin=0&clientversion=\(ClientVersion.classic)&scene=0&net=1"
        let head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: address.path + query,
            headers: [
                "Host": address.endpoint.description, "Accept": "*/*", "User-Agent": ShortLink.userAgent,
                "Connection": "close",
            ])
        let body = try await HTTPConversation.answer(
            to: [.head(head), .end(nil)], over: channel, limit: AddressList.maximumLength)
        return try AddressList(xml: Array(body.readableBytesView))
    }
}
