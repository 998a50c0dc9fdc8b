import Glibc
import NIOCore
import Synchronization

/// Every open connection, so that there are never too many and all can be closed.
///
/// When there are too many, the longest connected of those that have not logged in makes room: a flood of idle
/// connections keeps nobody out.
final class Connections: Sendable {
    private struct Entry {
        let channel: any Channel
        var isKnown = false
    }

    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        /// In the order they came; those that have gone or logged in are skipped.
        var strangers = CircularBuffer<ObjectIdentifier>()
        var isClosed = false

        /// The stranger that has been here longest.
        mutating func oldestStranger() -> Entry? {
            while let id = strangers.popFirst() {
                if let entry = entries[id], !entry.isKnown { return entries.removeValue(forKey: id) }
            }
            return nil
        }

        mutating func add(_ channel: any Channel) {
            let id = ObjectIdentifier(channel)
            entries[id] = Entry(channel: channel)
            if strangers.count > 2 * entries.count + 64 {
                strangers = CircularBuffer(strangers.filter { entries[$0]?.isKnown == false })
            }
            strangers.append(id)
        }
    }

    private let limit: Int
    private let state = Mutex(State())

    /// - Parameter limit: how many connections there may be, if the process may have that many files.
    init(limit: Int) { self.limit = max(min(limit, Self.allowedFiles() - 128), 16) }

    /// Takes in a connection; it is forgotten when it closes.
    ///
    /// - Returns: false if there is no room for it.
    func admit(_ channel: any Channel) -> Bool {
        let (isAdmitted, evicted) = state.withLock { state -> (Bool, Entry?) in
            if state.isClosed { return (false, nil) }
            var evicted: Entry?
            if state.entries.count >= limit {
                evicted = state.oldestStranger()
                if evicted == nil { return (false, nil) }
            }
            state.add(channel)
            return (true, evicted)
        }
        evicted?.channel.close(promise: nil)
        if isAdmitted { channel.closeFuture.whenComplete { [self] _ in forget(channel) } }
        return isAdmitted
    }

    /// The connection has logged in.
    func know(_ channel: any Channel) {
        state.withLock { $0.entries[ObjectIdentifier(channel)]?.isKnown = true }
    }

    /// Closes all, and admits none from now on.
    func close() async {
        let channels = state.withLock { state in
            state.isClosed = true
            return state.entries.values.map(\.channel)
        }
        for channel in channels { channel.close(promise: nil) }
        for channel in channels { try? await channel.closeFuture.get() }
    }

    private func forget(_ channel: any Channel) {
        state.withLock { _ = $0.entries.removeValue(forKey: ObjectIdentifier(channel)) }
    }

    /// Asks for as many files as the process may have; a thousand, the usual default, is few for a server.
    private static func allowedFiles() -> Int {
        var files = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &files) == 0 else { return 1024 }
        let wanted = min(files.rlim_max, 65_536)
        if files.rlim_cur < wanted {
            var more = files
            more.rlim_cur = wanted
            if setrlimit(resource, &more) == 0 { return Int(clamping: wanted) }
        }
        return Int(clamping: files.rlim_cur)
    }
}
