public import ArgumentParser
import Foundation
public import Logging

/// Where the data is; every command has this.
struct DataOption: ParsableArguments {
    @Option(name: .customLong("data"), help: "The folder that holds everything Conure remembers.")
    var path = ".conure"

    var folder: DataFolder { DataFolder(path) }
}

struct RulesOption: ParsableArguments {
    @Option(name: .customLong("rules"), help: "The rules file.")
    var path = "rules.yaml"

    /// What paths in the rules are relative to.
    var folder: URL { URL(fileURLWithPath: path).deletingLastPathComponent() }
}

struct JSONOption: ParsableArguments {
    @Flag(name: .customLong("json"), help: "Print JSON, one object a line.")
    var isOn = false
}

struct LogOptions: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @Option(help: "How much to log: trace, debug, info, notice, warning, error or critical.")
    var logLevel = Logger.Level.info

    @Option(help: "How to log: text or json.")
    var logFormat = Format.text

    /// A logger that writes to standard error.
    func logger() -> Logger {
        var logger = Logger(label: "conure") { [logFormat] label in
            switch logFormat {
            case .text: StreamLogHandler.standardError(label: label)
            case .json: JSONLogHandler()
            }
        }
        logger.logLevel = logLevel
        return logger
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}

/// Where the embedded server listens.
struct ListenOptions: ParsableArguments {
    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The long link's port; 0 takes any free one.")
    var longLinkPort = 8080

    @Option(help: "The short link's port; 0 takes any free one.")
    var shortLinkPort = 8081

    @Option(
        help: ArgumentHelp(
            "A port of its own for those who ask for addresses; 0 takes any free one.",
            discussion: "The short link's port answers them too."))
    var nameServicePort: Int?

    @OptionGroup var tls: TLSOptions

    func validate() throws {
        for port in [longLinkPort, shortLinkPort, nameServicePort ?? 0] where !(0...65535).contains(port) {
            throw ValidationError("\(port) is not a port, expected 0 to 65535")
        }
    }
}
