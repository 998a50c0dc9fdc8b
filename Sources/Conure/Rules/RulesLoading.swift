import ArgumentParser
import BotKit
import Engine
import Foundation

/// Reads a rules file; if anything is wrong with it, shows all of that and exits with 1.
func loadRules(
    _ option: RulesOption, secretsIn folder: DataFolder, cache: ScannerCache? = nil
) throws -> RulesFile {
    do {
        return try RulesFile.load(
            path: option.path, secrets: EnvironmentSecrets(dataFolder: folder.path), cache: cache,
            webhookChecks: .strict)
    } catch {
        throw error.shown
    }
}

/// What the rules file says of an account; nil if there is no such file, or it cannot be read, or knows no such account.
func accountSettings(
    of account: AccountID, in option: RulesOption, secretsIn folder: DataFolder
) -> AccountSettings? {
    guard FileManager.default.fileExists(atPath: option.path) else { return nil }
    return try? loadRules(option, secretsIn: folder).accounts.first { $0.id == account }
}

/// The rules of the file, asking the bots that it needs what they have.
func loadRules(
    _ option: RulesOption, secretsIn folder: DataFolder, cache: ScannerCache, askingBots desk: BotDesk
) async throws -> (RulesFile, KnownBots) {
    do {
        let secrets = try EnvironmentSecrets(dataFolder: folder.path)
        return try await desk.checked(
            Result { () throws(RulesFileError) in
                try RulesFile.load(path: option.path, secrets: secrets, cache: cache, webhookChecks: .strict)
            })
    } catch {
        throw error.shown
    }
}

extension RulesFileError {
    /// Says everything that is wrong, and ends the command.
    var shown: ExitCode {
        FileHandle.standardError.write(Data((description + "\n").utf8))
        return ExitCode.failure
    }
}
