import Foundation
import Testing

/// Processes killed at random moments while messages flow: each message gets exactly one answer, in order per chat.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct KillTests {
    private static let people = 3
    private static let messages = 100
    private static let kills = 20

    @Test func `a person and a bot, each in a process of its own`() async throws {
        let pair = try await TwoProcesses(people: 1)
        try await pair.people[0].online { person in
            try await person.say("message one", number: 1)
            try await person.say("nothing for you", number: 2)
            try await person.say("message two", number: 3)
            try await person.hears(2)
        }
        #expect(pair.people[0].heard == ["re: message one", "re: message two"])
    }

    @Test(arguments: [true, false])
    func `a process is killed again and again and nothing is lost or doubled`(theBot: Bool) async throws {
        let pair = try await TwoProcesses(people: Self.people)
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix(seed)
        let moments = (0..<Self.kills).map { _ in
            Duration.milliseconds(Int.random(in: 30...350, using: &random))
        }
        try await withThrowingTaskGroup { group in
            for person in pair.people {
                group.addTask {
                    try await person.online { person in
                        for number in 1...Self.messages {
                            try await person.say("message \(number)", number: UInt32(number))
                            // Spread over the kills; the moments themselves are the test's input.
                            try await Task.sleep(for: .milliseconds(60))
                        }
                        try await person.hears(Self.messages)
                    }
                }
            }
            for moment in moments {
                try await Task.sleep(for: moment)
                if theBot { try await pair.killBot() } else { try await pair.killServer() }
            }
            try await group.waitForAll()
        }
        try await pair.settled()
        // Whatever came twice would wait for them now.
        for person in pair.people {
            try await person.online { person in
                try await person.say("last message", number: 1_000_000)
                try await person.hears(Self.messages + 1)
            }
            let expected = (1...Self.messages).map { "re: message \($0)" } + ["re: last message"]
            #expect(person.heard == expected, "seed \(seed)")
        }
    }
}

/// A small generator with a seed, so that a failure can be looked at again.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
