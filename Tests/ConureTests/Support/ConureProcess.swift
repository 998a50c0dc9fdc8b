import Foundation
import Synchronization
import TestProcesses

/// The program under test, or a tool that looks at it, as a process of its own. What it prints goes into files.
final class ConureProcess: Sendable {
    /// How a process ended.
    struct Ending: Hashable, Sendable {
        /// The exit code, or minus the signal that ended it.
        var code: Int32
        /// When that was, however busy the tests are.
        var time: ContinuousClock.Instant
        var output: String
        var errors: String

        /// What it printed, without empty lines.
        var lines: [String] { output.split(separator: "\n").map(String.init) }
    }

    private struct End: Sendable {
        var code: Int32
        var time: ContinuousClock.Instant
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let id: Int32
    private let arguments: [String]
    /// The file with what it has printed so far.
    let outputPath: String
    private let errorsPath: String
    private let end: Task<End, Never>
    private let isRunning = Atomic(true)

    /// - Parameters:
    ///   - folder: for the files with what it reads and prints; it is also where the program runs.
    ///   - input: what it reads.
    ///   - tool: the path of another program than `conure`.
    ///   - environment: what is in its environment beside what is in this process's.
    init(
        _ arguments: [String], in folder: TestFolder, input: String = "", tool: String? = nil,
        environment: [String: String] = [:]
    ) throws {
        self.arguments = arguments
        let files = folder / "process-\(UUID().uuidString)"
        (outputPath, errorsPath) = (files + ".out", files + ".err")
        for (path, text) in [(files + ".in", input), (outputPath, ""), (errorsPath, "")] {
            try folder.write(text, to: path)
        }
        let process = Process()
        process.executableURL = try tool.map { URL(fileURLWithPath: $0) } ?? Self.program()
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        let handles = [
            FileHandle(forReadingAtPath: files + ".in"), FileHandle(forWritingAtPath: outputPath),
            FileHandle(forWritingAtPath: errorsPath),
        ]
        (process.standardInput, process.standardOutput, process.standardError) = (
            handles[0], handles[1], handles[2]
        )
        // Foundation keeps them open for as long as there is the process, and crashes where too much is open.
        defer { for handle in handles { try? handle?.close() } }
        let (ends, ended) = AsyncStream.makeStream(of: End.self)
        process.terminationHandler = { process in
            let status = process.terminationStatus
            ended.yield(End(code: process.terminationReason == .exit ? status : -status, time: .now))
            ended.finish()
        }
        try StartingProcesses.run(process)
        id = process.processIdentifier
        end = Task {
            for await end in ends { return end }
            return End(code: .min, time: .now)
        }
        Task { [end = self.end] in
            _ = await end.value
            isRunning.store(false, ordering: .relaxed)
        }
    }

    /// Everything it has printed so far.
    var output: String { (try? String(contentsOfFile: outputPath, encoding: .utf8)) ?? "" }

    /// Everything it has logged or complained about so far.
    var errors: String { (try? String(contentsOfFile: errorsPath, encoding: .utf8)) ?? "" }

    var isAlive: Bool { isRunning.load(ordering: .relaxed) }

    /// Starts one that says in its data folder when it is ready, and waits for that.
    static func ready(
        _ arguments: [String], in folder: TestFolder, data: String, environment: [String: String] = [:]
    ) async throws -> ConureProcess {
        let process = try ConureProcess(arguments + ["--data", data], in: folder, environment: environment)
        do {
            try await process.ready(in: data)
        } catch {
            await process.destroy()
            throw error
        }
        return process
    }

    /// Does nothing if it is gone, since another process may have its number by now.
    func signal(_ number: Int32) {
        if isAlive { kill(id, number) }
    }

    /// Ends it without a chance to tidy up, and waits until it is gone.
    func destroy() async {
        signal(SIGKILL)
        _ = await end.value
    }

    /// Waits for it to end by itself; it is killed if that takes too long, or the test is given up.
    func ending(within limit: Duration = .seconds(20)) async throws -> Ending {
        let watchdog = Task {
            try await Task.sleep(for: limit)
            signal(SIGKILL)
        }
        defer { watchdog.cancel() }
        let last = await withTaskCancellationHandler {
            await end.value
        } onCancel: {
            signal(SIGKILL)
        }
        try Task.checkCancellation()
        return Ending(code: last.code, time: last.time, output: output, errors: errors)
    }

    /// Waits until it says in its data folder that it is ready.
    func ready(in data: String) async throws {
        while Endpoints(in: data)?.pid != id {
            guard isAlive else {
                throw Failure(description: "conure \(arguments) ended before it was ready: \(errors)")
            }
            try await Task.sleep(for: .milliseconds(3))
        }
    }

    /// The program lies beside the tests.
    private static func program() throws -> URL {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let program = URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent("conure")
        guard FileManager.default.isExecutableFile(atPath: program.path) else {
            throw Failure(
                description: "there is no \(program.path): build it with `swift build --product conure`")
        }
        return program
    }
}

/// What a running program says in `endpoints.json`.
struct Endpoints: Decodable, Sendable {
    var longLink: String?
    var shortLink: String?
    var nameService: String?
    var loginKey: String?
    var loginKeyVersion: UInt32?
    var tlsPin: String?
    var pid: Int32

    enum CodingKeys: String, CodingKey {
        case longLink = "long_link"
        case shortLink = "short_link"
        case nameService = "name_service"
        case loginKey = "login_key"
        case loginKeyVersion = "login_key_version"
        case tlsPin = "tls_pin"
        case pid
    }

    init?(in data: String) {
        guard let bytes = FileManager.default.contents(atPath: data + "/endpoints.json"),
            let endpoints = try? JSONDecoder().decode(Endpoints.self, from: bytes)
        else { return nil }
        self = endpoints
    }
}
