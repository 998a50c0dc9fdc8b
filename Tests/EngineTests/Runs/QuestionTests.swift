import BotKit
import Engine
import Testing

@Suite struct `Rules that ask` {
    private let rules = """
        version: 1
        bot: { timezone: Asia/Shanghai }
        words: { bye: [bye, 再见] }
        webhooks: { visits: { url: "https://visits.example.com/new" } }
        rules:
          - id: book
            when: { message: { says: [book, 预约] } }
            mode: restart
            then:
              - ask: { text: "Which day?", expect: date, save_as: day, retries: 2, timeout: 10m, on_timeout: [ { reply: "Too late." } ] }
              - ask: { text: "How many people?", expect: number, between: [1, 12], save_as: people }
              - ask: { text: "{{ people }} people on {{ day | date(\\"yyyy-MM-dd\\") }} - OK?", expect: yes_no, save_as: ok }
              - choose:
                  - if: { var: { ok: yes } }
                    then:
                      - http: { to: visits, json: { day: "{{ day | date(\\"yyyy-MM-dd\\") }}", people: "{{ people }}", room: { quiet: true } } }
                        save_as: visit
                        on_error: [ { reply: "I cannot book that: {{ error.reason }}" }, { stop: } ]
                      - reply: "Booked as {{ visit.id }}!"
                  - else: [ { reply: "Cancelled." } ]
          - id: size
            when: { message: size }
            then:
              - ask: { text: "Which size?", expect: choice, choices: [small, large], save_as: size, retries: 0 }
                on_error: [ { reply: "No size." } ]
              - reply: "Yours is {{ size }}."
          - { id: code, when: { message: code }, then: [ { ask: { text: "Code?", expect: regex, matches: '^(?<letter>[a-z])\\d$', save_as: code } }, { reply: "Letter {{ code.letter }}" } ] }
          - { id: any, when: { message: { contains: "" , says: [hello] } }, then: [ { reply: "Hi" } ] }
        tests:

        """.replacing("contains: \"\" , ", with: "")

    private func failures(_ tests: String...) throws -> [String] {
        let text = rules + tests.map { "  - \($0)\n" }.joined()
        return try RulesFile.parse(Array(text.utf8), secrets: FixedSecrets()).failures().map(\.headline)
    }

    @Test(arguments: [
        "{ given: { message: book, at: '2026-11-24 10:00', answers: [tomorrow, 3 people, ok], http: { visits: { json: { id: V7 } } } }, expect: { replies: ['Which day?', 'How many people?', '3 people on 2026-11-25 - OK?', 'Booked as V7!'], http: visits } }",
        "{ given: { message: book, at: '2026-11-24 10:00', answers: [下周五, '3', yes], http: { visits: { error: full } } }, expect: { replies: ['Which day?', 'How many people?', '3 people on 2026-12-04 - OK?', 'I cannot book that: full'] } }",
        "{ given: { message: book, answers: [2026-12-24, '13', '0', '12', 'No.'] }, expect: { replies: ['Which day?', 'How many people?', '/from 1 to 12/', '/from 1 to 12/', '12 people on 2026-12-24 - OK?', 'Cancelled.'], http: [] } }",
        "{ given: { message: book }, expect: { replies: ['Which day?', 'Too late.'] } }",
        "{ given: { message: book, answers: [so, so, so] }, expect: { replies: ['Which day?', '/a date/', '/a date/'] } }",
        "{ given: { message: book, answers: [再见, hello] }, expect: { replies: ['Which day?', Hi] } }",
        "{ given: { message: book, answers: [Cancel, book] }, expect: { replies: ['Which day?', 'Which day?', 'Too late.'] } }",
        "{ given: { message: book, at: '2026-11-24 10:00', answers: [tomorrow, book] }, expect: { replies: ['Which day?', 'How many people?', 'Which day?', 'Too late.'] } }",
        "{ given: { message: size, answers: ['2'] }, expect: { replies: ['Which size?', 'Yours is large.'] } }",
        "{ given: { message: size, answers: [LARGE!] }, expect: { replies: ['Which size?', 'Yours is large.'] } }",
        "{ given: { message: size, answers: [blue] }, expect: { replies: ['Which size?', 'No size.'] } }",
        "{ given: { message: code, answers: [x7] }, expect: { replies: ['Code?', 'Letter x'] } }",
    ])
    func `get what they ask for, or say so`(test: String) throws { #expect(try failures(test) == []) }

    @Test func `fail a test that expects something else`() throws {
        let failures = try failures(
            "{ given: { message: size, answers: ['2'] }, expect: { replies: ['Which size?', Big] } }")
        #expect(failures.first?.hasSuffix("expected the reply 'Big', got 'Yours is large.'") == true)
    }

    @Test(arguments: [
        ("today", "2026-11-24"), ("Tomorrow!", "2026-11-25"), ("the day after tomorrow", "2026-11-26"),
        ("friday", "2026-11-27"), ("next Tue", "2026-12-01"), ("tuesday", "2026-12-01"),
        ("on Monday", "2026-11-30"),
        ("28 nov", "2026-11-28"), ("November 3rd", "2027-11-03"), ("3 Feb 2027", "2027-02-03"),
        ("2026-12-01", "2026-12-01"), ("12/1", "2026-12-01"), ("1.12.", "2026-12-01"),
        ("1.12.2026", "2026-12-01"),
        ("明天", "2026-11-25"), ("后天", "2026-11-26"), ("周五", "2026-11-27"), ("下周一", "2026-11-30"),
        ("11月28日", "2026-11-28"), ("28号", "2026-11-28"), ("3号", "2026-12-03"), ("２０２６年１２月１日", "2026-12-01"),
    ])
    func `read days as people write them`(said: String, day: String) throws {
        #expect(
            try failures(
                "{ given: { message: book, at: '2026-11-24 23:30', answers: ['\(said)', '1', no] }, expect: { replies: ['Which day?', 'How many people?', '1 people on \(day) - OK?', 'Cancelled.'] } }"
            ) == [])
    }

    @Test(arguments: ["31.2.2026", "soon", "32 nov", "friday saturday", "1", "0月3日", "99999999999999999999"])
    func `take nothing else for a day`(said: String) throws {
        #expect(
            try failures(
                "{ given: { message: book, answers: ['\(said)', bye] }, expect: { replies: ['Which day?', '/a date/'] } }"
            ) == [])
    }
}
