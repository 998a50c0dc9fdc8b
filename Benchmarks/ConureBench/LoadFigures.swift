import Foundation
import Glibc
import MicroChatServer
import MicroChatWire
import NIOCore

/// What the server alone bears: ten thousand links at rest, logins, a burst, and one who does not read. One run each;
/// server and clients share the machine.
func loadFigures() async throws -> [Figure] {
    let environment = ProcessInfo.processInfo.environment
    let links = environment["CONURE_BENCH_LINKS"].flatMap { Int($0) } ?? 10_000
    let pairs = min(1000, links / 4)
    allowFiles(links + 500)
    var figures = [try await loginCost()]
    try await BenchServer.with(people: links) { server in
        // Two logins first, so that what the server sets up once is not counted as the links'.
        for number in 0..<2 {
            try await LoadLink.connect("p\(number)", number: number, to: server).channel.close()
        }
        let atStart = try server.resident()
        let clock = ContinuousClock()
        let begin = clock.now
        let lines = try await logIn(links, to: server)
        figures.append(
            Figure(
                what: "logins, \(links) one after the other over 64 at a time", unit: "a second",
                values: [Double(links) / (begin.duration(to: clock.now) / .seconds(1))]))

        try await beat(lines)
        figures.append(
            Figure(
                what: "memory of the server per logged-in link, \(links) links, heartbeats included",
                unit: "KiB",
                values: [Double(try server.resident() - atStart) / 1024 / Double(links)]))

        let burst = try await talk(Array(lines.prefix(2 * pairs)), server, messages: 50)
        let sorted = burst.latencies.sorted()
        figures += [
            Figure(
                what: "messages between \(pairs) pairs, each the next when the last is taken",
                unit: "a second",
                values: [Double(sorted.count) / (burst.time / .seconds(1))]),
            Figure(
                what: "their way from hand to hand, p99", unit: "ms",
                values: [(sorted.isEmpty ? .zero : sorted[sorted.count * 99 / 100]) / .milliseconds(1)]),
        ]
        figures += try await slowReader(Array(lines.suffix(2)), server)
        for line in lines { line.channel.close(promise: nil) }
    }
    return figures
}

/// What OpenSSL alone takes for a login, on all processors: the server can't be faster than this.
private func loginCost() async throws -> Figure {
    let key = try RSAPrivateKey.generate()
    let sealed = try key.publicKey.seal([UInt8](repeating: 7, count: 200))
    let client = try AgreementKey()
    let salt = Randomness.bytes(16)
    let (processors, rounds) = (ProcessInfo.processInfo.activeProcessorCount, 100)
    return try await rate(
        "logins, what OpenSSL alone could do: RSA, key agreement, scrypt", per: processors * rounds
    ) {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<processors {
                group.addTask {
                    for _ in 0..<rounds {
                        _ = try key.open(sealed)
                        _ = try Scrypt.moderate.hash(salt, salt: salt)
                        _ = try AgreementKey().agree(with: client.publicKey).key()
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

private func logIn(_ count: Int, to server: BenchServer) async throws -> [LoadLink.Line] {
    try await withThrowingTaskGroup(of: [(Int, LoadLink.Line)].self) { group in
        let tasks = 64
        for task in 0..<tasks {
            group.addTask {
                var lines: [(Int, LoadLink.Line)] = []
                for number in stride(from: task, to: count, by: tasks) {
                    lines.append(
                        (number, try await LoadLink.connect("p\(number)", number: number, to: server)))
                }
                return lines
            }
        }
        let lines = try await group.reduce(into: []) { $0 += $1 }
        return lines.sorted { $0.0 < $1.0 }.map(\.1)
    }
}

private func beat(_ lines: [LoadLink.Line]) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for line in lines { group.addTask { try await line.run(.beat) } }
        try await group.waitForAll()
    }
}

/// Every even line sends to the odd one after it.
private func talk(
    _ lines: [LoadLink.Line], _ server: BenchServer, messages: Int
) async throws -> (time: Duration, latencies: [Duration]) {
    let begin = ContinuousClock.now
    let latencies = try await withThrowingTaskGroup(of: [Duration].self) { group in
        for (number, line) in lines.enumerated() {
            if number % 2 == 1 {
                group.addTask { try await line.run(.receive, count: messages) }
            } else {
                let to = server.accounts[number + 1].wxid
                group.addTask { try await line.run(.send(to: to, batch: 1), count: messages) }
            }
        }
        return try await group.reduce(into: []) { $0 += $1 }
    }
    return (begin.duration(to: .now), latencies)
}

/// The first of two lines sends 100,000 messages to the second, which reads nothing any more.
private func slowReader(_ lines: [LoadLink.Line], _ server: BenchServer) async throws -> [Figure] {
    try await lines[1].channel.setOption(.autoRead, value: false).get()
    let before = try server.resident()
    let to = server.accounts[server.accounts.count - 1].wxid
    var most = before
    for _ in 0..<10 {
        try await lines[0].run(.send(to: to, batch: 500), count: 10_000)
        most = max(most, try server.resident())
    }
    return [
        Figure(
            what: "memory of the server, before one who does not read is sent 100,000 messages", unit: "MiB",
            values: [Double(before) / 1_048_576]),
        Figure(
            what: "the same while they are sent, at most", unit: "MiB", values: [Double(most) / 1_048_576]),
    ]
}

/// The clients need as many files as the server.
private func allowFiles(_ count: Int) {
    var files = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(resource, &files) == 0, files.rlim_cur < count else { return }
    files.rlim_cur = min(rlim_t(count), files.rlim_max)
    setrlimit(resource, &files)
}
