import Foundation
import Workers

/// How the bots of a running program are, as it has written down.
struct BotReport {
    let bots: [BotStatus]

    /// - Returns: nil if no program has run bots on the folder.
    init?(in folder: DataFolder) {
        guard let data = FileManager.default.contents(atPath: folder.bots + "/status.json"),
            let bots = try? JSONDecoder().decode([BotStatus].self, from: data)
        else { return nil }
        self.bots = bots
    }
}

extension BotStatus {
    /// One line for people.
    var text: String {
        var parts = ["\(name): \(state.rawValue)"]
        if !pids.isEmpty {
            parts.append(
                "process\(pids.count == 1 ? "" : "es") \(pids.map(String.init).joined(separator: ", "))")
        }
        parts.append("\(invocations) answered")
        if deaths > 0 { parts.append("\(deaths) died") }
        return parts.joined(separator: ", ")
    }

    /// What people should know besides; empty if there is nothing.
    var warnings: [String] {
        var warnings: [String] = []
        if !problem.isEmpty { warnings.append(problem) }
        if let isolation, !isolation.files {
            warnings.append("this kernel does not keep it from files: Landlock is missing")
        }
        if let isolation, !isolation.calls {
            warnings.append(
                "this kernel does not keep it from the network and from starting processes: seccomp is missing"
            )
        }
        return warnings
    }
}
