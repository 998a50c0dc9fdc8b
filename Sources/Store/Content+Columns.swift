import BotKit

extension Content {
    /// How a content stands in a row: a word for the kind, and its text.
    var columns: (kind: String, text: String) {
        switch self {
        case .text(let text): ("text", text)
        case .unsupported(let kind, let raw): ("other:" + kind, raw)
        }
    }

    /// The content of a row.
    init(kind: String, text: String) {
        self =
            kind == "text"
            ? .text(text) : .unsupported(kind: String(kind.dropFirst("other:".count)), raw: text)
    }
}
