import BotKit
import Engine
import Foundation
import Testing

@Suite struct `What starts a rule` {
    @Test(arguments: [
        ("{ contains_all: [red, wine] }", "Red and white wine", true),
        ("{ contains_all: [red, wine] }", "red beer", false),
        ("{ contains: price, not_contains: [old, was] }", "the price", true),
        ("{ contains: price, not_contains: [old, was] }", "the OLD price", false),
        ("{ not_contains: x }", "abc", true), ("{ not_contains: x }", "xyz", false),
        ("{ contains: cat, whole_words: true }", "a cat.", true),
        ("{ contains: cat, whole_words: true }", "concat cats", false),
        ("{ contains: cat, whole_words: true }", "concat Cat", true),
        ("{ contains: 价, whole_words: true }", "多少价钱", true),
        ("{ starts_with: hi, whole_words: true }", "history", false),
        ("{ starts_with: hi, whole_words: true }", "hi!", true),
        ("{ ends_with: end, whole_words: true }", "the weekend", false),
        ("{ contains: '5', whole_words: true }", "15", false),
        ("{ contains: ö, whole_words: true }", "schön", false),
        ("{ not_contains: cat, whole_words: true }", "concat", true),
    ])
    func `are all text keys together`(message: String, text: String, expected: Bool) throws {
        #expect(try Conversation(message: message).answers(text) == (expected ? ["yes"] : []))
    }

    @Test func `is a message of a kind`() throws {
        let link = Content.link(WebLink(url: "https://example.com", title: "A Shop"))
        let conversation = try Conversation(message: "{ kind: [link, card], contains: shop }")
        #expect(conversation.decision(link).texts == ["yes"])
        #expect(conversation.decision(.card(PersonCard(person: "x", name: "shopkeeper"))).texts == ["yes"])
        #expect(conversation.decision(.text("shop")).texts == [])
        let text = try Conversation(message: "{ contains: shop }")
        #expect(text.decision(link).texts == [])
        #expect(text.decision(.text("shop")).texts == ["yes"])
    }

    @Test func `is being addressed`() throws {
        var conversation = try Conversation(message: "{ mentions_me: true }")
        #expect(conversation.answers("hi") == ["yes"])
        conversation.chat = Contact(id: "7@room", kind: .group, name: "Room", isFriend: true)
        conversation.state.identity = "me"
        #expect(conversation.answers("hi") == [])
        #expect(conversation.decision(.text("hi"), mentions: ["you", "me"]).texts == ["yes"])
        #expect(conversation.decision(.text("hi"), mentions: ["you"]).texts == [])
    }

    @Test func `is what happens to people, rooms and the bot`() throws {
        var conversation = try Conversation(
            rules: """
                  - { id: a, when: { friend_added: }, then: [ { reply: "welcome {{ sender.name }}" } ] }
                  - { id: b, when: { friend_lost: }, then: [ { alert: "lost {{ sender.id }}" } ] }
                  - { id: c, when: { group: { event: [joined, renamed], in: "chat:Room" } }, then: [ { reply: "{{ chat.name }}" } ] }
                  - { id: d, when: { bot: { event: [started, slowed_down] } }, then: [ { send: { to: sender, text: x }, on_error: [ { log: "{{ error.reason }}" } ] } ] }
                """)
        #expect(conversation.decision(.friendAdded("u1")).texts == ["welcome Ann"])
        #expect(conversation.decision(.friendLost("u1")).notes.map(\.text) == ["lost u1"])
        #expect(conversation.decision(.bot(.started)).notes.map(\.text) == ["there is no sender here"])
        #expect(
            conversation.decision(.bot(.stopping))
                == Decision(trace: conversation.decision(.bot(.stopping)).trace))
        conversation.chat = Contact(id: "7@room", kind: .group, name: "Room", isFriend: true)
        #expect(conversation.decision(.group(GroupChange(kind: .joined, person: "u1"))).texts == ["Room"])
        #expect(conversation.decision(.group(GroupChange(kind: .left, person: "u1"))).texts == [])
        conversation.chat = Contact(id: "8@room", kind: .group, name: "Other", isFriend: true)
        #expect(conversation.decision(.group(GroupChange(kind: .joined, person: "u1"))).texts == [])
    }
}

@Suite struct `Included files` {
    private func withFiles(_ files: [String: String], _ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "conure-[x]-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder.appending(path: "rules.d"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in files {
            try Data(text.utf8).write(to: folder.appending(path: name))
        }
        try body(folder.path)
    }

    @Test func `are one with the file, and keep their own places`() throws {
        try withFiles([
            "rules.yaml": """
            version: 1
            include: [ "rules.d/*.yaml" ]
            words: { price: [price] }
            rules: [ { id: a, when: { message: words.bye }, then: [ { reply: texts.bye } ] } ]
            """,
            "rules.d/1.yaml": """
            words: { bye: [bye] }
            texts: { bye: "see you {{ vars.name }}" }
            vars: { name: Ann }
            """,
            "rules.d/2.yaml":
                "rules: [ { id: b, when: { message: words.price }, then: [ { reply: ten } ] } ]",
        ]) { folder in
            let file = try RulesFile.load(path: folder + "/rules.yaml", secrets: NoSecrets())
            #expect(file.rules.count == 2)
            #expect(file.files == ["/rules.yaml", "/rules.d/1.yaml", "/rules.d/2.yaml"].map { folder + $0 })
            let place = try #require(file.rules.places["b"])
            #expect(place.file == folder + "/rules.d/2.yaml" && place.line == 1)
        }
    }

    @Test func `name their own file and line in what is wrong with them`() throws {
        try withFiles([
            "rules.yaml": """
            version: 1
            include: "rules.d/*.yaml"
            rules: [ { id: a, when: { message: hi }, then: [ { reply: texts.none } ] } ]
            """,
            "rules.d/1.yaml":
                "accounts: []\nrules:\n  - { id: a, when: { message: x }, then: [ { rply: ten } ] }\n",
            "rules.d/2.yaml": "rules: [ }",
        ]) { folder in
            let error = #expect(throws: RulesFileError.self) {
                try RulesFile.load(path: folder + "/rules.yaml", secrets: NoSecrets())
            }
            let lines = error?.findings.map { $0.headline.replacing(folder + "/", with: "") } ?? []
            #expect(lines.count == 5)
            #expect(lines[0] == "rules.yaml:3:59: error: texts.none is not defined")
            #expect(lines[1].hasPrefix("rules.d/1.yaml:1:1: error: unknown key 'accounts' here"))
            #expect(
                lines[2]
                    == "rules.d/1.yaml:3:11: error: there is another rule with the id 'a' in line 3 of rules.yaml"
            )
            #expect(lines[3] == "rules.d/1.yaml:3:46: error: unknown key 'rply' here, did you mean reply?")
            #expect(lines[4].hasPrefix("rules.d/2.yaml:1:"))
        }
    }
}
