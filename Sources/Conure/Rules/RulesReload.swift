import BotKit
import Dispatch
import Engine
import Foundation
import Logging
import ServiceLifecycle
import Store
import UnixSignals
import Workers

/// Puts changed rules in force: when a file of theirs changes, and on SIGHUP. A file with a mistake changes nothing, and
/// everybody who looks is told.
struct RulesReload: Service {
    let path: String
    let folder: DataFolder
    /// What is in force at the start.
    let first: RulesFile
    /// The files that it was read from, as they were then: what has changed since, however soon, is a change.
    let firstMarks: [FileMark]
    /// The rules of each account that the program runs.
    let accounts: [AccountID: LiveRules]
    let store: Store
    let logger: Logger
    let endpoints: LiveEndpoints
    let webhooks: WebhookDesk
    let media: (files: RuleMediaFiles, folder: MediaFolder)
    let bots: (desk: BotDesk, host: WorkerHost)
    let firstBots: KnownBots
    let cache: ScannerCache

    /// A look costs a few system calls a file.
    private static let period = Duration.milliseconds(500)

    private enum Occasion: Sendable {
        case look
        case hangup
    }

    func run() async throws {
        let (occasions, occasion) = AsyncStream.makeStream(
            of: Occasion.self, bufferingPolicy: .bufferingNewest(2))
        let hangups = await UnixSignalsSequence(trapping: .sighup)
        try await withThrowingTaskGroup { group in
            group.addTask {
                for await _ in hangups.cancelOnGracefulShutdown() { occasion.yield(.hangup) }
                occasion.finish()
            }
            group.addTask {
                try? await cancelWhenGracefulShutdown {
                    while !Task.isCancelled {
                        try await Task.sleep(for: Self.period)
                        occasion.yield(.look)
                    }
                }
            }
            group.addTask { try await follow(occasions) }
            try await group.waitForAll()
        }
    }

    private func follow(_ occasions: AsyncStream<Occasion>) async throws {
        var (inForce, bots) = (first, firstBots)
        var seen = firstMarks
        var (seenBots, lastBots) = (bots.marks, bots.marks)
        // A file that is missing, and then there, shows in its folder.
        var folder = FileMark(rulesFolder)
        var isTroubled = false
        for await occasion in occasions {
            let (now, nowFolder, nowBots) = (marks(of: inForce), FileMark(rulesFolder), marks(of: bots))
            // An executable that is still being written is looked at again.
            let haveBotsChanged = nowBots != seenBots && nowBots == lastBots
            lastBots = nowBots
            guard occasion == .hangup || now != seen || haveBotsChanged || isTroubled && nowFolder != folder
            else { continue }
            folder = nowFolder
            // What changes from here on is seen at the next look; and so is that other files are included than before.
            (seen, seenBots) = (now, nowBots)
            do {
                let builtOf = bots.marks
                (inForce, bots) = try await self.next()
                self.bots.host.use(bots.configurations)
                let rebuilt = bots.marks.filter { name, marks in builtOf[name].map { $0 != marks } ?? false }
                self.bots.host.renew(Set(rebuilt.keys))
                seenBots = bots.marks
                try await put(inForce)
                isTroubled = false
            } catch let error as RulesFileError {
                try await report(error, inForce)
                isTroubled = true
            }
        }
    }

    /// The rules as they are now, with the bots that they need and the files that they send.
    private func next() async throws -> (RulesFile, KnownBots) {
        var (file, bots) = try await self.bots.desk.checked(await load())
        try await media.files.prepare(&file, in: media.folder)
        return (file, bots)
    }

    private var rulesFolder: String { URL(fileURLWithPath: path).deletingLastPathComponent().path }

    private func marks(of file: RulesFile) -> [FileMark] { Self.marks(of: file, folder) }

    /// The files that rules are made of, as they are now.
    ///
    /// - Parameter before: how a file was before it was read, if that is known.
    static func marks(of file: RulesFile, _ folder: DataFolder, before: FileMark? = nil) -> [FileMark] {
        (file.watchedFiles + [folder.secrets]).map { path in
            if let before, before.path == path { before } else { FileMark(path) }
        }
    }

    private func marks(of bots: KnownBots) -> [String: [FileMark]] {
        Dictionary(
            bots.configurations.map { ($0.name, $0.files.map(FileMark.init)) },
            uniquingKeysWith: { first, _ in first })
    }

    /// Compiling many rules takes seconds, and must hold up nothing else.
    private func load() async -> Result<RulesFile, RulesFileError> {
        await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .utility).async { [path, folder, cache] in
                continuation.resume(
                    returning: Result { () throws(RulesFileError) in
                        try RulesFile.load(
                            path: path, secrets: EnvironmentSecrets(dataFolder: folder.path), cache: cache,
                            webhookChecks: .strict)
                    })
            }
        }
    }

    private func put(_ file: RulesFile) async throws {
        try webhooks.replace(by: file)
        for (account, rules) in accounts {
            try await store.keep(file.text, of: account)
            rules.forget(except: try await store.hashesOfWaitingRuns(of: account))
        }
        for (account, rules) in accounts { rules.replace(with: file.rules(for: account)) }
        logger.notice("rules changed", metadata: ["rules": "\(file.rules.count)", "file": "\(path)"])
        if file.accounts != first.accounts {
            logger.warning("accounts and limits have changed too: that takes effect at the next start")
        }
        say(file.rules.count, problem: nil)
    }

    private func report(_ error: RulesFileError, _ inForce: RulesFile) async throws {
        let count = error.findings.count
        let first = error.findings.first?.headline ?? "\(path) cannot be used"
        let problem = count > 1 ? "\(first) (and \(count - 1) more: conure check)" : first
        logger.error("the rules stay as they were: \(problem)")
        for account in accounts.keys.sorted() {
            try await store.record(
                .alert, "the rules stay as they were: \(problem)", of: account, now: SystemClock().now)
        }
        say(inForce.rules.count, problem: problem)
    }

    private func say(_ count: Int, problem: String?) {
        endpoints.change { endpoints in
            endpoints.rules = count
            endpoints.rulesProblem = problem
        }
    }
}

extension Store {
    /// Keeps what the rules say from now on.
    func keep(_ text: RulesText?, of account: AccountID) async throws {
        try await keepRules(text?.files ?? "[]", hash: text?.hash ?? "", of: account, now: SystemClock().now)
    }

    /// Gives an account's rules those of the past by which runs may still go.
    func remember(in rules: LiveRules, of account: AccountID, secrets: some SecretSource) async throws {
        for text in try await formerRules(of: account) {
            if let former = RulesFile.former(text, secrets: secrets) { rules.remember(former) }
        }
    }
}
