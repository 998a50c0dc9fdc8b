import BotKit
import Foundation
import Testing

/// A line of `media list --json`.
private struct MediaLine: Decodable {
    var number: Int
    var kind: String
    var name: String
    var size: Int
    var sender: String
    var path: String?
}

@Suite(.serialized, .timeLimit(.minutes(5)))
struct `Pictures, voice, video and files` {
    @Test func `of a person reach the owner of a bot`() async throws {
        try await withFolder { folder in
            let site = try await Site(in: folder, people: ["ann"])
            try await site.run { _, _ in
                try await withPeople(["ann"], at: site) { people in
                    let picture = bytes(300_000, seed: 1)
                    try await people[0].send(picture: picture, named: "a b.png", to: site.bot)
                    var lines: [MediaLine] = []
                    while lines.first?.path == nil {
                        lines = try await folder.conure("media", "list", "--json", "--data", site.botData)
                            .decoded(as: MediaLine.self)
                    }
                    let line = try #require(lines.first)
                    #expect(lines.count == 1 && line.kind == "image" && line.name == "a b.png")
                    #expect(line.size == 300_000 && line.sender == "ann")
                    let get = try await folder.conure(
                        "media", "get", "\(line.number)", "--output", "out.png", "--data", site.botData)
                    #expect(get.code == 0 && get.output == "out.png\n", "\(get.errors)")
                    #expect(FileManager.default.contents(atPath: folder / "out.png") == Data(picture))
                    // What has gone is fetched again by the bot that runs.
                    try FileManager.default.removeItem(atPath: try #require(line.path))
                    let again = try await folder.conure(
                        "media", "get", "\(line.number)", "--data", site.botData)
                    #expect(again.output == "\(try #require(line.path))\n", "\(again.errors)")
                    #expect(FileManager.default.contents(atPath: try #require(line.path)) == Data(picture))
                    let none = try await folder.conure("media", "get", "99", "--data", site.botData)
                    #expect(none.code == 1 && none.isOneErrorLine)
                }
            }
        }
    }

    private struct PictureLine: Decodable {
        var path: String
        var type: String
    }

    @Test func `that people show are fetched, and kept`() async throws {
        try await withFolder { folder in
            let site = try await Site(in: folder, people: ["ann"])
            try await site.run { _, _ in
                let endpoints = try #require(Endpoints(in: site.serverData))
                let password = try site.password(of: "ann")
                // The bot has to know them by name first.
                while try await folder.conure("friend", "list", "--data", site.botData).output.isEmpty {}
                func picture(_ options: String...) async throws -> ConureProcess.Ending {
                    try await ConureProcess(
                        ["friend", "picture", "ann", "--data", site.botData] + options, in: folder
                    ).ending()
                }
                let none = try await picture()
                #expect(none.code == 1 && none.errors == "Error: not fetched: they show no picture\n")
                try await WireClient.run(as: "ann", password: password, at: endpoints) { ann in
                    try await ann.setPicture(smallPNG)
                    let first = try await picture("--output", "out.png")
                    #expect(first.code == 0 && first.output == "out.png\n", "\(first.errors)")
                    #expect(FileManager.default.contents(atPath: folder / "out.png") == Data(smallPNG))
                    let line = try #require(try await picture("--json").decoded(as: PictureLine.self).first)
                    #expect(line.type == "image/png" && line.path.hasPrefix(site.botData + "/media/"))
                    // What is in the folder is not fetched again; what has gone from there is.
                    try FileManager.default.removeItem(atPath: line.path)
                    #expect(try await picture().output == line.path + "\n")
                    #expect(FileManager.default.contents(atPath: line.path) == Data(smallPNG))
                    try await ann.setPicture([])
                    #expect(try await picture().code == 1)
                }
            }
        }
    }

    /// One grey point.
    private var smallPNG: [UInt8] {
        Array(
            Data(
                base64Encoded: """
                    iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==
                    """) ?? Data())
    }

    @Test(arguments: ["the bot", "the server"])
    func `of the owner reach a person once and whole though a process is killed in the middle`(
        who: String
    ) async throws {
        try await withFolder { folder in
            let site = try await Site(in: folder, people: ["ann"])
            let big = bytes(24_000_000, seed: 2)
            try Data(big).write(to: URL(fileURLWithPath: folder / "big.bin"))
            try await site.run { server, bot in
                try await withPeople(["ann"], at: site) { people in
                    try await people[0].send("hello", to: site.bot)
                    _ = try await people[0].texts(until: "re: hello")
                    let send = try await folder.conure(
                        "send", "--to", "ann", "--file", "big.bin", "--wait", "0", "--data", site.botData)
                    #expect(send.code == 0, "\(send.errors)")
                    // The outbox has its own copy.
                    try FileManager.default.removeItem(atPath: folder / "big.bin")
                    let killed = who == "the bot" ? bot : server
                    var seen: [Int] = []
                    for megabytes in [1, 8] {
                        seen.append(try await site.upload(reaches: megabytes * 1_000_000))
                        try await killed.restart()
                        seen.append(try await site.upload(reaches: 1))
                    }
                    // Nothing was sent twice: what was there is where it went on.
                    #expect(seen == seen.sorted() && seen.allSatisfy { $0 < big.count }, "\(seen)")
                    let (content, received) = try await people[0].nextMedia()
                    #expect(content.kind == "file" && content.media?.name == "big.bin")
                    #expect(Data(received) == Data(big))
                    // The chat goes on behind it, and there is no second one.
                    try await folder.conure("send", "--to", "ann", "end", "--data", site.botData)
                    #expect(try await people[0].texts(until: "end") == ["end"])
                    let small = folder / "small.txt"
                    try folder.write("x", to: small)
                    try await folder.conure("send", "--to", "ann", "--file", small, "--data", site.botData)
                    #expect(try await people[0].nextMedia().content.media?.name == "small.txt")
                }
            }
        }
    }

    @Test func `are shown in a chat with the place where they are`() async throws {
        try await withUp { folder in
            try await withConure(["chat", "--wait", "60"], in: folder) { chat in
                let picture = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + bytes(1000, seed: 3)
                try Data(picture).write(to: URL(fileURLWithPath: folder / "p.png"))
                let send = try await folder.conure("send", "--to", "Me", "--image", "p.png")
                #expect(send.code == 0, "\(send.errors)")
                let mark = "bot: [image] p.png, 1008 bytes "
                while !chat.output.contains("\n") { try await Task.sleep(for: .milliseconds(10)) }
                try #require(chat.output.hasPrefix(mark), "\(chat.output)")
                let path = chat.output.dropFirst(mark.count).prefix { $0 != "\n" }
                #expect(FileManager.default.contents(atPath: folder / String(path)) == Data(picture))
            }
        }
    }

    @Test func `that need converting say what is missing, and those that need none are sent as they are`()
        async throws
    {
        try await withUp { folder in
            try wave(seconds: 1).write(to: URL(fileURLWithPath: folder / "a.wav"))
            try opus(milliseconds: 1500).write(to: URL(fileURLWithPath: folder / "a.ogg"))
            try opus(milliseconds: 60_001).write(to: URL(fileURLWithPath: folder / "long.ogg"))
            try folder.write("", to: folder / "empty")
            let bare = ["PATH": folder.path]
            for (option, file) in [("--voice", "a.wav"), ("--video", "a.wav"), ("--image", "a.wav")] {
                let send = try await folder.conure("send", "--to", "Me", option, file, environment: bare)
                #expect(send.code == 1 && send.isOneErrorLine)
                #expect(send.errors.contains("apt-get install ffmpeg"), "\(send.errors)")
            }
            for (option, file, problem) in [
                ("--voice", "long.ogg", "longer than the 60 s"), ("--file", "none", "there is no file"),
                ("--file", "empty", "is empty"), ("--file", ".conure", "there is no file"),
            ] {
                let send = try await folder.conure("send", "--to", "Me", option, file, environment: bare)
                #expect(
                    send.code == 1 && send.isOneErrorLine && send.errors.contains(problem), "\(send.errors)")
            }
            let send = try await folder.conure("send", "--to", "Me", "--voice", "a.ogg", environment: bare)
            #expect(send.code == 0, "\(send.errors)")
            let rows = try await folder.conure("outbox", "list", "--json").decoded(as: OutboxLine.self)
            #expect(rows.count == 1 && rows[0].state == "sent" && rows[0].text.contains("\"duration\":1500"))
        }
    }

