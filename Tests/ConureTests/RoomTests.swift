import Foundation
import Testing

@Suite(.serialized, .timeLimit(.minutes(5)))
struct `Rooms by a code` {
    /// The room that a command says it entered.
    private func room(_ ending: ConureProcess.Ending) -> Substring? {
        ending.output.firstMatch(of: /"room":"([^"]+@chatroom)"/)?.1
    }

    @Test func `are entered by those who say the same code at the same place`() async throws {
        try await withFolder { folder in
            let site = try await Site(in: folder, people: [])
            try await site.run { _, _ in
                func enter(_ options: String...) async throws -> ConureProcess.Ending {
                    try await ConureProcess(
                        ["room", "facing"] + options + ["--data", site.botData], in: folder
                    ).ending()
                }
                let first = try await enter("4711")
                let id = try #require(room(first), "\(first.errors)")
                #expect(room(try await enter("4711")) == id)
                let elsewhere = try await enter("4711", "--longitude", "13.4", "--latitude", "52.5")
                #expect(room(elsewhere) != nil && room(elsewhere) != id)
                while !(try await folder.conure("room", "list", "--data", site.botData)).output.contains(id) {
                }
                for mistake in [["47"], ["471x"], ["4711", "--latitude", "91"]] {
                    #expect(
                        try await ConureProcess(["room", "facing"] + mistake, in: folder).ending().code == 64)
                }
            }
        }
    }
}
