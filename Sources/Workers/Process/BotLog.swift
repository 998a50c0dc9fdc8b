import Foundation
import Glibc
import Synchronization

/// What a bot says to people, in a file of its own that stays small whatever the bot does.
final class BotLog: Sendable {
    /// Bytes of the file; when it is full it becomes `NAME.log.1`, and the one of that name goes.
    private static let most = 1 << 20
    /// Lines in a second; the rest is counted.
    private static let mostInSecond = 200

    private let path: String

    private struct State {
        var file: Int32 = -1
        var size = 0
        var second: time_t = 0
        var inSecond = 0
        var dropped = 0
    }

    private let state = Mutex(State())

    /// - Parameter path: empty for nowhere.
    init(path: String) { self.path = path }

    deinit { state.withLock { if $0.file >= 0 { close($0.file) } } }

    /// Writes a line.
    func write(_ line: String) {
        if path.isEmpty { return }
        state.withLock { state in
            let now = time(nil)
            if now != state.second {
                if state.dropped > 0 { append("(\(state.dropped) more lines in that second)", &state) }
                (state.second, state.inSecond, state.dropped) = (now, 0, 0)
            }
            state.inSecond += 1
            if state.inSecond <= Self.mostInSecond { append(line, &state) } else { state.dropped += 1 }
        }
    }

    private func append(_ line: String, _ state: inout State) {
        if state.file < 0 {
            state.file = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
            state.size = state.file < 0 ? 0 : Int(lseek(state.file, 0, SEEK_END))
        }
        guard state.file >= 0 else { return }
        let bytes = Array((Date.now.formatted(.iso8601) + " " + line + "\n").utf8)
        // A log that cannot be written is no reason to do anything else.
        _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(state.file, $0.baseAddress, $0.count) }
        state.size += bytes.count
        guard state.size > Self.most else { return }
        close(state.file)
        state.file = -1
        _ = unsafe rename(path, path + ".1")
    }
}
