import BotKit

/// One message on its way through the rules: whatever several rules ask of it is made once.
struct MessageView {
    let event: Event
    let message: Message
    let text: String
    let circumstances: Circumstances

    init(event: Event, message: Message, text: String, circumstances: Circumstances) {
        self.event = event
        self.message = message
        self.text = text
        self.circumstances = circumstances
    }

    /// How a text key wants the message.
    struct Form: Hashable, Sendable {
        var normalised: Bool
        var folded: Bool
    }

    private var plain: [UInt8]?
    private var plainFolded: [UInt8]?
    private var normalised: [UInt8]?
    private var normalisedFolded: [UInt8]?

    /// The message's UTF-8 in a form.
    mutating func bytes(_ form: Form) -> [UInt8] {
        switch (form.normalised, form.folded) {
        case (false, false): Self.once(&plain) { [text] in text }
        case (false, true): Self.once(&plainFolded) { [text] in Alike.folded(text) }
        case (true, false): Self.once(&normalised) { [text] in Alike.trimmed(Alike.normalised(text)) }
        case (true, true):
            Self.once(&normalisedFolded) { [text] in Alike.folded(Alike.trimmed(Alike.normalised(text))) }
        }
    }

    private static func once(_ form: inout [UInt8]?, _ make: () -> String) -> [UInt8] {
        if let form { return form }
        let made = Array(make().utf8)
        form = made
        return made
    }

    /// The message for a trace: its start.
    private(set) lazy var seen = traced(text)
}

/// The start of a value, for a trace.
func traced(_ value: String) -> String {
    if value.utf8.count <= 80 { return value }
    let start = value.prefix(80)
    return start.endIndex == value.endIndex ? value : start + "…"
}
