import Engine
import Foundation
import Testing

/// What `Mistakes` holds, a file a topic: a heading, a rules file, and exactly what is said about it.
struct Mistake: CustomTestStringConvertible, Sendable {
    let heading: String
    let file: String
    let complaints: String

    var testDescription: String { heading }

    static let all: [Mistake] = {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "Mistakes")
        let files =
            (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return files.sorted { $0.path < $1.path }.flatMap { file in
            let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
            return text.components(separatedBy: "=== ").dropFirst().compactMap(Mistake.init)
        }
    }()

    private init?(_ block: String) {
        guard let lineEnd = block.firstIndex(of: "\n") else { return nil }
        let parts = block[block.index(after: lineEnd)...].components(separatedBy: "\n>>>\n")
        guard parts.count == 2 else { return nil }
        heading = String(block[..<lineEnd])
        file = parts[0]
        complaints = parts[1].trimmingCharacters(in: .newlines)
    }
}

@Suite struct `What is said about a mistake` {
    @Test(arguments: Mistake.all)
    func `is exactly this`(mistake: Mistake) {
        #expect(complaints(about: mistake.file) == mistake.complaints)
    }

    @Test func `is found where the mistakes are kept`() { #expect(Mistake.all.count > 70) }

    @Test func `about bytes that are no text, or too many`() {
        func complaint(about bytes: [UInt8]) -> String? {
            #expect(throws: RulesFileError.self) {
                try RulesFile.parse(bytes, name: "r", secrets: NoSecrets())
            }?.description
        }
        let broken = Array("v:\n你".utf8) + [0xFF]
        #expect(complaint(about: broken) == "r:2:2: error: the file is not UTF-8 text here")
        let large = [UInt8](repeating: UInt8(ascii: "#"), count: (4 << 20) + 1)
        #expect(complaint(about: large) == "r: error: the file is larger than 4 MiB")
    }

    @Test func `about anchors that explode`() {
        var lines = ["version: 1", "rules: []", "a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        for level in 1..<12 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            lines.append("a\(level): &a\(level) [\(aliases)]")
        }
        let complaint = complaints(about: lines.joined(separator: "\n"))
        #expect(complaint.contains("error: the file holds more than 200,000 values, aliases counted"))
    }

    @Test func `about a file that is not there`() {
        let error = #expect(throws: RulesFileError.self) {
            try RulesFile.load(path: "/nowhere/rules.yaml", secrets: NoSecrets())
        }
        let said = "/nowhere/rules.yaml: error: the file cannot be read: No such file or directory"
        #expect(error?.description == said)
        let folder = #expect(throws: RulesFileError.self) {
            try RulesFile.load(path: "/", secrets: NoSecrets())
        }
        #expect(
            folder?.description == "/: error: the file cannot be read: it is not a file, or its disk fails")
    }
}
