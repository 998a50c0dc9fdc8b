import Foundation
import Logging

/// Logs one JSON object a line to standard error.
struct JSONLogHandler: LogHandler {
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    private struct Line: Encodable {
        var time: String
        var level: String
        var message: String
        var metadata: [String: String]?
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let line = Line(
            time: Date().ISO8601Format(.iso8601(timeZone: .gmt, includingFractionalSeconds: true)),
            level: event.level.rawValue, message: "\(event.message)",
            metadata: all.isEmpty ? nil : all.mapValues { "\($0)" })
        guard let text = try? JSONLine.text(line) else { return }
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}
