/// The XML in which a failed call says why (MicroChat wire protocol, section 8.2).
package struct ErrorNotice: Hashable, Sendable {
    /// A deployed client misreads a text of 128 bytes or more (section 9).
    static let maximumLength = 127

    /// For people.
    package var content: String
    /// A page to open, with −106; else empty.
    package var url: String

    /// A notice.
    package init(content: String, url: String = "") {
        self.content = content
        self.url = url
    }

    /// What stands in the text; a text of another form is shown whole.
    package init(xml: String) {
        content = Self.cut(xml, between: "<Content><![CDATA[", and: "]]></Content>") ?? xml
        url = Self.cut(xml, between: "<Url><![CDATA[", and: "]]></Url>") ?? ""
    }

    /// The text to send. The content is cut short to fit; an address is left out if it does not fit whole.
    package var xml: String {
        let roomForBoth = Self.maximumLength - Self.frame(content: "", url: "").utf8.count
        let address = url.utf8.count > roomForBoth ? "" : url
        let room = roomForBoth - address.utf8.count
        var text = ""
        var length = 0
        for character in content.replacing("]]>", with: "]]") {
            length += character.utf8.count
            if length > room { break }
            text.append(character)
        }
        return Self.frame(content: text, url: address)
    }

    private static func frame(content: String, url: String) -> String {
        "<e><ShowType>1</ShowType><Content><![CDATA[\(content)]]></Content><Url><![CDATA[\(url)]]></Url></e>"
    }

    private static func cut(_ text: String, between opening: String, and closing: String) -> String? {
        guard let start = text.firstRange(of: opening)?.upperBound,
            let end = text[start...].firstRange(of: closing)?.lowerBound
        else { return nil }
        return String(text[start..<end])
    }
}
