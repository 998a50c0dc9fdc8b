/// What the engine and a worker say to each other: each is one frame, 4 bytes of length in network order and then that
/// many bytes of JSON. `docs/worker-protocol.md` says it for all languages.
package enum WorkerMessage {
    /// The version that this speaks.
    package static let version = 1
    /// Longer frames are refused by either side.
    package static let maximumLength = 4 << 20

    /// What a worker is told.
    package enum Order: Hashable, Sendable {
        /// Do this, and answer under the same number.
        case invoke(id: Int, Invocation)
        /// The answer to this is not waited for any more.
        case cancel(id: Int)
        /// Finish what you have and leave.
        case drain
    }

    /// What a worker says.
    package enum Report: Hashable, Sendable {
        /// What it is; the first thing that it says.
        case hello(version: Int, handlers: [HandlerDeclaration])
        /// What came of an invocation.
        case outcome(id: Int, HandlerOutcome)
        /// A line for the log.
        case log(level: String, text: String, id: Int?)
    }
}

extension WorkerMessage.Order: Codable {
    private enum Key: String, CodingKey { case type, id }
    private enum Kind: String, Codable { case invoke, cancel, drain }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        switch try fields.decode(Kind.self, forKey: .type) {
        case .invoke:
            self = .invoke(id: try fields.decode(Int.self, forKey: .id), try Invocation(from: decoder))
        case .cancel: self = .cancel(id: try fields.decode(Int.self, forKey: .id))
        case .drain: self = .drain
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        switch self {
        case .invoke(let id, let invocation):
            try fields.encode(Kind.invoke, forKey: .type)
            try fields.encode(id, forKey: .id)
            try invocation.encode(to: encoder)
        case .cancel(let id):
            try fields.encode(Kind.cancel, forKey: .type)
            try fields.encode(id, forKey: .id)
        case .drain: try fields.encode(Kind.drain, forKey: .type)
        }
    }
}

extension WorkerMessage.Report: Codable {
    private enum Key: String, CodingKey {
        case type, id, handlers, level, text
        case version = "protocol"
    }
    private enum Kind: String, Codable { case hello, outcome, log }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        switch try fields.decode(Kind.self, forKey: .type) {
        case .hello:
            self = .hello(
                version: try fields.decode(Int.self, forKey: .version),
                handlers: try fields.decode([HandlerDeclaration].self, forKey: .handlers))
        case .outcome:
            self = .outcome(id: try fields.decode(Int.self, forKey: .id), try HandlerOutcome(from: decoder))
        case .log:
            self = .log(
                level: try fields.decodeIfPresent(String.self, forKey: .level) ?? "info",
                text: try fields.decode(String.self, forKey: .text),
                id: try fields.decodeIfPresent(Int.self, forKey: .id))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        switch self {
        case .hello(let version, let handlers):
            try fields.encode(Kind.hello, forKey: .type)
            try fields.encode(version, forKey: .version)
            try fields.encode(handlers, forKey: .handlers)
        case .outcome(let id, let outcome):
            try fields.encode(Kind.outcome, forKey: .type)
            try fields.encode(id, forKey: .id)
            try outcome.encode(to: encoder)
        case .log(let level, let text, let id):
            try fields.encode(Kind.log, forKey: .type)
            try fields.encode(level, forKey: .level)
            try fields.encode(text, forKey: .text)
            try fields.encodeIfPresent(id, forKey: .id)
        }
    }
}
