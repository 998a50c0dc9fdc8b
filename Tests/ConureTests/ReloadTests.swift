import Foundation
import Testing

@Suite(.serialized, .timeLimit(.minutes(5)))
struct `A rules file that changes under a running bot` {
    private struct StatusReport: Decodable {
        var rules: Int?
        var rules_problem: String?
    }

    private func rules(_ answer: String, more: String = "") -> String {
        """
        version: 1
        \(more)
        rules:
          - { id: echo, when: { message: { says: hi } }, then: [ { reply: "\(answer)" } ] }
        """
    }

    /// What is answered to "hi".
    private func answer(in folder: TestFolder) async throws -> String? {
        try await folder.conure("chat", "--wait", "1", input: "hi\n").lines.last
    }

    /// Waits until the program says so of its rules.
    private func status(in folder: TestFolder, _ isReached: (StatusReport) -> Bool) async throws {
        while true {
            let report = try await folder.conure("status", "--json").decoded(as: StatusReport.self)
            if let first = report.first, isReached(first) { return }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    @Test func `is in force soon, and not at all with a mistake in it`() async throws {
        try await withFolder { folder in
            try folder.write(rules("one"), to: folder / "rules.yaml")
            try await withConure(["up", "--long-link-port", "0", "--short-link-port", "0"], in: folder) {
                up in
                try await up.ready(in: folder / ".conure")
                #expect(try await answer(in: folder) == "bot: one")
                try folder.write(rules("two", more: "include: more*.yaml"), to: folder / "rules.yaml")
                try await status(in: folder) { $0.rules_problem?.contains("no file fits") == true }
                #expect(try await answer(in: folder) == "bot: one")
                // A file that was missing is there: nobody touches the other.
                try folder.write(
                    "rules: [ { id: b, when: { message: x }, then: [ { reply: y } ] } ]",
                    to: folder / "more.yaml")
                up.signal(SIGHUP)
                try await status(in: folder) { $0.rules == 2 && $0.rules_problem == nil }
                #expect(try await answer(in: folder) == "bot: two")
                try folder.write("rules: [ }", to: folder / "more.yaml")
                try await status(in: folder) { $0.rules_problem?.contains("more.yaml:1:") == true }
                try folder.write("rules: []", to: folder / "more.yaml")
                try await status(in: folder) { $0.rules == 1 && $0.rules_problem == nil }
            }
        }
    }
}
