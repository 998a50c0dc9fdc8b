import BotKit
import Engine
import Testing

@Suite struct `An entry of texts` {
    private let rules = """
        version: 1
        texts:
          three: ["one {{ sender.name }}", two, three]
          single: [only]
          tongues: { en: hello, zh: 你好, pt-BR: olá }
          others: { fr: salut, de: hallo }
        rules:
          - { id: list, when: { message: list }, then: [{ reply: texts.three }, { reply: { text: texts.three } }] }
          - { id: single, when: { message: single }, then: { reply: texts.single } }
          - { id: tongues, when: { message: tongues }, then: [{ reply: texts.tongues }, { reply: texts.others }] }
          - { id: quoted, when: { message: quoted }, then: { reply: "texts.three" } }
        """

    @Test func `is never said twice in a row in a chat`() throws {
        var conversation = try Conversation(rules)
        var said: Set<String> = []
        var last: String?
        for number in 0..<200 {
            conversation.event = EventID("event-\(number)")
            let decision = conversation.decision(.text("list"))
            let texts = conversation.answers("list")
            #expect(texts.count == 2 && texts[0] != texts[1] && texts[0] != last)
            #expect(decision == conversation.decision(.text("list")), "the same event, the same decision")
            last = texts.last
            said.formUnion(texts)
            conversation.state.picks["u1", default: [:]].merge(decision.picks) { $1 }
        }
        #expect(said == ["one Ann", "two", "three"])
    }

    @Test(arguments: [[:], ["three": 7], ["three": -1], ["three": 0]])
    func `is said whatever was said last`(picks: [String: Int]) throws {
        let conversation = try Conversation(rules)
        conversation.state.picks["u1"] = picks
        #expect(conversation.answers("list").count == 2)
        #expect(conversation.answers("single") == ["only"])
        #expect(conversation.decision(.text("single")).picks.isEmpty)
    }

    @Test func `is chosen evenly`() throws {
        var conversation = try Conversation(rules)
        var counts = [0, 0, 0]
        for number in 0..<3000 {
            conversation.event = EventID("\(1_000_000 + number)")
            let first = conversation.answers("list").first
            if let index = ["one Ann", "two", "three"].firstIndex(of: first ?? "") { counts[index] += 1 }
        }
        #expect(counts.allSatisfy { (850...1150).contains($0) }, "\(counts)")
    }

    @Test(arguments: [
        ("en", "hello"), ("zh", "你好"), ("zh-CN", "你好"), ("pt-BR", "olá"), ("pt", "hello"), ("ja", "hello"),
        ("de", "hello"),
    ])
    func `speaks the bot's language, else English, else its first`(language: String, hello: String) throws {
        let conversation = try Conversation("bot: { language: \(language) }\n" + rules)
        let other = language == "de" ? "hallo" : "salut"
        #expect(conversation.answers("tongues") == [hello, other])
    }

    @Test func `is not meant by quoted text`() throws {
        #expect(try Conversation(rules).answers("quoted") == ["texts.three"])
    }
}
