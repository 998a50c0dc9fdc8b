import BotKit
import Engine
import Foundation
import Logging
import MicroChatServer
import MicroChatWire
import Store

/// What `up` and `run` have in common: read the rules, take the data folder, put the program together, run it.
struct BotRun {
    let data: DataOption
    let rules: RulesOption
    let pace: PaceOptions
    let log: LogOptions

    /// - Parameter listen: where the embedded server listens; nil for none.
    func run(embedding listen: ListenOptions?) async throws {
        let folder = data.folder
        let logger = log.logger()
        let cache = ScannerCache(folder: folder.compiledRules, logger: logger)
        let file = try loadRules(rules, secretsIn: folder, cache: cache)
        let lock = try FolderLock(folder)
        let server = try await listen.asyncMap { listen in
            try await MicroChatServer.bind(ServerConfiguration(listen, folder: folder.server, logger: logger))
        }
        let known = try KnownServers(path: folder.knownServers)
        let store = try Store(path: folder.store)
        let media = try MediaFolder(folder, store: store)
        let memoryKey = try SealingKey(in: folder)

        var program = Program(folder: folder, logger: logger)
        if let server { program.add(server) }
        for settings in file.accounts {
            let memory = SealedMemory(
                account: settings.id, memory: store.memory(of: settings.id), key: memoryKey)
            let account = try await account(settings, server, folder, known, memory, media, logger)
            try await store.open(settings.id, now: SystemClock().now)
            program.add(account, rules: file.rules, store: store)
        }
        program.watch(store)
        try await Banner(server: server, file: file, rulesPath: rules.path, folder: folder).print()
        try await program.run(as: Endpoints(server, rules: file.rules.count, folder))
        _ = consume lock
    }

    private func account(
        _ settings: AccountSettings, _ server: MicroChatServer?, _ folder: DataFolder, _ known: KnownServers,
        _ memory: SealedMemory, _ media: MediaFolder, _ logger: Logger
    ) async throws -> BotAccount {
        switch (settings.server, server) {
        case (.external(let external), _):
            let rulesFolder = URL(fileURLWithPath: rules.path).deletingLastPathComponent()
            return try BotAccount(
                settings, on: external, rulesFolder: rulesFolder, known: known, pace: pace, memory: memory,
                media: media, logger: logger)
        case (.embedded, let server?):
            let password = try await Residents(
                accounts: server.accounts, passwords: Passwords(folder: folder)
            )
            .password(of: settings)
            return try BotAccount(
                settings, on: server, password: password, pace: pace, memory: memory, media: media,
                logger: logger)
        case (.embedded, nil):
            throw Failure(
                "account '\(settings.id)' is on the embedded server: use `conure up`, or give the account a server"
            )
        }
    }
}

extension Optional {
    fileprivate func asyncMap<Value>(_ transform: (Wrapped) async throws -> Value) async rethrows -> Value? {
        guard let self else { return nil }
        return try await transform(self)
    }
}
