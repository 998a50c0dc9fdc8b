import ArgumentParser
import Engine
import Foundation

/// Says what is wrong with a rules file.
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check a rules file, and run the tests in it.",
        discussion: "Exits with 1 if anything is wrong.")

    @OptionGroup var data: DataOption
    @OptionGroup var json: JSONOption
    @Option(name: .customLong("rules"), help: "The rules file.") var rules: String?
    @Argument(help: "The rules file; rules.yaml if not given.") var file: String?

    func run() async throws {
        let path = file ?? rules ?? "rules.yaml"
        do {
            let file = try RulesFile.load(path: path, secrets: EnvironmentSecrets(dataFolder: data.path))
            if !json.isOn {
                let (rules, tests) = (file.rules.count, file.testCount)
                let ran = tests == 0 ? "" : ", \(tests) test\(tests == 1 ? "" : "s") passed"
                print("\(path): \(rules) rule\(rules == 1 ? "" : "s")\(ran), nothing wrong")
            }
        } catch {
            for finding in error.findings {
                print(json.isOn ? try JSONLine.text(FindingLine(finding)) : finding.text)
            }
            throw ExitCode.failure
        }
    }
}

/// A finding as `--json` shows it.
private struct FindingLine: Encodable {
    var file: String
    var line: Int?
    var column: Int?
    var severity: String
    var message: String
    var suggestion: String?

    init(_ finding: Finding) {
        (file, line, column) = (finding.file, finding.position?.line, finding.position?.column)
        (severity, message) = (finding.severity.rawValue, finding.message)
        suggestion = finding.suggestion
    }
}
