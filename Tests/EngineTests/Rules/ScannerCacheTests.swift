import BotKit
import Engine
import Foundation
import Logging
import Synchronization
import Testing

/// What is kept of compiled rules saves time, and never changes or breaks a decision.
struct ScannerCacheTests {
    private static let text = """
        version: 1
        rules:
          - { id: a, when: { message: { contains: [price, 价格] } }, then: { reply: "word" } }
          - { id: b, when: { message: { matches: 'order\\s+(?<n>\\d+)' } }, then: { reply: "number {{ match.n }}" } }
        """

    /// Loads into a cache of its own, as a start does, and checks that the rules work.
    @discardableResult
    private func load(
        _ folder: TemporaryFolder, _ text: String = text, says: String = "word",
        to message: String = "the price?",
        log: Lines = Lines()
    ) throws -> ScannerCache.Uses {
        let cache = ScannerCache(folder: folder.path, logger: Logger(label: "test") { _ in log })
        let rules = try RulesFile.parse(Array(text.utf8), secrets: FixedSecrets(), cache: cache).rules
        #expect(try answers(rules, message) == [says])
        #expect(try answers(rules, "order  77") == ["number 77"])
        #expect(try answers(rules, "nothing") == [])
        return cache.uses
    }

    private func answers(_ rules: RuleSet, _ text: String) throws -> [String] {
        let event = Event(
            id: "1", chat: "ann", chatKind: .private, time: Timestamp(seconds: 1),
            body: .message(Message(sender: "ann", content: .text(text))))
        let now = Timestamp(seconds: 1)
        let decision = try rules.decide(
            event, in: Circumstances(account: "bot", now: now), MemoryState(now: now))
        return decision.actions.compactMap { action in
            guard case .perform(.send(.text(let text), _), _, _, _) = action else { return nil }
            return text
        }
    }

    @Test func `a second start compiles nothing`() throws {
        let folder = TemporaryFolder()
        #expect(try load(folder) == .init(compiled: 2))
        #expect(try load(folder) == .init(taken: 2))
        for name in try folder.names {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/\(name)")
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func `only what changed is compiled`() throws {
        let folder = TemporaryFolder()
        try load(folder)
        let other = Self.text.replacing("price", with: "costs")
        #expect(try load(folder, other, to: "it costs?") == .init(compiled: 1, taken: 1))
        // Neither the order of the rules nor another answer is a change of what is looked for.
        let lines = Self.text.split(separator: "\n").map(String.init)
        let turned = (lines[..<2] + lines[2...].reversed()).joined(separator: "\n")
            .replacing("\"word\"", with: "\"words\"")
        #expect(try load(folder, turned, says: "words") == .init(taken: 2))
    }

    @Test(arguments: ["empty", "short", "long", "bit", "swapped", "noise", "folder"])
    func `a file that is not what was written is made anew`(_ damage: String) throws {
        let folder = TemporaryFolder()
        try load(folder)
        let paths = try folder.names.map { URL(fileURLWithPath: "\(folder.path)/\($0)") }
        let contents = try paths.map { try Data(contentsOf: $0) }
        for (path, data) in zip(paths, contents) {
            switch damage {
            case "empty": try Data().write(to: path)
            case "short": try data.dropLast(1).write(to: path)
            case "long": try (data + [0]).write(to: path)
            case "bit":
                var bytes = Array(data)
                bytes[bytes.count / 2] ^= 1
                try Data(bytes).write(to: path)
            case "swapped":
                let other = try #require(contents.first { $0 != data })
                try other.write(to: path)
            case "noise": try Data(repeating: 0xFF, count: 5000).write(to: path)
            default:
                try FileManager.default.removeItem(at: path)
                try FileManager.default.createDirectory(at: path, withIntermediateDirectories: false)
            }
        }
        #expect(try load(folder) == .init(compiled: 2))
        if damage != "folder" { #expect(try load(folder) == .init(taken: 2)) }
    }

    @Test func `every truncation and every damaged byte of the header is noticed`() throws {
        let folder = TemporaryFolder()
        try load(folder)
        let path = URL(fileURLWithPath: "\(folder.path)/\(try #require(try folder.names.first))")
        let whole = Array(try Data(contentsOf: path))
        for place in 0..<52 {
            var bytes = whole
            bytes[place] ^= 0x80
            for damaged in [bytes, Array(whole.prefix(place))] {
                try Data(damaged).write(to: path)
                #expect(try load(folder) == .init(compiled: 1, taken: 1), "byte \(place)")
            }
        }
    }

    @Test func `several starts at once do not disturb each other`() async throws {
        let folder = TemporaryFolder()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { for _ in 0..<5 { try load(folder) } }
            }
            try await group.waitForAll()
        }
        #expect(try folder.names.count == 2)
        #expect(try folder.names.allSatisfy { $0.hasSuffix(".scan") })
        #expect(try load(folder) == .init(taken: 2))
    }

    @Test func `without a folder that can be written all is compiled, and the log says so once`() throws {
        // A file stands where the folder would be: that stops even root.
        let folder = TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.parent, withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: folder.path))
        let log = Lines()
        #expect(try load(folder, log: log) == .init(compiled: 2))
        #expect(log.count == 1)
    }

    @Test func `the folder stays small and what is in use stays`() throws {
        let folder = TemporaryFolder()
        for number in 0..<ScannerCache.filesKept + 5 {
            let text = Self.text.replacing("[price, 价格]", with: "[price, word\(number)]")
            try load(folder, text)
        }
        #expect(try folder.names.count == ScannerCache.filesKept)
        let last = Self.text.replacing("[price, 价格]", with: "[price, word\(ScannerCache.filesKept + 4)]")
        #expect(try load(folder, last) == .init(taken: 2))
    }

    @Test func `rules with mistakes are not compiled`() throws {
        let folder = TemporaryFolder()
        #expect(throws: RulesFileError.self) { try load(folder, Self.text + "\n  - { id: a }") }
        #expect(!FileManager.default.fileExists(atPath: folder.path))
    }
}

/// A path in a folder of its own, which goes when this goes.
private final class TemporaryFolder: Sendable {
    let parent = NSTemporaryDirectory() + "conure-" + UUID().uuidString
    var path: String { parent + "/cache" }
    var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
    }

    deinit { try? FileManager.default.removeItem(atPath: parent) }
}

/// Counts lines of a log.
private final class Lines: LogHandler {
    private let lines = Mutex(0)
    var count: Int { lines.withLock { $0 } }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .info }
        set {}
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) { lines.withLock { $0 += 1 } }
}
