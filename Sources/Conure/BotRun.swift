import BotKit
import Engine
import Foundation
import Logging
import MicroChatGateway
import MicroChatServer
import MicroChatWire
import Store
import Webhooks
import Workers

/// What `up` and `run` have in common: read the rules, take the data folder, put the program together, run it.
struct BotRun {
    let data: DataOption
    let rules: RulesOption
    let webhooks: WebhookOptions
    let pace: PaceOptions
    let log: LogOptions

    /// - Parameter listen: where the embedded server listens; nil for none.
    func run(embedding listen: ListenOptions?) async throws {
        let folder = data.folder
        let logger = log.logger()
        let cache = ScannerCache(folder: folder.compiledRules, logger: logger)
        let before = FileMark(rules.path)
        let botDesk = BotDesk(folder: folder, keepsFolders: true)
        var (file, bots) = try await loadRules(rules, secretsIn: folder, cache: cache, askingBots: botDesk)
        let marks = RulesReload.marks(of: file, folder, before: before)
        let lock = try FolderLock(folder)
        let server = try await listen.asyncMap { listen in
            try await MicroChatServer.bind(ServerConfiguration(listen, folder: folder.server, logger: logger))
        }
        let known = try KnownServers(path: folder.knownServers)
        let store = try Store(path: folder.store)
        let ruleMedia = RuleMediaFiles()
        let media = try MediaFolder(folder, store: store, rules: ruleMedia)
        do {
            try await ruleMedia.prepare(&file, in: media)
        } catch let error as RulesFileError {
            throw error.shown
        }
        let memoryKey = try SealingKey(in: folder)

        let endpoints = LiveEndpoints(Endpoints(server, rules: file.rules.count, folder), in: folder)
        let journal = WebhookJournal(store: store)
        let desk = WebhookDesk(
            caller: WebhookCaller(targets: [:], version: Conure.version),
            port: WebhookPort(webhooks, logger: logger, endpoints: endpoints, journal: journal.keep))
        try desk.replace(by: file)

        var program = Program(folder: folder, logger: logger)
        var strangers: [AccountID] = []
        if let server { program.add(server) }
        let host = WorkerHost(
            launcher: BotDesk.ownExecutable, folder: try folder.botsFolder(), logger: logger)
        host.use(bots.configurations)
        program.add(host)
        var rulesOfAccounts: [AccountID: LiveRules] = [:]
        for settings in file.accounts {
            let memory = SealedMemory(
                account: settings.id, memory: store.memory(of: settings.id), key: memoryKey)
            let account: BotAccount
            switch settings.server {
            case .embedded:
                account = try await embedded(settings, on: server, folder, memory, media, logger)
            case .external(let external):
                let external = try MicroChatAccount(
                    settings, on: external, rulesFolder: rules.folder, known: known, timing: pace.timing,
                    logger: logger)
                let desk = AccountDesk(external, memory: memory, logger: logger)
                if external.password == nil, await !desk.hasSession() { strangers.append(settings.id) }
                account = BotAccount(settings, as: external, memory: memory, media: media, logger: logger)
            }
            try await store.open(settings.id, now: SystemClock().now)
            let live = LiveRules(file.rules(for: settings.id))
            rulesOfAccounts[settings.id] = live
            try await store.keep(file.text, of: settings.id)
            try await store.remember(
                in: live, of: settings.id, secrets: EnvironmentSecrets(dataFolder: folder.path))
            journal.add(settings.id, program.add(account, rules: live, store: store, webhooks: desk))
        }
        // Beside others that can, one that cannot log in is shown as paused.
        if strangers.count == file.accounts.count, let first = strangers.first {
            throw Failure(
                """
                account '\(first)' has neither a password nor a session: add a password to \(rules.path), or use \
                `conure login --qr`
                """)
        }
        program.watch(store)
        program.add(desk.port)
        program.add(
            RulesReload(
                path: rules.path, folder: folder, first: file, firstMarks: marks, accounts: rulesOfAccounts,
                store: store,
                logger: logger, endpoints: endpoints, webhooks: desk, media: (ruleMedia, media),
                bots: (botDesk, host), firstBots: bots, cache: cache))
        try await Banner(
            server: server, file: file, rulesPath: rules.path, folder: folder, webhooks: webhooks
        ).print()
        try await program.run(as: endpoints)
        _ = consume lock
    }

    private func embedded(
        _ settings: AccountSettings, on server: MicroChatServer?, _ folder: DataFolder,
        _ memory: SealedMemory, _ media: MediaFolder, _ logger: Logger
    ) async throws -> BotAccount {
        guard let server else {
            throw Failure(
                "account '\(settings.id)' is on the embedded server: use `conure up`, or give the account a server"
            )
        }
        let residents = Residents(accounts: server.accounts, passwords: Passwords(folder: folder))
        return try BotAccount(
            settings, on: server, password: try await residents.password(of: settings), pace: pace,
            memory: memory, media: media, logger: logger)
    }
}

extension Optional {
    fileprivate func asyncMap<Value>(_ transform: (Wrapped) async throws -> Value) async rethrows -> Value? {
        guard let self else { return nil }
        return try await transform(self)
    }
}
