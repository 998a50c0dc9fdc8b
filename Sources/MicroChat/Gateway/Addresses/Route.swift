import BotKit
import MicroChatWire
import NIOCore

/// The way to one of the two links: which addresses to try, and what became of it.
struct Route: Sendable {
    let link: LinkKind
    let addresses: AddressBook
    let connector: Connector

    /// Connects to the best address that can be reached.
    func connect<Output: Sendable>(
        wrap: @escaping @Sendable (any Channel) throws -> Output
    ) async throws -> (Output, Candidate) {
        try await connect(to: await addresses.candidates(for: link), wrap: wrap)
    }

    /// The server behind an address did what it is there for.
    func succeeded(_ candidate: Candidate) async { await addresses.succeeded(candidate, on: link) }

    /// The address could be reached, and that was all.
    func failed(_ candidate: Candidate) async { await addresses.failed(candidate.endpoint, on: link) }

    /// Returns once an address that is no backup can be reached (MicroChat wire protocol, section 3.2).
    func waitForNormal(every interval: Duration) async throws {
        while true {
            try await Task.sleep(for: interval)
            let normal = await addresses.normal(for: link)
            guard let (channel, candidate) = try? await connect(to: normal, wrap: { $0 }) else {
                try Task.checkCancellation()
                continue
            }
            try? await channel.close()
            await addresses.isReachable(candidate.endpoint)
            return
        }
    }

    private func connect<Output: Sendable>(
        to candidates: [Candidate], wrap: @escaping @Sendable (any Channel) throws -> Output
    ) async throws -> (Output, Candidate) {
        try await connector.connect(
            to: candidates, of: "\(link.rawValue) link",
            failed: { await addresses.failed($0, on: link) }, wrap: wrap)
    }
}
