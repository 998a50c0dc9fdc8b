import BotKit
import MicroChatWire

/// Chat messages in the engine's words (MicroChat wire protocol, section 13.1). What does not have the shape of its
/// type is kept as it came.
extension Content {
    init(_ type: MessageType, _ text: String) {
        let content: Content? =
            switch type {
            case .text: .text(text)
            case .system: .system(text)
            case .app:
                XMLElements(text).flatMap { elements in
                    WebLink(elements).map(Content.link) ?? Media(elements, .file).map(Content.file)
                }
            case .picture: XMLElements(text).flatMap { Media($0, .picture) }.map(Content.image)
            case .voice: XMLElements(text).flatMap { Media($0, .voice) }.map(Content.voice)
            case .video: XMLElements(text).flatMap { Media($0, .video) }.map(Content.video)
            case .contactCard: XMLElements(text)?["msg"].flatMap(PersonCard.init).map(Content.card)
            case .emoticon: XMLElements(text)?["emoji"].flatMap(Emoji.init).map(Content.emoji)
            default: nil
            }
        self = content ?? .unsupported(kind: "\(type.rawValue)", raw: text)
    }
}

extension Event.Body {
    /// What a message is about, if it is not something that somebody wrote.
    init?(service type: MessageType, _ text: String, from person: PersonID) {
        switch type {
        case .friendRequest:
            guard let element = XMLElements(text)?["msg"], let request = FriendRequest(element) else {
                return nil
            }
            self = .friendRequest(request)
        case .service:
            guard let elements = XMLElements(text), elements["sysmsg"]?.attributes["type"] == "revokemsg"
            else {
                return nil
            }
            let message = elements.text("newmsgid")
            guard !message.isEmpty else { return nil }
            self = .recall(
                Recall(person: person, message: EventID(message), notice: elements.text("replacemsg")))
        default: return nil
        }
    }
}

/// Whom a message mentions (section 13.1): `message_source` lists them.
func mentions(inSource source: String) -> [PersonID] {
    guard source.contains("atuserlist"), let elements = XMLElements(source) else { return [] }
    return elements.text("atuserlist").split(separator: ",").map { PersonID(String($0)) }
}

/// A `message_source` that mentions people.
func source(mentioning people: [PersonID]) -> String {
    guard !people.isEmpty else { return "" }
    let list = people.map(\.rawValue.escapedForXML).joined(separator: ",")
    return "<msgsource><atuserlist>\(list)</atuserlist></msgsource>"
}

extension WebLink {
    fileprivate init?(_ elements: XMLElements) {
        let url = elements.text("url")
        guard elements["appmsg"] != nil, elements.text("type") == "5", !url.isEmpty else { return nil }
        self.init(
            url: url, title: elements.text("title"), summary: elements.text("des"),
            thumbnail: elements.text("thumburl"))
    }

    /// The element to send (section 14.2).
    var appMessage: String {
        """
        <appmsg appid="" sdkver="0"><title>\(title.escapedForXML)</title><des>\(summary.escapedForXML)</des>\
        <action>view</action><type>5</type><url>\(url.escapedForXML)</url>\
        <thumburl>\(thumbnail.escapedForXML)</thumburl></appmsg>
        """
    }
}

extension PersonCard {
    fileprivate init?(_ element: XMLElements.Element) {
        guard let person = element.attributes["username"], !person.isEmpty else { return nil }
        self.init(person: PersonID(person), name: element.attributes["nickname"] ?? "")
    }

    /// The text of a message of type 42.
    var xml: String {
        """
        <msg username="\(person.rawValue.escapedForXML)" nickname="\(name.escapedForXML)" scene="17" />
        """
    }
}

extension Emoji {
    fileprivate init?(_ element: XMLElements.Element) {
        guard let name = element.attributes["md5"], !name.isEmpty else { return nil }
        self.init(name: name, size: element.attributes["len"].flatMap { Int($0) } ?? 0)
    }
}

extension FriendRequest {
    /// Reads a message of type 37. Its token is what accepting it takes: the v1 name and the ticket.
    fileprivate init?(_ element: XMLElements.Element) {
        guard let person = element.attributes["fromusername"], !person.isEmpty else { return nil }
        let token = FriendToken(
            user: element.attributes["encryptusername"] ?? person, ticket: element.attributes["ticket"] ?? "",
            scene: element.attributes["scene"].flatMap { UInt32($0) } ?? 0)
        self.init(
            person: PersonID(person), name: element.attributes["fromnickname"] ?? "",
            greeting: element.attributes["content"] ?? "", source: element.attributes["scene"] ?? "",
            token: token.text)
    }
}

/// What verifyuser takes to name somebody (section 14.6), as the opaque token that the engine keeps.
struct FriendToken {
    /// A wxid or v1 name.
    var user: String
    /// A v2 ticket; empty if there is none.
    var ticket: String
    /// The number for where the person was found (section 13.2).
    var scene: UInt32 = 0

    var text: String { "\(user) \(scene) \(ticket)" }

    init(user: String, ticket: String, scene: UInt32 = 0) {
        self.user = user
        self.ticket = ticket
        self.scene = scene
    }

    init?(_ text: String) {
        let parts = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let scene = UInt32(parts[1]), !parts[0].isEmpty else { return nil }
        self.init(user: String(parts[0]), ticket: String(parts[2]), scene: scene)
    }
}
