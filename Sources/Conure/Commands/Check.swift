import ArgumentParser
import Engine
import Foundation

/// Says what is wrong with a rules file.
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check a rules file, and run the tests in it.",
        discussion: "Exits with 1 if anything is wrong.")

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, github
    }

    @OptionGroup var data: DataOption
    @OptionGroup var json: JSONOption
    @Option(help: "How to write what is found: text, json, or github for its workflow annotations.")
    var format = Format.text
    @Flag(help: "Take warnings for errors.") var strict = false
    @Flag(help: "Check again whenever a file changes, until Ctrl-C.") var watch = false
    @Option(name: .customLong("rules"), help: "The rules file.") var rules: String?
    @Argument(help: "The rules file; rules.yaml if not given.") var file: String?

    func run() async throws {
        guard watch else {
            if !(await check().isGood) { throw ExitCode.failure }
            return
        }
        while true {
            let (_, files) = await check()
            // Whoever reads this through a pipe reads it now.
            fflush(nil)
            let marks = files.map(FileMark.init)
            while files.map(FileMark.init) == marks { try await Task.sleep(for: .milliseconds(300)) }
            print("")
        }
    }

    /// Checks once and says what is wrong.
    ///
    /// - Returns: whether the rules may be used, and the files that were read.
    private func check() async -> (isGood: Bool, files: [String]) {
        let path = file ?? rules ?? "rules.yaml"
        do throws(RulesFileError) {
            let secrets = try EnvironmentSecrets(dataFolder: data.path)
            let loaded = Result { () throws(RulesFileError) in
                try RulesFile.load(path: path, secrets: secrets, webhookChecks: .strict)
            }
            let (file, _) = try await BotDesk(folder: data.folder, keepsFolders: false).checked(loaded)
            for warning in file.warnings { write(warning) }
            if !json.isOn, format == .text {
                let (rules, tests) = (file.rules.count, file.testCount)
                let ran = tests == 0 ? "" : ", \(tests) test\(tests == 1 ? "" : "s") passed"
                let warnings = file.warnings.count
                let found = warnings == 0 ? "nothing wrong" : "\(warnings) warning\(warnings == 1 ? "" : "s")"
                print("\(path): \(rules) rule\(rules == 1 ? "" : "s")\(ran), \(found)")
            }
            return (!strict || file.warnings.isEmpty, file.watchedFiles)
        } catch {
            for finding in error.findings { write(finding) }
            return (false, Array(Set(error.findings.map(\.file) + [path])).sorted())
        }
    }

    private func write(_ finding: Finding) {
        switch json.isOn ? .json : format {
        case .text: print(finding.text)
        case .json: print((try? JSONLine.text(FindingLine(finding))) ?? "")
        case .github: print(finding.annotation)
        }
    }
}

extension Finding {
    /// A workflow command of GitHub's, which shows the finding at its line.
    fileprivate var annotation: String {
        func escaped(_ text: String) -> String {
            text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
        }
        func property(_ text: String) -> String {
            escaped(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
        }
        let place = position.map { ",line=\($0.line),col=\($0.column)" } ?? ""
        let hint = suggestion.map { ", did you mean \($0)?" } ?? ""
        return "::\(severity.rawValue) file=\(property(file))\(place)::\(escaped(message + hint))"
    }
}
