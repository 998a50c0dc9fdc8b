import ArgumentParser
import Engine

/// Prints the language as a JSON Schema.
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the rule language as a JSON Schema, for editors.")

    func run() { print(LanguageSchema.json) }
}
