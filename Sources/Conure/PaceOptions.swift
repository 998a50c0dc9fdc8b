import ArgumentParser
import MicroChatGateway

/// How a gateway keeps its link.
struct PaceOptions: ParsableArguments {
    @Option(
        help: """
            Seconds without a frame until a heartbeat is sent, 1 to 600; or "adaptive", to find the longest time that \
            each network allows.
            """,
        transform: { text in
            if text == "adaptive" { return .adaptive }
            guard let seconds = Double(text), (1...600).contains(seconds) else {
                throw ValidationError(
                    "'\(text)' is not a heartbeat, expected seconds from 1 to 600, or adaptive")
            }
            return .fixed(.seconds(seconds))
        })
    var heartbeat = HeartbeatPace.fixed(.seconds(210))

    @Option(help: "Seconds until a heartbeat without an answer is missed; two in a row end the link.")
    var heartbeatAnswer = 8.0

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
        guard (0.1...60).contains(heartbeatAnswer) else {
            throw ValidationError("--heartbeat-answer is \(heartbeatAnswer), expected 0.1 to 60")
        }
    }

    var timing: Timing {
        var timing = Timing()
        timing.heartbeat = heartbeat
        timing.heartbeatAnswer = .seconds(heartbeatAnswer)
        if !reconnectWaits.isEmpty { timing.reconnect = reconnectWaits.map { .seconds($0) } }
        return timing
    }
}
