import Foundation
import MicroChatWire

/// A person's message in, the answer delivered: server and bot in one process, the people in this one.
func wholeWayFigures() async throws -> [Figure] {
    var rates: [Double] = []
    var medians: [Double] = []
    var tails: [Double] = []
    for run in 0...3 {
        try await withBot(people: 200) { bot in
            let burst = try await bot.talk(messages: 100, pause: nil)
            let paced = try await bot.talk(messages: 5, pause: .seconds(2))
            guard run > 0 else { return }
            rates.append(Double(burst.latencies.count) / (burst.time / .seconds(1)))
            let sorted = paced.latencies.sorted()
            medians.append(sorted[sorted.count / 2] / .milliseconds(1))
            tails.append(sorted[sorted.count * 99 / 100] / .milliseconds(1))
        }
    }
    var asked: [Double] = []
    for run in 0...3 {
        try await withBot(people: 200, rules: throughHandler) { bot in
            let burst = try await bot.talk(messages: 100, pause: nil)
            if run > 0 { asked.append(Double(burst.latencies.count) / (burst.time / .seconds(1))) }
        }
    }
    var bare: [Double] = []
    for _ in 0...2 {
        try await withBot(people: 200, rules: nil) { bot in
            let line = try await bot.connect("bot", password: bot.password)
            try await line.answerAll()
            let burst = try await bot.talk(messages: 100, pause: nil)
            try await line.close()
            bare.append(Double(burst.latencies.count) / (burst.time / .seconds(1)))
        }
    }
    return [
        Figure(
            what: "the same burst answered by a bare client that decides and keeps nothing",
            unit: "answers a second", values: bare),
        Figure(what: "whole way, burst of 20,000 from 200 people", unit: "answers a second", values: rates),
        Figure(
            what: "whole way through a handler, 2 processes, the same burst", unit: "answers a second",
            values: asked),
        Figure(what: "whole way at 100 a second, p50", unit: "ms", values: medians),
        Figure(what: "whole way at 100 a second, p99", unit: "ms", values: tails),
    ]
}

/// A running bot with its server, and who may talk to it.
private struct BenchBot {
    var port: Int
    var key: RSAPublicKey
    var bot: String
    var password: String
    var people: [(name: String, password: String)]

    func connect(_ name: String, password: String) async throws -> LoadPerson.Line {
        try await LoadPerson.connect(name, password: password, key: key, port: port)
    }

    /// Everybody says so many things; each waits `pause` in between, and starts at another moment of the first pause.
    func talk(messages: Int, pause: Duration?) async throws -> (time: Duration, latencies: [Duration]) {
        let bot = bot
        let lines = try await withThrowingTaskGroup { group in
            for person in people {
                group.addTask { try await self.connect(person.name, password: person.password) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let talks = try await withThrowingTaskGroup { group in
            for (index, line) in lines.enumerated() {
                group.addTask {
                    try await line.talk(
                        to: bot, messages: messages, delay: pause.map { $0 * index / lines.count },
                        pause: pause)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for line in lines { try await line.close() }
        let begin = talks.map(\.begin).min() ?? .now
        let end = talks.map(\.end).max() ?? .now
        return (end - begin, talks.flatMap(\.latencies))
    }
}

private let freely = """
    version: 1
    limits: { messages: { per_account: 1000000 per second, per_chat: 1000000 per second, burst: 100000 } }

    """

private let byRule =
    freely + """
        rules:
          - id: hello
            when: { message: { contains: hello } }
            then: [ { reply: "Hi {{ sender.name }}, you said: {{ message.text }}" } ]
        """

private let throughHandler =
    freely + """
        bots: { Echo: { concurrency: 2 } }
        rules: []
        """

/// - Parameter rules: nil for the server alone, with an account for a bot.
private func withBot(
    people: Int, rules: String? = byRule, _ body: (BenchBot) async throws -> Void
) async throws {
    try await withBenchFolder { folder in
        try (rules ?? "").write(toFile: folder + "/rules.yaml", atomically: true, encoding: .utf8)
        let binary = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "conure").path
        let data = folder + "/data"
        let up = Process()
        up.executableURL = URL(fileURLWithPath: binary)
        up.arguments =
            (rules == nil ? ["server"] : ["up", "--rules", folder + "/rules.yaml"]) + [
                "--data", data, "--long-link-port", "0", "--short-link-port", "0", "--log-level", "error",
            ]
        up.standardOutput = FileHandle.nullDevice
        try up.run()
        defer {
            up.terminate()
            up.waitUntilExit()
        }
        while !FileManager.default.fileExists(atPath: data + "/endpoints.json") {
            try await Task.sleep(for: .milliseconds(20))
        }
        if rules == nil { try conure(binary, ["user", "add", "bot", "--data", data]) }
        var persons: [(name: String, password: String)] = []
        for number in 0..<people {
            try conure(binary, ["user", "add", "person\(number)", "--friend", "bot", "--data", data])
            let password = try String(contentsOfFile: data + "/passwords/person\(number)", encoding: .utf8)
            persons.append(("person\(number)", password.trimmingCharacters(in: .newlines)))
        }
        struct Endpoints: Decodable {
            var long_link: String
            var login_key: String
        }
        struct Person: Decodable {
            var name: String
            var wxid: String
        }
        let endpoints = try JSONDecoder().decode(
            Endpoints.self, from: Data(contentsOf: URL(fileURLWithPath: data + "/endpoints.json")))
        let list = try conure(binary, ["user", "list", "--json", "--data", data]).split(separator: "\n")
        let bot = try list.map { try JSONDecoder().decode(Person.self, from: Data($0.utf8)) }.first {
            $0.name == "bot"
        }
        try await body(
            BenchBot(
                port: Int(endpoints.long_link.split(separator: ":").last ?? "") ?? 0,
                key: RSAPublicKey(pem: String(contentsOfFile: endpoints.login_key, encoding: .utf8)),
                bot: bot?.wxid ?? "",
                password: rules == nil
                    ? String(contentsOfFile: data + "/passwords/bot", encoding: .utf8)
                        .trimmingCharacters(in: .newlines) : "", people: persons))
    }
}

@discardableResult
private func conure(_ binary: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: binary)
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return text
}
