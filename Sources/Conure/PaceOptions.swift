import ArgumentParser
import MicroChatGateway

/// How a gateway keeps its link.
struct PaceOptions: ParsableArguments {
    @Option(help: "Seconds without a frame until a heartbeat is sent, 1 to 600.")
    var heartbeat = 210.0

    @Option(
        name: .customLong("reconnect-waits"),
        help:
            "Seconds to wait before each attempt to reconnect, such as 5,10,20,30,300; the last one repeats.",
        transform: { text in
            try text.split(separator: ",").map { part in
                guard let seconds = Double(part), (0.01...3600).contains(seconds) else {
                    throw ValidationError("'\(part)' is not a wait, expected seconds from 0.01 to 3600")
                }
                return seconds
            }
        })
    var reconnectWaits: [Double] = []

    func validate() throws {
        guard (1...600).contains(heartbeat) else {
            throw ValidationError("--heartbeat is \(heartbeat), expected 1 to 600")
        }
    }

    var timing: Timing {
        var timing = Timing()
        timing.heartbeat = .seconds(heartbeat)
        if !reconnectWaits.isEmpty { timing.reconnect = reconnectWaits.map { .seconds($0) } }
        return timing
    }
}
