import Foundation
import FoundationXML

/// The elements of a small XML text, by name: what MicroChat's structured messages need (MicroChat wire protocol,
/// section 13.1). Of elements with the same name the first counts.
struct XMLElements {
    /// One element: its attributes, and the text directly inside it.
    struct Element {
        var attributes: [String: String] = [:]
        var text = ""
    }

    private var elements: [String: Element] = [:]

    /// More than this is no message of a person.
    private static let mostBytes = 256 << 10

    /// - Returns: nil if the text is not well-formed XML, or too large.
    init?(_ text: String) {
        guard text.utf8.count <= Self.mostBytes, text.contains("<") else { return nil }
        let parser = XMLParser(data: Data(text.utf8))
        parser.shouldResolveExternalEntities = false
        let collector = Collector()
        parser.delegate = collector
        guard parser.parse() else { return nil }
        elements = collector.elements
    }

    subscript(name: String) -> Element? { elements[name] }

    /// The text in an element, trimmed; empty if there is none.
    func text(_ name: String) -> String {
        elements[name]?.text.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    }

    /// The parser tells its delegate, which has to be an object of Objective-C's kind.
    private final class Collector: NSObject, XMLParserDelegate {
        var elements: [String: Element] = [:]
        private var open: [(name: String, isFirst: Bool)] = []

        private static let deepest = 32

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
            qualifiedName: String?, attributes: [String: String] = [:]
        ) {
            guard open.count < Self.deepest else { return parser.abortParsing() }
            let isFirst = elements[name] == nil
            if isFirst { elements[name] = Element(attributes: attributes) }
            open.append((name, isFirst))
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) {
            guard let (name, isFirst) = open.last, isFirst else { return }
            elements[name]?.text += string
        }

        func parser(_ parser: XMLParser, foundCDATA block: Data) {
            self.parser(parser, foundCharacters: String(decoding: block, as: UTF8.self))
        }

        func parser(
            _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
        ) {
            open.removeLast()
        }
    }
}

extension String {
    /// The text as it may stand inside an XML element or attribute. What XML cannot hold at all is left out.
    var escapedForXML: String {
        var escaped = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\t", "\n", "\r": escaped += "&#\(scalar.value);"
            case _ where scalar.value < 0x20 || (0xFFFE...0xFFFF).contains(scalar.value): break
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
