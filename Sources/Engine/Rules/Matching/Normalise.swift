import Foundation

/// The two ways in which texts are made alike before they are compared. Keywords are at load, a message once.
package enum Alike {
    /// How a text key wants its texts.
    package struct Form: Hashable, Sendable {
        package var normalised: Bool
        package var folded: Bool

        package init(normalised: Bool, folded: Bool) {
            self.normalised = normalised
            self.folded = folded
        }
    }

    /// Full-width letters and digits become half-width, and one character is spelled one way: NFKC.
    static func normalised(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text }
        return text.precomposedStringWithCompatibilityMapping
    }

    /// Without blanks at either end.
    static func trimmed(_ text: String) -> String {
        guard let first = text.first, let last = text.last else { return text }
        if !first.isWhitespace && !last.isWhitespace { return text }
        return trimmedEnd(String(text.drop(while: \.isWhitespace)))
    }

    static func trimmedEnd(_ text: String) -> String {
        var text = text[...]
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }

    /// Upper and lower case made alike.
    static func folded(_ text: String) -> String { text.lowercased() }
}
