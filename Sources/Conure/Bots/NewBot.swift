import Engine
import Foundation

/// A bot that is about to begin: everything is worked out before anything is written.
struct NewBot {
    private let name: String
    private let folder: URL
    private let contents: [(path: String, text: String)]
    private let manifest: (url: URL, before: String, after: String)
    private let rules: (url: URL, before: String, after: String)

    /// The files that come into being, from the package's folder.
    var files: [String] { contents.map { "bots/\(name)/\($0.path)" } }

    /// - Parameters:
    ///   - package: the folder of `Package.swift`.
    ///   - rules: the rules file.
    /// - Throws: `Failure` if there cannot be such a bot, and why.
    init(_ name: String, package: String, rules: String) throws {
        guard name.wholeMatch(of: #/[A-Z][A-Za-z0-9]{0,39}/#) != nil else {
            throw Failure("'\(name)' cannot be a bot's name, expected one such as Weather")
        }
        self.name = name
        let package = URL(fileURLWithPath: package)
        folder = package.appendingPathComponent("bots").appendingPathComponent(name)
        let manifest = package.appendingPathComponent("Package.swift")
        let manifestText = try Self.text(of: manifest)
        let others = try BotList(in: manifestText)
        // The case of letters is no difference between two programs in one folder of everybody's.
        let folders = try? FileManager.default.contentsOfDirectory(
            atPath: folder.deletingLastPathComponent().path)
        let taken = others.names + (folders ?? [])
        if let other = taken.first(where: { $0.lowercased() == name.lowercased() }) {
            throw Failure("there is a bot called \(other) already")
        }
        if Self.reserved.contains(name) || manifestText.contains("\"\(name)\"") {
            throw Failure("'\(name)' means something else to Swift here: take another name")
        }
        self.manifest = (manifest, manifestText, others.text(adding: name))

        let rulesFile = URL(fileURLWithPath: rules)
        let rulesText = try Self.text(of: rulesFile)
        let changed = try BotsKey(in: rulesText).text(adding: name)
        guard Self.bots(changed, rules).contains(name) else {
            throw Failure(
                "write '\(name)' under 'bots' in \(rules) yourself: how that key is written is not understood"
            )
        }
        self.rules = (rulesFile, rulesText, changed)
        contents = BotTemplate.files(name)
    }

    /// What the bot's own file refers to, and what would hide it.
    private static let reserved: Set = [
        "Any", "AsyncStream", "Bot", "BotKit", "BotKitTesting", "Context", "Failure", "Foundation", "Glibc",
        "Handler", "Logging", "Parameter", "Protocol", "Self", "String", "Swift", "Synchronization",
        "Testing", "Type", "Value",
    ]

    private static func text(of file: URL) throws -> String {
        do {
            return try String(contentsOf: file, encoding: .utf8)
        } catch {
            throw Failure(
                "\(file.relativePath) cannot be read: run this in the folder of Conure's Package.swift")
        }
    }

    /// The bots that a rules file names, whatever else may be wrong with it.
    private static func bots(_ text: String, _ path: String) -> [String] {
        do {
            return try RulesFile.parse(Array(text.utf8), name: path, secrets: NoSecrets()).bots.map(\.name)
        } catch {
            return error.bots.map(\.name)
        }
    }

    private struct NoSecrets: SecretSource {
        func secret(_ name: String) -> String? { nil }
    }

    // MARK: Writing

    /// Writes everything, or nothing.
    ///
    /// - Throws: why it could not.
    func write() throws {
        do {
            for (path, text) in contents {
                let file = folder.appendingPathComponent(path)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try text.write(to: file, atomically: true, encoding: .utf8)
            }
            try manifest.after.write(to: manifest.url, atomically: true, encoding: .utf8)
            try rules.after.write(to: rules.url, atomically: true, encoding: .utf8)
        } catch {
            try? FileManager.default.removeItem(at: folder)
            if (try? Self.text(of: manifest.url)) != manifest.before {
                try? manifest.before.write(to: manifest.url, atomically: true, encoding: .utf8)
            }
            throw Failure("nothing was changed: \(error.localizedDescription)")
        }
    }
}
