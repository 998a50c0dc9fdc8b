import BotKit
import Foundation
import TestProcesses
import Testing

@testable import Webhooks

/// Runs what docs/webhooks.md tells others to write.
@Suite(.timeLimit(.minutes(5))) struct `What the documentation says` {
    private static let secret = "it's a $secret"
    static let hasTools = ["curl", "openssl", "python3"].allSatisfy { tool in
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)")
        }
    }

    @Test(.enabled(if: hasTools)) func `The shell example's call is taken`() async throws {
        let secret = try #require(WebhookSecret(Self.secret))
        let endpoint = try WebhookEndpoint(path: "/ci", access: .secret(secret))
        try await withListener([endpoint], clock: SystemClock()) { bot in
            let output = try await Self.run(
                ["bash", "-euc", try Self.example("sh")],
                ["SECRET": Self.secret, "BOT": "http://127.0.0.1:\(bot.port)"])
            #expect(output == "202\n")
            #expect(bot.journal.calls.map(\.body) == [#"{"id": 4711, "status": "success"}"#])
        }
    }

    @Test(.enabled(if: hasTools)) func `The Python example knows our signature from others`() async throws {
        let secret = try #require(WebhookSecret(Self.secret))
        let body = "{\"ä\": 1}"
        let header = try #require(
            WebhookSignature.value(for: Array(body.utf8), secret: secret, now: SystemClock().now))
        let script = """
            \(try Self.example("python"))
            import os
            header, body, secret = os.environ["HEADER"], os.environ["BODY"].encode(), os.environ["SECRET"]
            print(is_from_conure(header, body, secret), is_from_conure(header, body + b" ", secret))
            """
        let output = try await Self.run(
            ["python3", "-c", script], ["HEADER": header, "BODY": body, "SECRET": Self.secret])
        #expect(output == "True False\n")
    }

    /// The documentation's code of a language.
    private static func example(_ language: String) throws -> String {
        var folder = URL(filePath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        let text = try String(contentsOf: folder.appending(path: "docs/webhooks.md"), encoding: .utf8)
        let start = try #require(text.range(of: "```\(language)\n"))
        let end = try #require(text.range(of: "\n```", range: start.upperBound..<text.endIndex))
        return String(text[start.upperBound..<end.lowerBound])
    }

    /// What a program prints.
    static func run(_ command: [String], _ environment: [String: String]) async throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        let output = Pipe()
        process.standardOutput = output
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in end.finish() }
        try StartingProcesses.run(process)
        // Less than a pipe holds.
        for await _ in ends {}
        return String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    }
}
