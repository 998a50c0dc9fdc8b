import BotKit
import BotKitTesting
import Foundation
import Testing

private enum Way: String, CaseIterable { case air, sea }

private struct Parcel: Codable, Equatable {
    var weight: Decimal
    var sent: Timestamp
    var arrived: Date?
}

private enum Post: Bot {
    static let handlers = [
        Handler(
            "Post.send", "Sends", takes: .text("to"), .choice("way", of: Way.self, default: .sea),
            .whole("copies", default: 1), .optional(.number("weight")), .flag("fragile", default: false),
            .texts("notes", default: [])
        ) { context, to, way, copies, weight, fragile, notes in
            "\(copies) to \(to) by \(way)\(weight.map { " of \($0) kg" } ?? "")\(fragile ? ", careful" : "")"
                + notes.map { ", \($0)" }.joined()
        },
        Handler("Post.when", takes: .time("at"), .any("tag", default: .missing)) {
            _, at, tag -> [String: Value] in
            ["at": .time(at), "tag": tag]
        },
        Handler("Post.parcel", takes: .json("parcel", as: Parcel.self)) { _, parcel in parcel },
        Handler("Post.nothing") { _ in },
    ]
}

@Suite(.timeLimit(.minutes(5))) struct `Arguments` {
    private func send(_ arguments: [String: Value]) async throws -> Value? {
        try await TestChat(Post.self).call("Post.send", with: arguments)
    }

    @Test func `have the types that were declared`() async throws {
        #expect(try await send(["to": "Bob"]) == "1 to Bob by sea")
        #expect(
            try await send([
                "to": "Bob", "way": "air", "copies": 2, "weight": 0.1, "fragile": true, "notes": ["a", "b"],
            ]) == "2 to Bob by air of 0.1 kg, careful, a, b")
    }

    @Test func `are also read from texts, which is what templates give`() async throws {
        #expect(
            try await send(["to": 5, "copies": "3", "weight": "-1.50", "fragile": "yes", "notes": "a"])
                == "3 to 5 by sea of -1.5 kg, careful, a")
    }

    @Test(
        arguments: [
            ([:], "'to' is needed under 'with'"),
            (["to": ["Bob"]], "'to' is a text, and this is [\"Bob\"]"),
            (["to": "Bob", "way": "road"], "'way' is one of air, sea, and this is 'road'"),
            (["to": "Bob", "copies": 1.5], "'copies' is a number, and this is 1.5"),
            (
                ["to": "Bob", "copies": "99999999999999999999"],
                "'copies' is a number, and this is '99999999999999999999'"
            ),
            (["to": "Bob", "weight": "1e5"], "'weight' is a number, and this is '1e5'"),
            (["to": "Bob", "fragile": "perhaps"], "'fragile' is true or false, and this is 'perhaps'"),
            (["to": "Bob", "notes": [["a"]]], "'notes' is a list, and this is [[\"a\"]]"),
        ] as [([String: Value], String)])
    func `of the wrong kind are refused with a reason`(arguments: [String: Value], reason: String)
        async throws
    {
        await #expect(throws: Failure(reason)) { try await send(arguments) }
    }

    @Test(
        arguments: [
            (.time(Timestamp(seconds: 1_795_860_000)), Timestamp(seconds: 1_795_860_000)),
            ("2026-11-28T10:00:00Z", Timestamp(seconds: 1_795_860_000)),
            (1_795_860_000.5, Timestamp(microseconds: 1_795_860_000_500_000)),
        ] as [(Value, Timestamp)])
    func `that are times stay times`(given: Value, time: Timestamp) async throws {
        let result = try await TestChat(Post.self).call("Post.when", with: ["at": given, "tag": [1]])
        #expect(result == ["at": .time(time), "tag": [1]])
    }

    @Test func `and results can have a shape of one's own`() async throws {
        let parcel: Value = [
            "weight": 1.25, "sent": .time(Timestamp(seconds: 5)), "arrived": .time(Timestamp(seconds: 9)),
        ]
        let chat = try TestChat(Post.self)
        #expect(try await chat.call("Post.parcel", with: ["parcel": parcel]) == parcel)
        #expect(try parcel.decoded(as: Parcel.self).arrived == Date(timeIntervalSince1970: 9))
        await #expect(throws: Failure.self) { try await chat.call("Post.parcel", with: ["parcel": "x"]) }
        #expect(try await chat.call("Post.nothing") == nil)
    }

    @Test func `are what checks of rules compare with`() {
        let arguments = Post.handlers[0].declaration.arguments
        #expect(
            arguments == [
                ArgumentDeclaration(name: "to", type: .text, required: true),
                ArgumentDeclaration(name: "way", type: .text, required: false, choices: ["air", "sea"]),
                ArgumentDeclaration(name: "copies", type: .number, required: false),
                ArgumentDeclaration(name: "weight", type: .number, required: false),
                ArgumentDeclaration(name: "fragile", type: .flag, required: false),
                ArgumentDeclaration(name: "notes", type: .list, required: false),
            ])
    }
}

private enum Broken: Bot {
    static let handlers = [
        Handler("nameless") { _ in }, Handler("A.b") { _ in },
        Handler(
            "A.b", on: .friendAdded, .every(.milliseconds(500)), takes: .text("x"), .text("x", default: "")
        ) { _, _, _ in },
    ]
}

@Suite struct `Handlers that cannot be` {
    @Test func `are named before any is asked`() {
        #expect(
            throws: Failure(
                """
                'nameless' is no name for a handler, expected one such as Orders.lookup
                there are two handlers called 'A.b'
                A.b takes two arguments of one name
                A.b hears of events by itself, and so 'x' needs a default
                A.b wants a timer every 0.5 s, and one second is the least
                """)
        ) { try TestChat(Broken.self) }
    }
}
