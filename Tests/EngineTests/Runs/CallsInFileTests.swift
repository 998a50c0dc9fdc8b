import BotKit
import Engine
import Testing

@Suite struct `Calls in a rules file` {
    private func file(_ rules: String) throws -> RulesFile {
        try RulesFile.parse(Array(("version: 1\nrules:\n" + rules).utf8), secrets: FixedSecrets())
    }

    @Test func `are compared with what handlers take`() throws {
        let catalog = HandlerCatalog([
            HandlerDeclaration(
                name: "Orders.lookup",
                arguments: [
                    ArgumentDeclaration(name: "number", type: .text, required: true),
                    ArgumentDeclaration(name: "count", type: .number, required: false),
                    ArgumentDeclaration(name: "way", type: .text, required: false, choices: ["air", "sea"]),
                ])
        ])
        let file = try file(
            """
              - id: r
                when: { message: x }
                then:
                  - call: Orders.lokup
                  - call: Orders.lookup
                  - call: Orders.lookup
                    with: { numbr: "1", number: "2", count: many, way: road }
                  - call: Orders.lookup
                    with: { number: "{{ message.text }}", count: "{{ message.text }}", way: sea }
            """)
        let findings = catalog.findings(about: file.handlerUses).map(\.text)
        let expected = [
            "rules.yaml:6:15: error: no bot has a handler 'Orders.lokup', did you mean Orders.lookup?",
            "rules.yaml:7:15: error: Orders.lookup needs 'number' under 'with'",
            "rules.yaml:9:17: error: Orders.lookup takes no 'numbr', did you mean number?",
            "rules.yaml:9:49: error: 'count' is a number, and this is many",
            "rules.yaml:9:60: error: 'way' is one of air, sea",
        ]
        #expect(findings.map { String($0.prefix { $0 != "\n" }) } == expected)
    }

    @Test func `are played in the file's tests`() throws {
        let file = try RulesFile.parse(
            Array(
                ("version: 1\nrules:\n" + orderRule + """

                    tests:
                      - given: { message: "order 1", handler: { Orders.lookup: { number: A, state: here } } }
                        expect: { rule: look, replies: [ "A is here" ] }
                      - given: { message: "order 1", handler: { Orders.lookup: { error: timeout } } }
                        expect: { rule: look, replies: [ "sorry: timeout" ] }
                      - given: { message: "order 1" }
                        expect: { rule: look, replies: [ "/does not say/" ] }
                    """).utf8), secrets: FixedSecrets())
        #expect(file.failures().map(\.message) == [])
    }
}
