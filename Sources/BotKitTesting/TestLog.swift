import BotKit
import Synchronization

/// Log lines, kept.
final class TestLog: Sendable {
    private let kept = Mutex<[String]>([])

    var lines: [String] { kept.withLock { $0 } }

    func keep(_ line: String) { kept.withLock { $0.append(line) } }
}

struct TestLogHandler: LogHandler {
    let log: TestLog
    var logLevel = Logger.Level.trace
    var metadata: Logger.Metadata = [:]

    init(_ log: TestLog) { self.log = log }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let metadata = metadata.merging(event.metadata ?? [:]) { $1 }
        let details = metadata.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        log.keep("\(event.level): \(event.message)\(details)")
    }
}
