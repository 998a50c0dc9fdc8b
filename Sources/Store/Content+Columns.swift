import BotKit
import Foundation

/// How values of the vocabulary stand in rows: a word for the kind, and text, which is JSON where the kind has more than
/// a text to it. Reading never fails: a row from another version becomes something unsupported.
extension Content {
    var columns: (kind: String, text: String) {
        switch self {
        case .text(let text), .system(let text): (kind, text)
        case .link(let link): (kind, json(link))
        case .card(let card): (kind, json(card))
        case .emoji(let emoji): (kind, json(emoji))
        case .image(let media), .voice(let media), .video(let media), .file(let media): (kind, json(media))
        case .unsupported(let kind, let raw): ("other:" + kind, raw)
        }
    }

    init(kind: String, text: String) {
        let content: Content? =
            switch kind {
            case "text": .text(text)
            case "system": .system(text)
            case "link": value(text).map(Content.link)
            case "card": value(text).map(Content.card)
            case "emoji": value(text).map(Content.emoji)
            case "image": value(text).map(Content.image)
            case "voice": value(text).map(Content.voice)
            case "video": value(text).map(Content.video)
            case "file": value(text).map(Content.file)
            case _ where kind.hasPrefix("other:"):
                .unsupported(kind: String(kind.dropFirst("other:".count)), raw: text)
            default: nil
            }
        self = content ?? .unsupported(kind: kind, raw: text)
    }
}

extension Event.Body {
    /// Who did it, and the columns for what.
    var columns: (sender: PersonID, isOwn: Bool, kind: String, text: String, mentions: String) {
        switch self {
        case .message(let message):
            let (kind, text) = message.content.columns
            return (message.sender, message.isOwn, kind, text, joined(message.mentions))
        case .friendRequest(let request): return (request.person, false, "friend_request", json(request), "")
        case .recall(let recall): return (recall.person, false, "recall", json(recall), "")
        case .friendAdded(let person), .friendLost(let person): return (person, false, kind, "", "")
        case .group(let change): return (change.person, false, kind, json(change), "")
        case .webhook(let call): return ("", false, kind, json(call), "")
        case .bot(let moment): return ("", false, kind, moment.rawValue, "")
        case .emitted(let event): return ("", false, kind, json(event), "")
        case .scheduled(let time): return ("", false, kind, json(time), "")
        case .wake(let wake): return ("", false, kind, json(wake), "")
        }
    }

    init(sender: PersonID, isOwn: Bool, kind: String, text: String, mentions: String) {
        let body: Event.Body? =
            switch kind {
            case "friend_request": value(text).map(Event.Body.friendRequest)
            case "recall": value(text).map(Event.Body.recall)
            case "friend_added": .friendAdded(sender)
            case "friend_lost": .friendLost(sender)
            case "group": value(text).map(Event.Body.group)
            case "webhook": value(text).map(Event.Body.webhook)
            case "bot": BotMoment(rawValue: text).map(Event.Body.bot)
            case "event": value(text).map(Event.Body.emitted)
            case "schedule": value(text).map(Event.Body.scheduled)
            case "wake": value(text).map(Event.Body.wake)
            default: nil
            }
        self =
            body
            ?? .message(
                Message(
                    sender: sender, content: Content(kind: kind, text: text), isOwn: isOwn,
                    mentions: split(mentions)))
    }
}

extension Effect {
    var columns: (kind: String, text: String, mentions: String) {
        switch self {
        case .send(let content, let mentions):
            let (kind, text) = content.columns
            return (kind, text, joined(mentions))
        case .recall(let sent): return (kind, json(sent), "")
        case .requestFriend(let wish): return (kind, json(wish), "")
        case .acceptFriend(let request), .declineFriend(let request): return (kind, json(request), "")
        case .setRemark(let text), .announce(let text), .renameRoom(let text), .setOwnRoomName(let text),
            .search(let text):
            return (kind, text, "")
        case .setBlocked(let isBlocked): return (kind, isBlocked ? "yes" : "no", "")
        case .removeFriend, .leaveRoom, .fetchPicture: return (kind, "", "")
        case .createRoom(let topic, let members): return (kind, topic, joined(members))
        case .invite(let people): return (kind, "", joined(people))
        case .fetchMedia(let media): return (kind, json(media), "")
        case .callWebhook(let request): return (kind, json(request), "")
        case .enterRoom(let rendezvous): return (kind, json(rendezvous), "")
        case .fetchContacts(let ids): return (kind, "", ids.joined(separator: " "))
        }
    }

    init(kind: String, text: String, mentions: String) {
        let effect: Effect? =
            switch kind {
            case "recall": value(text).map(Effect.recall)
            case "request_friend": value(text).map(Effect.requestFriend)
            case "accept_friend": value(text).map(Effect.acceptFriend)
            case "decline_friend": value(text).map(Effect.declineFriend)
            case "set_remark": .setRemark(text)
            case "set_blocked": .setBlocked(text == "yes")
            case "remove_friend": .removeFriend
            case "create_room": .createRoom(topic: text, members: split(mentions))
            case "invite": .invite(split(mentions))
            case "announce": .announce(text)
            case "rename_room": .renameRoom(text)
            case "set_own_room_name": .setOwnRoomName(text)
            case "leave_room": .leaveRoom
            case "fetch_picture": .fetchPicture
            case "enter_room": value(text).map(Effect.enterRoom)
            case "search": .search(text)
            case "fetch_media": value(text).map(Effect.fetchMedia)
            case "call_webhook": value(text).map(Effect.callWebhook)
            case "fetch_contacts": .fetchContacts(mentions.split(separator: " ").map(String.init))
            default: nil
            }
        self = effect ?? .send(Content(kind: kind, text: text), mentions: split(mentions))
    }
}

/// Ids in one column. No network's ids have spaces in them.
private func joined(_ people: [PersonID]) -> String { people.map(\.rawValue).joined(separator: " ") }

private func split(_ text: String) -> [PersonID] {
    text.isEmpty ? [] : text.split(separator: " ").map { PersonID(String($0)) }
}

private func json(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
}

private func value<Value: Decodable>(_ text: String) -> Value? {
    try? JSONDecoder().decode(Value.self, from: Data(text.utf8))
}
