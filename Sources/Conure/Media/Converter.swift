import Foundation

/// The system's ffmpeg, kept on a short leash: a time after which it is killed, and limits on its memory and on what it
/// writes that the kernel enforces.
struct Converter {
    /// Address space that it may take.
    private static let mostMemory: Int64 = 2 << 30
    /// More than this of an answer is not read.
    private static let mostOutput = 256 << 10

    private let ffmpeg: String
    private let ffprobe: String
    private let prlimit: String

    /// - Returns: nil if one of the programs is not installed.
    init?(path: String = ProcessInfo.processInfo.environment["PATH"] ?? "") {
        func program(_ name: String) -> String? {
            path.split(separator: ":").map { $0 + "/" + name }
                .first { FileManager.default.isExecutableFile(atPath: $0) }
        }
        guard let ffmpeg = program("ffmpeg"), let ffprobe = program("ffprobe"),
            let prlimit = program("prlimit")
        else { return nil }
        (self.ffmpeg, self.ffprobe, self.prlimit) = (ffmpeg, ffprobe, prlimit)
    }

    /// What to do where there is none.
    static let absence = "install ffmpeg (Debian: apt-get install ffmpeg)"

    /// Makes one file of another.
    ///
    /// - Parameters:
    ///   - options: of ffmpeg, for the output.
    ///   - limit: bytes that the output may have.
    ///   - time: after so long it is killed.
    func convert(
        _ input: String, _ options: [String], to output: String, limit: Int64, within time: Duration
    ) async throws {
        let all =
            ["-hide_banner", "-nostdin", "-loglevel", "error", "-y"] + Self.input(input) + ["-threads", "2"]
            + options + ["-map_metadata", "-1", "file:" + output]
        _ = try await run(ffmpeg, all, beside: output, fileSize: limit + (1 << 20), within: time)
        let size = try FileManager.default.attributesOfItem(atPath: output)[.size] as? Int64 ?? 0
        guard size > 0 else { throw Failure("ffmpeg made nothing of \(input)") }
        guard size <= limit else { throw Failure("\(input) is too large even after converting it") }
    }

    /// What a file holds.
    struct Facts: Decodable {
        struct Format: Decodable {
            var duration: String?
            var format_name: String?
        }
        struct Stream: Decodable {
            var codec_type: String?
            var codec_name: String?
        }
        var format: Format
        var streams: [Stream]

        /// Milliseconds; nil if it has no end.
        var duration: Int? {
            guard let text = format.duration, let seconds = Double(text), (0..<1e7).contains(seconds) else {
                return nil
            }
            return Int(seconds * 1000)
        }

        func codec(of type: String) -> String? { streams.first { $0.codec_type == type }?.codec_name }
    }

    func facts(about input: String, scratch: String) async throws -> Facts {
        let output = try await run(
            ffprobe,
            [
                "-loglevel", "error", "-print_format", "json", "-show_entries",
                "format=duration,format_name:stream=codec_type,codec_name",
            ] + Self.input(input), beside: scratch, fileSize: 1 << 20, within: .seconds(30))
        guard let facts = try? JSONDecoder().decode(Facts.self, from: output) else {
            throw Failure("ffprobe says nothing about \(input)")
        }
        return facts
    }

    /// A local file and nothing else, whatever its name looks like and whatever it refers to.
    private static func input(_ path: String) -> [String] {
        ["-protocol_whitelist", "file", "-i", "file:" + path]
    }

    /// Runs a program to its end; returns what it printed.
    private func run(
        _ program: String, _ arguments: [String], beside file: String, fileSize: Int64, within time: Duration
    ) async throws -> Data {
        let name = URL(fileURLWithPath: program).lastPathComponent
        let (printed, complaints) = (file + ".out", file + ".err")
        for path in [printed, complaints] { try Data().write(to: URL(fileURLWithPath: path)) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: prlimit)
        process.arguments =
            ["--as=\(Self.mostMemory)", "--fsize=\(fileSize)", "--core=0", "--", program] + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: printed)
        process.standardError = FileHandle(forWritingAtPath: complaints)
        let (ends, ended) = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = { process in
            let status = process.terminationStatus
            ended.yield(process.terminationReason == .exit ? status : -status)
            ended.finish()
        }
        do { try process.run() } catch { throw Failure("cannot start \(name): \(error)") }
        let status = await Self.first(of: ends, within: time)
        guard let status else {
            kill(process.processIdentifier, SIGKILL)
            try Task.checkCancellation()
            throw Failure("\(name) took longer than \(time) and was ended")
        }
        guard status == 0 else {
            let said = (try? String(contentsOfFile: complaints, encoding: .utf8)) ?? ""
            let last = said.split(separator: "\n").last.map { ": \($0.prefix(300))" } ?? ""
            throw Failure("\(name) ended with \(status)\(last)")
        }
        return FileManager.default.contents(atPath: printed).map { $0.prefix(Self.mostOutput) } ?? Data()
    }

    /// How it ended; nil if it did not in time, or nobody wants to know any more.
    private static func first(of ends: AsyncStream<Int32>, within time: Duration) async -> Int32? {
        await withTaskGroup { group in
            group.addTask {
                for await end in ends { return Optional(end) }
                return nil
            }
            group.addTask {
                try? await Task.sleep(for: time)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }
}