    private static let hasFFmpeg = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .contains { FileManager.default.isExecutableFile(atPath: $0 + "/ffmpeg") }

    @Test(.enabled(if: hasFFmpeg, "ffmpeg is not installed: apt-get install ffmpeg"))
    func `are converted by ffmpeg`() async throws {
        try await withUp { folder in
            try wave(seconds: 2).write(to: URL(fileURLWithPath: folder / "-a.wav"))
            try folder.write("not sound", to: folder / "b.wav")
            try wave(seconds: 70).write(to: URL(fileURLWithPath: folder / "long.wav"))
            let send = try await folder.conure("send", "--to", "Me", "--voice=-a.wav")
            #expect(send.code == 0, "\(send.errors)")
            let rows = try await folder.conure("outbox", "list", "--json").decoded(as: OutboxLine.self)
            struct Sent: Decodable {
                var name: String
                var mimeType: String
                var duration: Int
            }
            let sent = try JSONDecoder().decode(Sent.self, from: Data(try #require(rows.first?.text).utf8))
            #expect(sent.name == "-a.ogg" && sent.mimeType == "audio/ogg")
            #expect((1900...2100).contains(sent.duration), "\(sent.duration) ms")
            for (file, problem) in [("b.wav", "ffmpeg ended with"), ("long.wav", "longer than the 60 s")] {
                let send = try await folder.conure("send", "--to", "Me", "--voice", file)
                #expect(
                    send.code == 1 && send.isOneErrorLine && send.errors.contains(problem), "\(send.errors)")
            }
        }
    }

    private func withUp(_ body: (TestFolder) async throws -> Void) async throws {
        try await withFolder { folder in
            try folder.write(echoRules, to: folder / "rules.yaml")
            try await withConure(["up", "--long-link-port", "0", "--short-link-port", "0"], in: folder) {
                up in
                try await up.ready(in: folder / ".conure")
                // The bot has to know whom it can write to.
                while try await folder.conure("friend", "list").output.isEmpty {}
                try await body(folder)
            }
        }
    }
}

extension Site {
    /// Waits until so much of the one upload is on the server, and returns how much is.
    fileprivate func upload(reaches size: Int) async throws -> Int {
        let coming = serverData + "/server/media/coming"
        while true {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: coming)) ?? [] {
                let facts = try? FileManager.default.attributesOfItem(atPath: coming + "/" + name)
                if let have = facts?[.size] as? Int, have >= size { return have }
            }
            try await Task.sleep(for: .milliseconds(1))
        }
    }
}

