import BotKit
import Engine
import Foundation
import Synchronization
import Workers

/// The bots that rules need, as they are: how each is run, and what it says that it has.
struct KnownBots: Sendable {
    var configurations: [BotConfiguration] = []
    var catalog = HandlerCatalog()
    /// What each is made of, as it was just before it was asked: what has changed since is a change.
    var marks: [String: [FileMark]] = [:]
}

/// Finds the bots of a rules file and asks each what it has. What it has been told once it knows, as long as the
/// executable is the same.
final class BotDesk: Sendable {
    private let folder: DataFolder
    private let keepsFolders: Bool

    private struct Known: Hashable {
        let configuration: BotConfiguration
        let marks: [FileMark]
    }

    private let known = Mutex<[Known: [HandlerDeclaration]]>([:])

    /// The executable that this is: it puts limits on bots, and those that come with it stand beside it.
    static let ownExecutable =
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        ?? CommandLine.arguments.first ?? "conure"

    /// - Parameter keepsFolders: whether each bot gets a folder of its own in the data folder.
    init(folder: DataFolder, keepsFolders: Bool) {
        (self.folder, self.keepsFolders) = (folder, keepsFolders)
    }

    /// Reads a rules file and asks its bots.
    ///
    /// - Throws: everything that is wrong with any of it, in the order of the file.
    func checked(_ result: Result<RulesFile, RulesFileError>) async throws(RulesFileError) -> (
        RulesFile, KnownBots
    ) {
        let (programs, uses) =
            switch result {
            case .success(let file): (file.bots, file.handlerUses)
            case .failure(let error): (error.bots, error.handlerUses)
            }
        let (bots, problems) = await ask(programs, uses)
        switch result {
        case .failure(let error):
            throw RulesFileError(findings: (error.findings + problems).inOrder)
        case .success(var file):
            guard problems.isEmpty else { throw RulesFileError(findings: problems.inOrder) }
            let strange = file.take(subscriptionsOf: bots.catalog)
            guard strange.isEmpty else {
                throw RulesFileError(
                    findings: strange.map { Finding(file: file.files[0], position: nil, message: $0) })
            }
            return (file, bots)
        }
    }

    private func ask(_ programs: [BotProgram], _ uses: [HandlerUse]) async -> (KnownBots, [Finding]) {
        var bots = KnownBots()
        var declarations: [HandlerDeclaration] = []
        var problems: [Finding] = []
        var unknown: Set<String> = []
        let named = Set(programs.map(\.name))
        var wanted = programs.map { (program: $0, isNamed: true) }
        for use in uses
        where !named.contains(use.bot) && !wanted.contains(where: { $0.program.name == use.bot }) {
            wanted.append((BotProgram(name: use.bot, place: use.place), false))
        }
        for (program, isNamed) in wanted {
            let configuration = configuration(of: program)
            do {
                let paths = configuration.rights.reads + configuration.rights.writes
                if let missing = paths.first(where: { !FileManager.default.fileExists(atPath: $0) }) {
                    throw BotProblem("its permissions name \(missing), and there is no such file or folder")
                }
                let marks = configuration.files.map(FileMark.init)
                let handlers = try await describe(configuration, marks)
                bots.marks[program.name] = marks
                if let stray = handlers.first(where: { !$0.name.hasPrefix(program.name + ".") }) {
                    throw BotProblem(
                        "it has a handler '\(stray.name)', and names of its handlers begin with '\(program.name).'"
                    )
                }
                declarations += handlers
                bots.configurations.append(configuration)
            } catch {
                unknown.insert(program.name)
                let isMissing = !isNamed && !FileManager.default.fileExists(atPath: configuration.executable)
                problems.append(
                    program.place.saying(
                        isMissing
                            ? "there is no bot '\(program.name)': 'bots' names none, and none of that name comes with Conure"
                            : "the bot '\(program.name)' cannot be used: \(error)"))
            }
        }
        bots.catalog = HandlerCatalog(declarations)
        problems += bots.catalog.findings(about: uses.filter { !unknown.contains($0.bot) })
        return (bots, problems)
    }

    private func describe(_ configuration: BotConfiguration, _ marks: [FileMark]) async throws
        -> [HandlerDeclaration]
    {
        let key = Known(configuration: configuration, marks: marks)
        if let handlers = known.withLock({ $0[key] }) { return handlers }
        if !configuration.rights.folder.isEmpty {
            try FileManager.default.createDirectory(
                atPath: configuration.rights.folder, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        }
        let handlers = try await WorkerHost.describe(configuration, launcher: Self.ownExecutable)
        known.withLock { $0[key] = handlers }
        return handlers
    }

    private func configuration(of program: BotProgram) -> BotConfiguration {
        let beside = URL(fileURLWithPath: Self.ownExecutable).deletingLastPathComponent().path
        let path = program.path.map { URL(fileURLWithPath: $0).path } ?? "\(beside)/\(program.name)"
        // Whatever a rules file names is looked for beside it.
        let rules = URL(fileURLWithPath: program.place.file).deletingLastPathComponent()
        func paths(_ prefix: String) -> [String] {
            program.permissions.filter { $0.hasPrefix(prefix) }.map {
                URL(fileURLWithPath: String($0.dropFirst(prefix.count)), relativeTo: rules).path
            }
        }
        let data = URL(fileURLWithPath: folder.path).path
        let rights = WorkerRights(
            memory: program.memory ?? WorkerRights.usualMemory,
            network: program.permissions.contains("network"),
            processes: program.permissions.contains("processes"), reads: paths("read:"),
            writes: paths("write:"),
            folder: keepsFolders ? "\(data)/bots/\(program.name)" : "", hidden: data)
        return BotConfiguration(
            name: program.name, executable: path, arguments: program.arguments, folder: rules.path,
            environment: Dictionary(
                program.environment.map { ($0.name, $0.value.value) }, uniquingKeysWith: { first, _ in first }
            ),
            concurrency: program.concurrency, processorTime: program.cpu, rights: rights)
    }
}

extension BotConfiguration {
    /// The files that it is made of: its executable, and arguments that are files, as a script is.
    var files: [String] {
        let folder = URL(fileURLWithPath: folder)
        return [executable]
            + arguments.map { URL(fileURLWithPath: $0, relativeTo: folder).path }.filter {
                FileManager.default.fileExists(atPath: $0)
            }
    }
}

extension HandlerUse {
    /// The bot that has the handler.
    fileprivate var bot: String { String(handler.prefix { $0 != "." }) }
}

extension Finding {
    fileprivate func saying(_ message: String) -> Finding {
        var finding = self
        finding.message = message
        return finding
    }
}

extension [Finding] {
    /// By where they stand; what stands nowhere comes first.
    fileprivate var inOrder: [Finding] {
        enumerated().sorted { left, right in
            switch (left.element.position, right.element.position) {
            case (let one?, let other?): one == other ? left.offset < right.offset : one < other
            case (nil, nil): left.offset < right.offset
            case (let one, _): one == nil
            }
        }.map(\.element)
    }
}
