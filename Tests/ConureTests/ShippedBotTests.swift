import BotKit
import BotKitTesting
import Foundation
import Testing

@Suite(.timeLimit(.minutes(5))) struct `The bots that come with Conure` {
    /// A shop and a language model in one.
    private static func answer(_ request: HTTP.Request) -> HTTP.Answer {
        let number = request.address.split(separator: "/").last ?? ""
        if request.method == "POST" {
            return HTTP.Answer(json: [
                "choices": [["message": ["role": "assistant", "content": "I think so."]]],
                "usage": ["total_tokens": 5],
            ])
        }
        guard number == "AB123456" else { return HTTP.Answer(status: 404) }
        return HTTP.Answer(json: ["number": .text(String(number)), "state": "on its way"])
    }

    private func rules(_ address: String, permissions: String) -> String {
        """
        bots:
          Reminder:
          Poll:
          OrderStatus:
            permissions: [\(permissions)]
            environment: { ORDERS_URL: "\(address)/orders/NUMBER" }
          Assistant:
            permissions: [\(permissions)]
            environment: { ASSISTANT_URL: "\(address)/v1", ASSISTANT_MODEL: small }
        rules:
          - id: order
            when: { message: { matches: '^order (?<number>.+)$' } }
            then:
              - call: OrderStatus.lookup
                with: { number: "{{ match.number }}" }
                save_as: order
                on_error: [ { reply: "Sorry: {{ error.reason }}" } ]
              - reply: "Order {{ order.number }} is {{ order.state }}."
          - id: think
            when: { message: { ends_with: "?" } }
            then: [ { call: Assistant.answer } ]
        """
    }

    /// Lets somebody say all that, and looks at the first so many answers.
    private func conversation(
        _ texts: [String], permissions: String, count: Int, _ look: @escaping @Sendable ([String]) -> Void
    ) async throws {
        try await withServer({ Self.answer($0) }) { address in
            try await withFolder { folder in
                let site = try await Site(in: folder, people: ["ann"])
                try await site.run(rules: rules(address, permissions: permissions)) { _, _ in
                    try await withPeople(["ann"], at: site) { people in
                        let person = try #require(people.first)
                        for text in texts { try await person.send(text, to: site.bot) }
                        look(try await person.texts(count: count))
                    }
                }
            }
        }
    }

    @Test func `answer as processes of their own`() async throws {
        let texts = ["order AB123456", "order 7", "Does it work?", "remind me in 1 second to breathe"]
        try await conversation(texts, permissions: "network", count: 5) { replies in
            #expect(
                Set(replies) == [
                    "Order AB123456 is on its way.", "Sorry: there is no order 7", "I think so.",
                    "I'll remind you in 1 second.", "⏰ breathe",
                ])
        }
    }

    @Test func `reach no server without the permission`() async throws {
        try await conversation(["order AB123456"], permissions: "", count: 1) { replies in
            #expect(replies.first?.hasPrefix("Sorry: 127.0.0.1 cannot be reached") == true, "\(replies)")
        }
    }
}
