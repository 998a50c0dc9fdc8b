import Testing

@testable import Webhooks

@Suite struct `What is JSON` {
    @Test(arguments: [
        "{}", "[]", " null\n", "true", "false", "-0", "0.5e-7", "12E+3", #""""#, #""\u00e9\ud83d\ude00\n\"""#,
        #"{"a": [1, {"b": null}], "a": "ä"}"#,
        String(repeating: "[", count: 64) + String(repeating: "]", count: 64),
    ])
    func `is taken`(text: String) throws { try JSONCheck.check(Array(text.utf8)) }

    @Test(arguments: [
        ("", 1, 1), ("{", 1, 2), ("[1,]", 1, 4), ("[1 2]", 1, 4), (#"{"a" 1}"#, 1, 6), (#"{"a": 1,}"#, 1, 9),
        ("01", 1, 2), ("-", 1, 2), ("1.", 1, 3), ("1e", 1, 3), ("nul", 1, 1), ("\"a", 1, 3),
        ("\"a\nb\"", 1, 3),
        (#""\x""#, 1, 3), (#""\u12G4""#, 1, 4), (#""\ud800""#, 1, 2), (#""\ud800\u0041""#, 1, 2),
        (#""\udc00""#, 1, 2),
        ("{\n \"ä\": x}", 2, 7), ("1 1", 1, 3), ("'a'", 1, 1),
        (String(repeating: "[", count: 65), 1, 65),
    ])
    func `is not, and the place is named`(text: String, line: Int, column: Int) throws {
        let mistake = try #require(throws: JSONCheck.Mistake.self) { try JSONCheck.check(Array(text.utf8)) }
        #expect(mistake.line == line && mistake.column == column, "\(mistake)")
    }
}
