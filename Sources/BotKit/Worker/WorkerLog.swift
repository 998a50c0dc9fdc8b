import Logging

/// Log lines, on their way to Conure.
struct WorkerLog: LogHandler {
    let channel: WorkerChannel
    /// The invocation that they are about; nil for none.
    let invocation: Int?
    /// Conure decides what it shows.
    var logLevel = Logger.Level.debug
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let metadata = metadata.merging(event.metadata ?? [:]) { $1 }
        let details = metadata.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        // A line must fit into a frame, and a log is no place for a megabyte.
        let text = "\(event.message)\(details)".prefix(8000)
        channel.write(.log(level: event.level.rawValue, text: String(text), id: invocation))
    }
}
