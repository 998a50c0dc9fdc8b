import Foundation
import Testing

@Suite(.timeLimit(.minutes(5)))
struct `The owner and the outbox` {
    private struct Changed: Decodable {
        var changed: Int
        var refused: Int
    }

    private func rows(_ folder: TestFolder, _ state: String) async throws -> [OutboxLine] {
        try await folder.conure("outbox", "list", "--json", "--state", state).decoded(as: OutboxLine.self)
    }

    private func withUp(in folder: TestFolder, _ body: () async throws -> Void) async throws {
        try folder.write(echoRules, to: folder / "rules.yaml")
        try await withConure(["up", "--long-link-port", "0", "--short-link-port", "0"], in: folder) { up in
            try await up.ready(in: folder / ".conure")
            // The bot has to know whom it can write to.
            while try await folder.conure("friend", "list").output.isEmpty {}
            try await body()
        }
    }

    @Test func `can change what has not left, and see what became of it`() async throws {
        try await withFolder { folder in
            try await withUp(in: folder) {}
            for text in ["one", "two", "three"] {
                let send = try await folder.conure("send", "--to", "Me", text, "--wait", "0")
                #expect(send.code == 0, "\(send.errors)")
            }
            #expect(try await rows(folder, "waiting").map(\.text) == ["three", "two", "one"])
            let waits = try await folder.conure("outbox", "show", "3")
            #expect(waits.output.contains("the limits let one like it leave at 20"), "\(waits.output)")
            let edit = try await folder.conure("outbox", "edit", "2", "--text", "second", "--json")
            #expect(try edit.decoded(as: Changed.self).first?.changed == 1)
            #expect(try await folder.conure("outbox", "cancel", "1").output == "1 row: cancel\n")
            // More than one needs a word.
            let many = try await folder.conure("outbox", "cancel", "--chat", "Me")
            #expect(many.code == 1 && many.isOneErrorLine && many.errors.contains("cancel 2 rows? Say --yes"))
            let none = try await folder.conure("outbox", "cancel", "--chat", "Nobody")
            #expect(none.code == 1 && none.isOneErrorLine)
            let bare = try await folder.conure("outbox", "drop")
            #expect(bare.code == 64 && bare.errors.contains("say which"))
            try await withUp(in: folder) {
                while try await rows(folder, "sent").count < 2 {
                    try await Task.sleep(for: .milliseconds(50))
                }
                #expect(try await rows(folder, "sent").map(\.text) == ["three", "second"])
                // Beside a running bot: what was cancelled goes out after all.
                let retry = try await folder.conure("outbox", "retry", "1", "--json")
                #expect(try retry.decoded(as: Changed.self).first?.changed == 1)
                while try await rows(folder, "sent").count < 3 {
                    try await Task.sleep(for: .milliseconds(50))
                }
                let late = try await folder.conure("outbox", "retry", "1")
                #expect(late.code == 1 && late.errors.contains("number 1: it was sent"))
                let status = try await folder.conure("status")
                #expect(status.output.contains("messages: 3 in 24 hours"), "\(status.output)")
            }
            let show = try await folder.conure("outbox", "show", "2")
            #expect(show.lines.first == "2 sent" && show.output.contains("  | second"))
            #expect(!show.output.contains("the limits"))
            let drop = try await folder.conure("outbox", "drop", "--state", "sent", "--yes")
            #expect(drop.output == "3 rows: drop\n")
            #expect(try await rows(folder, "sent").isEmpty)
        }
    }
}
