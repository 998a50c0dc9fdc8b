import BotKit

/// One event on its way through the rules: whatever several rules ask of it is made once.
struct EventView {
    let event: Event
    let head: TriggerHead
    /// What text keys look at: what was written, or the greeting of a friend request.
    let text: String
    let circumstances: Circumstances
    let state: any RuleState
    /// What the index found; nil if each rule has to look for itself.
    let scan: Scan?

    init(event: Event, head: TriggerHead, circumstances: Circumstances, state: any RuleState, scan: Scan?) {
        self.event = event
        self.head = head
        self.text = Self.text(of: event)
        self.circumstances = circumstances
        self.state = state
        self.scan = scan
    }

    var message: Message? {
        if case .message(let message) = event.body { message } else { nil }
    }

    /// Who wrote it, asked, came or went; nil where nobody is behind an event.
    var sender: PersonID? { event.person }

    static func text(of event: Event) -> String {
        switch event.body {
        case .message(let message):
            switch message.content {
            case .text(let text), .system(let text): text
            case .link(let link): link.title
            case .card(let card): card.name
            case .file(let file): file.name
            case .emoji, .image, .voice, .video, .unsupported: ""
            }
        case .friendRequest(let request): request.greeting
        default: ""
        }
    }

    private var plain: [UInt8]?
    private var plainFolded: [UInt8]?
    private var normalised: [UInt8]?
    private var normalisedFolded: [UInt8]?

    /// The text's UTF-8 in a form.
    mutating func bytes(_ form: Alike.Form) -> [UInt8] {
        switch (form.normalised, form.folded) {
        case (false, false): Self.once(&plain, text, form)
        case (false, true): Self.once(&plainFolded, text, form)
        case (true, false): Self.once(&normalised, text, form)
        case (true, true): Self.once(&normalisedFolded, text, form)
        }
    }

    private static func once(_ bytes: inout [UInt8]?, _ text: String, _ form: Alike.Form) -> [UInt8] {
        if let bytes { return bytes }
        let made = Alike.bytes(of: text, form)
        bytes = made
        return made
    }

    /// The text for a trace: its start.
    private(set) lazy var seen = traced(text)

    /// Who is behind the event, for a trace.
    var seenSender: String {
        guard let id = sender?.rawValue else { return "nobody" }
        guard let contact = circumstances.sender else { return traced(id) }
        let name = contact.remark.isEmpty ? contact.name : contact.remark
        return traced(name.isEmpty || name == id ? id : "\(name) (\(id))")
    }

    /// What is seen of an event that has no text.
    var seenWithoutText: String {
        switch event.body {
        case .webhook(let call): traced("\(call.method) \(call.path)")
        case .bot(let moment): moment.rawValue
        case .emitted(let emitted): traced(emitted.name)
        default: seenPlace
        }
    }

    var seenPlace: String { "\(event.chatKind.rawValue) \(traced(event.chat.rawValue))" }
}

extension Event {
    /// Who wrote it, asked, came or went; nil where nobody is behind it.
    var person: PersonID? {
        switch body {
        case .message(let message): message.sender
        case .friendRequest(let request): request.person
        case .friendAdded(let person), .friendLost(let person): person
        case .group(let change): change.person.rawValue.isEmpty ? nil : change.person
        case .recall, .webhook, .bot, .emitted, .scheduled, .wake: nil
        }
    }
}

/// The start of a value, for a trace.
func traced(_ value: String) -> String {
    if value.utf8.count <= 80 { return value }
    let start = value.prefix(80)
    return start.endIndex == value.endIndex ? value : start + "…"
}
