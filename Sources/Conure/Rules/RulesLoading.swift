import ArgumentParser
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
        FileHandle.standardError.write(Data((error.description + "\n").utf8))
        throw ExitCode.failure
    }
}
