import Foundation

/// Puts an expression as people write it into RE2's syntax.
///
/// `(?<name>` becomes `(?P<name>`, and what cannot be matched in linear time is refused with its place. With
/// `normalising`, full-width characters become what they become in the message, but stay ordinary characters: a
/// full-width bracket never groups.
struct PatternTranslation {
    /// Why an expression is no good, and where: in Unicode scalars from its start.
    struct Problem: Error {
        let message: String
        let offset: Int
    }

    private let scalars: [Unicode.Scalar]
    private let normalising: Bool
    private var index = 0
    private var output = String.UnicodeScalarView()
    private var isInClass = false

    static func translate(_ pattern: String, normalising: Bool) throws(Problem) -> String {
        var translation = PatternTranslation(scalars: Array(pattern.unicodeScalars), normalising: normalising)
        return try translation.run()
    }

    private init(scalars: [Unicode.Scalar], normalising: Bool) {
        self.scalars = scalars
        self.normalising = normalising
    }

    private mutating func run() throws(Problem) -> String {
        while index < scalars.count {
            switch scalars[index] {
            case "\\": try escape()
            case "[" where isInClass && starts(with: "[:"): copy(2)
            case "[" where !isInClass: openClass()
            case "]" where isInClass:
                isInClass = false
                copy(1)
            case "(" where !isInClass: try group()
            case let scalar where normalising && !scalar.isASCII: normalise(scalar)
            default: copy(1)
            }
        }
        return String(output)
    }

    private mutating func copy(_ count: Int) {
        let end = min(index + count, scalars.count)
        output.append(contentsOf: scalars[index..<end])
        index = end
    }

    private func starts(with text: String) -> Bool { scalars[index...].starts(with: text.unicodeScalars) }

    /// Opens `[`, `[^`, and takes a `]` that comes first as an ordinary character.
    private mutating func openClass() {
        isInClass = true
        copy(starts(with: "[^") ? 2 : 1)
        if starts(with: "]") { copy(1) }
    }

    private mutating func escape() throws(Problem) {
        if !isInClass, index + 1 < scalars.count {
            let next = scalars[index + 1]
            if ("1"..."9").contains(next) { throw refused("back-reference", "\\\(next)") }
            if starts(with: "\\k<") || starts(with: "\\k{") { throw refused("back-reference", "\\k") }
        }
        if starts(with: "\\Q") {
            // All is ordinary up to \E.
            while index < scalars.count, !starts(with: "\\E") { copy(1) }
        }
        copy(2)
    }

    private mutating func group() throws(Problem) {
        for (start, name) in Self.unavailable where starts(with: start) { throw refused(name, start) }
        if starts(with: "(?<") {
            output.append(contentsOf: "(?P<".unicodeScalars)
            index += 3
        } else {
            copy(1)
        }
    }

    private static let unavailable = [
        ("(?<=", "look-behind"), ("(?<!", "look-behind"), ("(?=", "look-ahead"), ("(?!", "look-ahead"),
        ("(?>", "atomic group"), ("(?(", "condition"), ("(?P=", "back-reference"), ("(?P>", "recursion"),
        ("(?R)", "recursion"), ("(?#", "comment"),
    ]

    private func refused(_ name: String, _ spelled: String) -> Problem {
        Problem(
            message:
                "\(spelled) (\(name)) is not available: matching is linear in the text, whatever the pattern",
            offset: index)
    }

    /// Writes what a character becomes in a normalised message, as ordinary characters.
    private mutating func normalise(_ scalar: Unicode.Scalar) {
        index += 1
        let normal = Array(String(scalar).precomposedStringWithCompatibilityMapping.unicodeScalars)
        guard normal != [scalar], normal.count == 1 || !isInClass else {
            output.append(scalar)
            return
        }
        if normal.count > 1 { output.append(contentsOf: "(?:".unicodeScalars) }
        for scalar in normal {
            let isOrdinary =
                !scalar.isASCII || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            if !isOrdinary, scalar != " " { output.append("\\") }
            output.append(scalar)
        }
        if normal.count > 1 { output.append(")") }
    }
}
