import ArgumentParser
import BotKit
import Engine
import Foundation
import Logging
import MicroChatGateway
import MicroChatWire
import Store

/// What every command has that acts for an account while the bot is stopped.
struct StoppedAccount: ParsableArguments {
    @OptionGroup var data: DataOption
    @OptionGroup var rules: RulesOption
    @OptionGroup var json: JSONOption
    @Option(help: "Which account of the rules file; the only one if there is one.") var account: String?

    /// Takes the data folder, which no bot may be using meanwhile, and lets `body` act for the account.
    ///
    /// - Parameter body: also told whom the account was so far; empty if it never logged in.
    func act(
        _ body: (AccountDesk, AccountSettings, _ person: String) async throws -> Void
    ) async throws {
        let settings = try settings()
        guard case .external(let server) = settings.server else {
            throw Failure(
                "account '\(settings.id)' is on the embedded server, where `conure up` logs it in by itself")
        }
        let folder = data.folder
        let lock = try FolderLock(folder)
        var logger = Logger(label: "conure")
        logger.logLevel = .warning
        let account = try MicroChatAccount(
            settings, on: server, rulesFolder: rules.folder, known: KnownServers(path: folder.knownServers),
            timing: Timing(), logger: logger)
        let store = try Store(path: folder.store)
        try await store.open(settings.id, now: SystemClock().now)
        let person = try await store.accounts().first { $0.id == settings.id }?.person ?? ""
        let memory = SealedMemory(
            account: settings.id, memory: store.memory(of: settings.id), key: try SealingKey(in: folder))
        let desk = AccountDesk(account, memory: memory, logger: logger)
        await desk.open()
        do {
            try await body(desk, settings, person)
        } catch let error as GatewayError {
            throw Failure(error.reason)
        } catch let error as WireError {
            throw Failure("the server's answer can't be read: \(error)")
        }
        _ = consume lock
    }

    private func settings() throws -> AccountSettings {
        let accounts = try loadRules(rules, secretsIn: data.folder).accounts
        let names = accounts.map(\.id.rawValue).joined(separator: ", ")
        if let account {
            guard let found = accounts.first(where: { $0.id.rawValue == account }) else {
                throw Failure("there is no account '\(account)' in \(rules.path), only \(names)")
            }
            return found
        }
        guard let only = accounts.first, accounts.count == 1 else {
            throw Failure("say which with --account: \(names)")
        }
        return only
    }
}
