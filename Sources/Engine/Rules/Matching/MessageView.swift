import BotKit

/// One message on its way through the rules: whatever several rules ask of it is made once.
struct MessageView {
    let event: Event
    let message: Message
    let text: String
    let circumstances: Circumstances
    /// What the index found; nil if each rule has to look for itself.
    let scan: Scan?

    init(event: Event, message: Message, text: String, circumstances: Circumstances, scan: Scan?) {
        self.event = event
        self.message = message
        self.text = text
        self.circumstances = circumstances
        self.scan = scan
    }

    private var plain: [UInt8]?
    private var plainFolded: [UInt8]?
    private var normalised: [UInt8]?
    private var normalisedFolded: [UInt8]?

    /// The message's UTF-8 in a form.
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

    /// The message for a trace: its start.
    private(set) lazy var seen = traced(text)
}

/// The start of a value, for a trace.
func traced(_ value: String) -> String {
    if value.utf8.count <= 80 { return value }
    let start = value.prefix(80)
    return start.endIndex == value.endIndex ? value : start + "…"
}
