import Foundation
import Testing

@Suite(.timeLimit(.minutes(5))) struct `A new bot` {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    /// A folder with what matters of this package.
    private func withPackage(rules: String, _ body: (TestFolder) async throws -> Void) async throws {
        try await withFolder { folder in
            try FileManager.default.copyItem(
                atPath: Self.root + "/Package.swift", toPath: folder / "Package.swift")
            try folder.write(rules, to: folder / "rules.yaml")
            try FileManager.default.createDirectory(
                atPath: folder / "bots/Echo", withIntermediateDirectories: true)
            try await body(folder)
        }
    }

    @Test(arguments: [
        ("version: 1\n\nrules: []\n", "version: 1\n\nbots: [Weather]\n\nrules: []\n"),
        (
            "version: 1\nbots: [Echo] # all\nrules: []\n",
            "version: 1\nbots: [Echo, Weather] # all\nrules: []\n"
        ),
        ("version: 1\nbots: []\nrules: []\n", "version: 1\nbots: [Weather]\nrules: []\n"),
        (
            "version: 1\nbots:\n  - Echo  # one\n\n# and\nrules: []\n",
            "version: 1\nbots:\n  - Echo  # one\n  - Weather\n\n# and\nrules: []\n"
        ),
        ("version: 1\nbots:\n- Echo\nrules: []", "version: 1\nbots:\n- Echo\n- Weather\nrules: []"),
        (
            "version: 1\nbots:\n  Echo:\n    args: [x]\nrules: []\n",
            "version: 1\nbots:\n  Echo:\n    args: [x]\n  Weather:\nrules: []\n"
        ),
        ("version: 1\nbots:\nrules: []\n", "version: 1\nbots:\n  - Weather\nrules: []\n"),
    ])
    func `is written under its key, however that is written`(before: String, after: String) async throws {
        try await withPackage(rules: before) { folder in
            let end = try await folder.conure("bot", "new", "Weather")
            #expect(end.code == 0, "\(end.errors)")
            #expect(try text(folder / "rules.yaml") == after)
        }
    }

    @Test func `has its folder, its test and its line`() async throws {
        try await withPackage(rules: "version: 1\nrules: []\n") { folder in
            let end = try await folder.conure("bot", "new", "Weather")
            #expect(end.code == 0, "\(end.errors)")
            #expect(end.output.contains("scripts/run"))
            let manifest = try text(folder / "Package.swift")
            #expect(manifest.contains("    \"Reminder\",\n    \"Weather\",\n    \"Welcome\",\n]"))
            #expect(try text(folder / "bots/Weather/Weather.swift").contains("@main struct Weather: Bot {"))
            #expect(
                try text(folder / "bots/Weather/Tests/WeatherTests.swift").contains("TestChat(Weather.self)"))
            #expect(try text(folder / "bots/Weather/README.md").hasPrefix("# Weather\n"))
            let again = try await folder.conure("bot", "new", "Weather")
            #expect(again.code == 1)
            #expect(again.errors.contains("there is a bot called Weather already"))
        }
    }

    @Test(arguments: [
        ("weather", "expected one such as Weather"), ("We ather", "expected one such as Weather"),
        ("../Weather", "expected one such as Weather"), ("Wetter1ä", "expected one such as Weather"),
        ("Echo", "there is a bot called Echo already"), ("ECHO", "there is a bot called Echo already"),
        ("Handler", "means something else to Swift"), ("Engine", "means something else to Swift"),
    ])
    func `with such a name is refused, and nothing changes`(name: String, reason: String) async throws {
        let rules = "version: 1\nrules: []\n"
        try await withPackage(rules: rules) { folder in
            let end = try await folder.conure("bot", "new", name)
            #expect(end.code != 0)
            #expect(end.errors.contains(reason), "\(end.errors)")
            try unchanged(folder, rules)
        }
    }

    @Test(arguments: [
        "version: 1\nbots: { Echo: }\nrules: []\n", "version: 1\nbots: [\n  Echo ]\nrules: []\n",
        "version: 1\nrules: [\n", "version: 1\n'bots': [Echo]\nrules: []\n",
    ])
    func `is left to people where the file is not understood`(rules: String) async throws {
        try await withPackage(rules: rules) { folder in
            let end = try await folder.conure("bot", "new", "Weather")
            #expect(end.code == 1)
            #expect(end.errors.contains("write 'Weather' under 'bots'"), "\(end.errors)")
            try unchanged(folder, rules)
        }
    }

    @Test func `needs the package and the rules`() async throws {
        try await withFolder { folder in
            let end = try await folder.conure("bot", "new", "Weather")
            #expect(end.code == 1)
            #expect(end.errors.contains("run this in the folder of Conure's Package.swift"))
        }
    }

    @Test func `that cannot be written leaves nothing behind`() async throws {
        let rules = "version: 1\nrules: []\n"
        try await withPackage(rules: rules) { folder in
            // A file is where its folder is to be.
            try FileManager.default.removeItem(atPath: folder / "bots")
            try folder.write("", to: folder / "bots")
            let end = try await folder.conure("bot", "new", "Weather")
            #expect(end.code == 1)
            #expect(end.errors.contains("nothing was changed"), "\(end.errors)")
            #expect(try text(folder / "rules.yaml") == rules)
            #expect(try text(folder / "Package.swift") == text(Self.root + "/Package.swift"))
        }
    }

    private func unchanged(_ folder: TestFolder, _ rules: String) throws {
        #expect(try text(folder / "rules.yaml") == rules)
        #expect(try text(folder / "Package.swift") == text(Self.root + "/Package.swift"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder / "bots") == ["Echo"])
    }
}
