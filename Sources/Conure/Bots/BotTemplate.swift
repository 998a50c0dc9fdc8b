/// What a bot begins with.
enum BotTemplate {
    static func files(_ name: String) -> [(path: String, text: String)] {
        [
            ("\(name).swift", program(name)), ("Tests/\(name)Tests.swift", tests(name)),
            ("README.md", readme(name)),
        ]
    }

    private static func program(_ name: String) -> String {
        """
        import BotKit

        /// Says hello to whoever greets it.
        @main struct \(name): Bot {
            static let handlers = [
                Handler("\(name).hear", "Answers a greeting", on: .messages()) { context in
                    if context.text.lowercased() == "hello \(name.lowercased())" {
                        context.reply(greeting(context))
                    }
                },
                Handler("\(name).greet", "Gives rules a greeting") { context in greeting(context) },
            ]

            private static func greeting(_ context: Context) -> String {
                "Hello \\(context.sender?.name ?? "you"), this is \(name)!"
            }
        }

        """
    }

    private static func tests(_ name: String) -> String {
        """
        import BotKitTesting
        import Testing

        @testable import \(name)

        @Suite(.timeLimit(.minutes(5))) struct `The bot \(name)` {
            @Test func `answers a greeting, and nothing else`() async throws {
                let chat = try TestChat(\(name).self)
                try await chat.says("Hello \(name)")
                try await chat.says("hello you")
                #expect(chat.replies == ["Hello Ann, this is \(name)!"])
            }

            @Test func `gives rules a greeting`() async throws {
                let chat = try TestChat(\(name).self, with: "Bob")
                #expect(try await chat.call("\(name).greet") == "Hello Bob, this is \(name)!")
            }
        }

        """
    }

    private static func readme(_ name: String) -> String {
        """
        # \(name)

        Answers "hello \(name)". Rules can ask it, too:

        ```yaml
        version: 1
        bots: [\(name)]
        rules:
          - id: greet
            when: { message: hi }
            then:
              - call: \(name).greet
                save_as: greeting
              - reply: "{{ greeting }}"
        ```

        """
    }
}
