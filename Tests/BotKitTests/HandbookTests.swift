import Foundation
import Testing

/// What the pages show is compiled and run: it is part of the files in `Handbook`.
@Suite struct `The handbook of handlers` {
    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

    static let examples = ["README.md", "docs/handlers.md"].flatMap { page in
        let file = tests.appendingPathComponent("../../" + page).standardized
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.components(separatedBy: "```swift\n").dropFirst().map {
            $0.components(separatedBy: "```")[0]
        }
    }

    private static let compiled: [String] = ["Hello.swift", "Orders.swift"].map { name in
        let text = try? String(
            contentsOf: tests.appendingPathComponent("Handbook/" + name), encoding: .utf8)
        return essence(text ?? "")
    }

    /// The lines that matter: a page shows what stands within something else, and a test has no `@main`.
    private static func essence(_ text: String) -> String {
        text.split(separator: "\n").map { line in
            line.trimmingCharacters(in: .whitespaces).replacing("@main ", with: "")
        }
        .filter { !$0.isEmpty && !$0.hasPrefix("import ") && !$0.hasPrefix("@testable import ") }
        .joined(separator: "\n")
    }

    @Test(arguments: examples) func `shows what works`(example: String) {
        let essence = Self.essence(example)
        #expect(Self.compiled.contains { ("\n" + $0 + "\n").contains("\n" + essence + "\n") })
    }

    @Test func `is found where it is kept`() { #expect(Self.examples.count >= 10) }
}
