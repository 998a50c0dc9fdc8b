import Glibc
import NIOCore
import Synchronization

/// Every open connection, so that there are never too many and all can be closed.
final class Connections: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isClosed = false
    }

    private let limit: Int
    private let state = Mutex(State())

    /// - Parameter limit: more connections than this are turned away, and more than the process may have files.
    init(limit: Int) {
        var files = rlimit()
        let spare = 128
        let allowed =
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files) == 0
            ? Int(clamping: files.rlim_cur) - spare : limit
        self.limit = max(min(limit, allowed), 16)
    }

    /// Whether the connection may stay; it is forgotten when it closes.
    func admit(_ channel: any Channel) -> Bool {
        let isAdmitted = state.withLock { state in
            guard !state.isClosed, state.channels.count < limit else { return false }
            state.channels[ObjectIdentifier(channel)] = channel
            return true
        }
        if isAdmitted { channel.closeFuture.whenComplete { [self] _ in forget(channel) } }
        return isAdmitted
    }

    private func forget(_ channel: any Channel) {
        state.withLock { $0.channels[ObjectIdentifier(channel)] = nil }
    }

    /// Closes all, and admits none from now on.
    func close() async {
        let channels = state.withLock { state in
            state.isClosed = true
            return Array(state.channels.values)
        }
        for channel in channels { channel.close(promise: nil) }
        for channel in channels { try? await channel.closeFuture.get() }
    }
}