private func bytes(_ count: Int, seed: UInt64) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    // Blocks that differ in their number alone are quickly made, and none can stand for another.
    let block = (0..<4096).map { _ in UInt8.random(in: 0...255, using: &generator) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + block.count + 8)
    while bytes.count < count { bytes += little(UInt64(bytes.count), 8) + block }
    return Array(bytes.prefix(count))
}

private func little(_ value: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
}

/// A tone: 2000 samples a second of 16 bits.
private func wave(seconds: Int) -> Data {
    let samples = (0..<2000 * seconds).flatMap { index in
        little(UInt64(bitPattern: Int64(8000 * sin(Double(index) / 3))), 2)
    }
    let format =
        little(16, 4) + little(1, 2) + little(1, 2) + little(2000, 4) + little(4000, 4) + little(2, 2)
    let head = Array("WAVEfmt ".utf8) + format + little(16, 2) + Array("data".utf8)
    let body = head + little(UInt64(samples.count), 4) + samples
    return Data(Array("RIFF".utf8) + little(UInt64(body.count), 4) + body)
}

/// The first and the last page of an Opus stream, which say how long it is.
private func opus(milliseconds: UInt64) -> Data {
    func page(_ flags: UInt8, _ position: UInt64, _ number: UInt64, _ content: [UInt8]) -> [UInt8] {
        Array("OggS".utf8) + [0, flags] + little(position, 8) + little(1, 4) + little(number, 4)
            + little(0, 4)
            + [1, UInt8(content.count)] + content
    }
    let head = Array("OpusHead".utf8) + [1, 1] + little(312, 2) + little(48_000, 4) + [0, 0, 0]
    return Data(page(2, 0, 0, head) + page(4, 312 + milliseconds * 48, 1, [0xF8, 0xFF, 0xFE]))
}

@Suite(.timeLimit(.minutes(5)))
struct `Files that rules send` {
    @Test func `are what they were when the rules came in force`() async throws {
        try await withFolder { folder in
            try folder.write(
                """
                version: 1
                rules: [ { id: a, when: { message: menu }, then: [ { reply: { file: menu.txt } }, { reply: "there" } ] } ]
                """, to: folder / "rules.yaml")
            let wrong = try await folder.conure("check")
            #expect(wrong.code == 1 && wrong.output.contains("there is no file 'menu.txt'"))
            try folder.write("soup", to: folder / "menu.txt")
            try await withConure(["up", "--long-link-port", "0", "--short-link-port", "0"], in: folder) {
                up in
                try await up.ready(in: folder / ".conure")
                let chat = try await folder.conure("chat", "--wait", "2", input: "menu\n")
                let line = try #require(chat.lines.first { $0.hasPrefix("bot: [file] menu.txt, 4 bytes") })
                let path = try #require(line.split(separator: " ").last)
                #expect(try String(contentsOfFile: folder / String(path), encoding: .utf8) == "soup")
                #expect(chat.lines.contains("bot: there"))
                let text = try String(contentsOfFile: folder / "rules.yaml", encoding: .utf8)
                try folder.write(text.replacing("menu.txt", with: "new.txt"), to: folder / "rules.yaml")
                while !up.errors.contains("there is no file 'new.txt'") {
                    try await Task.sleep(for: .milliseconds(50))
                }
                // It comes, and nobody touches the rules.
                try folder.write("stew", to: folder / "new.txt")
                while !up.errors.contains("rules changed") { try await Task.sleep(for: .milliseconds(50)) }
            }
        }
    }
}
