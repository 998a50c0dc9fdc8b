import BotKit
import Engine
import Store

extension DifferingEvent {
    /// What was written, where something was.
    var said: String {
        switch event.body {
        case .message(let message): message.content.words
        case .friendRequest(let request): request.greeting
        case .webhook(let call): call.path
        case .bot(let moment): moment.rawValue
        default: ""
        }
    }
}

extension Departure {
    /// What people see of it.
    var words: String {
        switch effect {
        case .send(let content, _): content.words
        case .acceptFriend(let request), .declineFriend(let request):
            request.name.isEmpty ? request.person.rawValue : request.name
        case .invite(let people): people.map(\.rawValue).joined(separator: " ")
        default: text
        }
    }
}

extension Content {
    fileprivate var words: String {
        switch self {
        case .text(let text), .system(let text): text
        case .link(let link): link.title
        case .card(let card): card.name
        case .file(let file): file.name
        case .emoji, .image, .voice, .video, .unsupported: ""
        }
    }
}
