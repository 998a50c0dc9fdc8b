import BotKit
import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import Webhooks

/// A journal in memory, which can fail or make its callers wait.
final class TestJournal: Sendable {
    struct Failure: Error {}

    private struct State {
        var calls: [WebhookCall] = []
        var attempts = 0
        var isFailing = false
    }

    private let state = Mutex(State())
    private let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation
    private let gate: AsyncStream<Void>?

    /// - Parameter gate: what every call waits for, until it ends.
    init(gate: AsyncStream<Void>? = nil) {
        (arrivals, arrival) = AsyncStream.makeStream()
        self.gate = gate
    }

    var calls: [WebhookCall] { state.withLock { $0.calls } }
    var attempts: Int { state.withLock { $0.attempts } }
    func fail(_ isFailing: Bool) { state.withLock { $0.isFailing = isFailing } }

    /// Returns once a call has come.
    func firstArrival() async { for await _ in arrivals { return } }

    func keep(_ call: WebhookCall) async throws -> Bool {
        arrival.yield()
        if let gate { for await _ in gate {} }
        return try state.withLock { state in
            state.attempts += 1
            if state.isFailing { throw Failure() }
            guard !state.calls.contains(where: { $0.id == call.id }) else { return false }
            state.calls.append(call)
            return true
        }
    }
}

/// A clock that stands still.
struct StillClock: WallClock {
    var now = Timestamp(seconds: 1_790_000_000)
    func sleep(until deadline: Timestamp) async throws {}
}

extension WebhookSecret {
    static let test: WebhookSecret = {
        guard let secret = WebhookSecret("a secret of the tests") else { preconditionFailure("not empty") }
        return secret
    }()
}

/// What a test sees of a listener.
struct Listening: Sendable {
    let port: Int
    let listener: WebhookListener
    let journal: TestJournal
    let shutDown: @Sendable () -> Void

    /// Sends a request, with a body if there is one, and reads the answer until the connection ends.
    func call(
        _ method: String = "POST", _ path: String, _ headers: [String] = [], _ body: [UInt8] = []
    ) async throws -> TestAnswer {
        let lines =
            ["\(method) \(path) HTTP/1.1", "Host: localhost", "Connection: close"] + headers
            + (body.isEmpty ? [] : ["Content-Length: \(body.count)"])
        let head = lines.joined(separator: "\r\n") + "\r\n\r\n"
        return TestAnswer(try await Wire.exchange(Array(head.utf8) + body, port: port))
    }

    func call(_ path: String, _ headers: [String] = [], text: String) async throws -> TestAnswer {
        try await call("POST", path, headers, Array(text.utf8))
    }
}

struct TestAnswer {
    let text: String
    var status: Int { Int(text.split(separator: " ").dropFirst().first ?? "") ?? 0 }

    init(_ text: String) { self.text = text }

    /// The value of a header; nil if it is not there.
    func header(_ name: String) -> String? {
        for line in text.split(separator: "\r\n", omittingEmptySubsequences: false) {
            if line.isEmpty { break }
            if line.lowercased().hasPrefix(name.lowercased() + ": ") {
                return String(line.dropFirst(name.utf8.count + 2))
            }
        }
        return nil
    }
}

/// Runs a listener for as long as the body takes, and then ends it in order.
func withListener(
    _ endpoints: [WebhookEndpoint], limits: WebhookLimits = WebhookLimits(),
    journal: TestJournal = TestJournal(), clock: any WallClock = StillClock(),
    _ body: @escaping @Sendable (Listening) async throws -> Void
) async throws {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let listener = WebhookListener(
        table: try WebhookTable(endpoints), limits: limits, clock: clock, logger: logger,
        onListening: { port.yield($0.port) }, journal: { try await journal.keep($0) })
    let group = ServiceGroup(configuration: .init(services: [.init(service: listener)], logger: logger))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        var iterator = ports.makeAsyncIterator()
        let listening = Listening(
            port: try #require(await iterator.next()), listener: listener, journal: journal,
            shutDown: { Task { await group.triggerGracefulShutdown() } })
        do {
            try await body(listening)
        } catch {
            tasks.cancelAll()
            throw error
        }
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
    }
}
