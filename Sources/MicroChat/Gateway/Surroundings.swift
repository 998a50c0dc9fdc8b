import BotKit
import Foundation

/// Notices what makes a link doubtful though nothing was heard of it: the machine slept, or it is on another network
/// now (MicroChat wire protocol, sections 5.2 and 5.4). Looks only when asked to.
struct Surroundings {
    /// One look.
    struct Look {
        var time: Timestamp
        /// Stands still while the machine sleeps, unlike the time of day.
        var awake: SuspendingClock.Instant
        var network: String
    }

    private var last: Look

    init(_ look: Look) { last = look }

    /// Whether the link should be tried before it is trusted.
    mutating func haveChanged(_ look: Look) -> Bool {
        defer { last = look }
        let asleep = (look.time - last.time) - (look.awake - last.awake)
        return asleep > Heartbeats.longSleep || look.network != last.network
    }
}

extension Surroundings.Look {
    /// How things are now.
    init(_ clock: any WallClock) {
        self.init(
            time: clock.now, awake: SuspendingClock.now,
            network: Self.network(
                routes: (try? String(contentsOfFile: "/proc/net/route", encoding: .utf8)) ?? ""))
    }

    /// What names a network to a machine on it: where its default route goes, as Linux lists it; empty if it has none.
    static func network(routes: String) -> String {
        let defaults = routes.split(separator: "\n").dropFirst().compactMap { line -> (Int, String)? in
            let fields = line.split(whereSeparator: \.isWhitespace)
            guard fields.count > 7, fields[1] == "00000000", fields[7] == "00000000" else { return nil }
            return (Int(fields[6]) ?? .max, "\(fields[0])/\(fields[2])")
        }
        return defaults.min { $0 < $1 }?.1 ?? ""
    }
}
