import BotKit
import Testing

@testable import MicroChatGateway

struct SurroundingsTests {
    private func look(time: Int64, awake: Duration, network: String = "a") -> Surroundings.Look {
        .init(time: Timestamp(seconds: time), awake: Self.start + awake, network: network)
    }

    private static let start = SuspendingClock.now

    /// What each look after the first makes of it.
    private func changes(_ looks: [Surroundings.Look]) -> [Bool] {
        var surroundings = Surroundings(looks[0])
        return looks.dropFirst().map { surroundings.haveChanged($0) }
    }

    @Test func `a sleep of more than a quarter of an hour is noticed, once`() {
        let looks = [(0, 0), (3600, 3600), (4530, 3630), (5461, 3660), (5491, 3690)]
        let changes = changes(looks.map { look(time: Int64($0.0), awake: .seconds($0.1)) })
        #expect(changes == [false, false, true, false])
    }

    @Test func `a clock that is set back is no sleep`() {
        #expect(changes([look(time: 86_400, awake: .zero), look(time: 0, awake: .seconds(30))]) == [false])
    }

    @Test func `another network is noticed`() {
        let looks = ["a", "b", "b", "a"].map { look(time: 0, awake: .zero, network: $0) }
        #expect(changes(looks) == [true, false, true])
    }

    @Test(arguments: [
        (["lo 00000000 00000000 1 0 0 0 FFFFFFFF 0 0 0"], ""), ([], ""), (["x"], ""),
        (
            [
                "wlan0 00000000 0101A8C0 3 0 0 600 00000000 0 0 0",
                "eth0 00000000 0102A8C0 3 0 0 100 00000000 0 0 0",
                "eth0 0002A8C0 00000000 1 0 0 100 00FFFFFF 0 0 0",
            ], "eth0/0102A8C0"
        ),
    ])
    func `a network is where the best default route goes`(lines: [String], network: String) {
        let table = (["Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT"] + lines)
        #expect(Surroundings.Look.network(routes: table.joined(separator: "\n")) == network)
    }
}
