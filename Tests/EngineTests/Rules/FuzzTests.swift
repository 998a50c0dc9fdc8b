import BotKit
import Engine
import Foundation
import Testing

/// The same numbers at every run: SplitMix64.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite struct `Nothing traps` {
    private static let iterations =
        ProcessInfo.processInfo.environment["CONURE_FUZZ_ITERATIONS"].flatMap(Int.init) ?? 20_000

    private static let pieces = [
        "{{", "}}", "|", "(", ")", "'", "\"", "\\", "\n", "  ", "- ", ": ", "#", "&a ", "*a", "!!t ", "[",
        "]", "{", "}",
        ",", "\t", "%", "---\n", "? ", "| ", "> ", "~", "\u{85}", "\u{2028}", "\u{FEFF}", "\u{0}", "你", "ＡＢ",
        "e\u{301}",
        "👨‍👩‍👧", "words.price", "texts.a", "match.n", "(?<n>", "(?=", "\\Q", "[^", "{1000}",
        "99999999999999999999",
        "sender.name", "default('x')", "date(\"", "1 per 3s", "\r\n", "\\u12", "<<: ", "secrets.a",
    ].map { Array($0.utf8) }

    private static func mutated(_ bytes: [UInt8], with random: inout Seeded) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let start = Int.random(in: 0...bytes.count, using: &random)
            let end = min(bytes.count, start + Int.random(in: 0...12, using: &random))
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes.removeSubrange(start..<end)
            case 1:
                bytes.insert(
                    contentsOf: bytes[start..<end], at: Int.random(in: 0...bytes.count, using: &random))
            case 2: bytes.insert(UInt8.random(in: .min ... .max, using: &random), at: start)
            default:
                bytes.replaceSubrange(
                    start..<min(end, start + 2), with: pieces[Int.random(in: pieces.indices, using: &random)])
            }
        }
        return bytes
    }

    private static let seeds = [
        """
        version: 1
        bot: { timezone: Asia/Shanghai, language: zh }
        words: { price: [price, 多少钱] }
        texts: { a: ["{{ sender.name | upper }}", 'it''s {{ now | date("yyyy") }}'], b: { en: x, zh: "\\u4f60 {{ x }}" } }
        limits: { messages: { per_chat: 1 per 1.5s, burst: 3 } }
        rules:
          - id: r
            when: [{ message: { contains: words.price } }, { message: { matches: '^(?<n>\\d+)$', in: chat:x } }]
            then: [{ reply: "{{ match.n | default('x') | truncate(3) }}" }, { reply: texts.a }]
        """,
        """
        version: 1
        accounts:
          - &a { id: a, password: secrets.a, server: { long_link: "h:1", short_link: [h:2], login_key: k, login_key_version: 1 } }
        rules:
          - { id: r, when: { message: hi }, then: { reply: >
              folded {{ message.text | json }}
              text } }
          - id: s
            when: { message: { starts_with: a, ends_with: b, from: user:x, not_from: [user:y], normalise: no } }
            then: { reply: { text: "{{ message.time | time }} {{ '1.5' | number(2) }}" } }
        """,
    ].map { Array($0.utf8) }

    @Test(arguments: seeds.indices)
    func `whatever the file says`(seed: Int) throws {
        var random = Seeded(state: UInt64(seed + 1))
        var good = 0
        for _ in 0..<Self.iterations / Self.seeds.count {
            let bytes = Self.mutated(Self.seeds[seed], with: &random)
            do {
                let text = try RulesFile.parse(bytes, secrets: NoSecrets())
                good += 1
                let message = Message(sender: "u", content: .text("price 多少钱 12"))
                let event = Event(
                    id: "e", chat: "u", chatKind: .private, time: Timestamp(seconds: 0),
                    body: .message(message))
                let circumstances = Circumstances(account: "bot", now: Timestamp(seconds: 0))
                _ = try text.rules.decide(event, in: circumstances, MemoryState(now: circumstances.now))
            } catch let error as RulesFileError {
                try #require(!error.findings.isEmpty && !error.description.isEmpty)
                let places = error.findings.compactMap(\.position)
                try #require(places == places.sorted(), "\(error)")
            }
        }
        #expect(good > 0 || seed > 0)
    }

    @Test func `whatever a template says`() throws {
        var random = Seeded(state: 7)
        let seed = Array(
            "Hi {{ sender.name | default(\"you\") | truncate(3) }}, {{ now | date('yyyy') }} {{ match.n }}"
                .utf8)
        for _ in 0..<Self.iterations {
            let template = String(decoding: Self.mutated(seed, with: &random), as: UTF8.self)
            let body = template.split(omittingEmptySubsequences: false) { $0.isNewline }.joined(
                separator: "\n      ")
            _ = complaints(
                about:
                    "version: 1\nrules:\n  - id: r\n    when: { message: hi }\n    then:\n    - reply: |-\n      "
                    + body)
        }
    }
}
