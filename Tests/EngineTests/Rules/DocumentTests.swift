import BotKit
import Engine
import Foundation
import Testing

/// The repository's own texts, which must keep their word.
@Suite struct `What we tell people` {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static func text(_ path: String) -> String {
        (try? String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)) ?? ""
    }

    private static let pages =
        ["docs/rules.md", "docs/handlers.md"]
        + ["Assistant", "Echo", "OrderStatus", "Poll", "Reminder", "Welcome"].map { "bots/\($0)/README.md" }

    /// The YAML of our Markdown pages, block by block.
    static let examples = pages.flatMap { page in
        text(page).components(separatedBy: "```yaml\n").dropFirst().map { block in
            block.components(separatedBy: "```")[0]
        }
    }

    @Test(arguments: examples)
    func `about rules is true`(example: String) {
        let secrets = FixedSecrets(values: Self.secrets)
        #expect(complaints(about: example, secrets: secrets) == "")
        let file = try? RulesFile.parse(Array(example.utf8), secrets: secrets)
        #expect(file?.failures().map(\.message) == [])
    }

    private static let secrets = [
        "branch": "x", "proxy": "http://h:1", "assistant_key": "k", "shop_key": "k",
    ]

    @Test func `is found where it is kept`() { #expect(Self.examples.count >= 16) }

    @Test(arguments: [
        ("hello", 1), ("你好", 1), ("  HEY ", 1), ("How much is it?", 1), ("这个多少钱", 1),
        ("order 1", 0), ("anything else", 0),
    ])
    func `the example answers what it should`(message: String, answers: Int) throws {
        #expect(try Conversation(Self.text("rules.yaml")).answers(message).count == answers)
    }

    @Test func `the example asks a bot about an order`() throws {
        let conversation = try Conversation(Self.text("rules.yaml"))
        #expect(conversation.file.testCount == 2 && conversation.file.failures().isEmpty)
        let decision = conversation.decision(.text("Order　ab123456"))
        guard case .waits(let run)? = decision.runs.first, case .call = run.wait else {
            Issue.record("nobody is asked")
            return
        }
    }
}
