import CSystemLibraries.YAML

/// libyaml's parser, one event at a time.
@safe struct YAMLEvents: ~Copyable {
    enum Event {
        case scalar(Node.Scalar)
        case alias(String)
        case listStart
        case listEnd
        case mapStart
        case mapEnd
        case documentStart
        /// The end of the file, or something without meaning here.
        case end
        case other
    }

    // The parser keeps its own address, so it must not move: it stands behind a pointer, never in a Swift value.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let bytes: [UInt8]

    /// The place and anchor of the event that was read last.
    private(set) var position = Position(line: 1, column: 1)
    private(set) var anchor: String?

    private init(parser: UnsafeMutablePointer<yaml_parser_t>, bytes: [UInt8]) {
        unsafe self.parser = parser
        self.bytes = bytes
    }

    /// Lends a parser of `bytes`.
    static func withEvents<Result>(
        of bytes: [UInt8], _ body: (inout YAMLEvents) throws(YAMLError) -> Result
    ) throws(YAMLError) -> Result {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        defer { unsafe parser.deallocate() }
        guard unsafe yaml_parser_initialize(parser) == 1 else {
            throw YAMLError("there is not enough memory to read this", at: Position(line: 1, column: 1))
        }
        defer { unsafe yaml_parser_delete(parser) }
        return unsafe try bytes.withUnsafeBufferPointer { buffer throws(YAMLError) in
            unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
            unsafe yaml_parser_set_input_string(parser, buffer.baseAddress, buffer.count)
            var events = unsafe YAMLEvents(parser: parser, bytes: bytes)
            return try body(&events)
        }
    }

    mutating func next() throws(YAMLError) -> Event {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw unsafe problem(of: parser.pointee) }
        defer { unsafe yaml_event_delete(&event) }
        position = unsafe Position(
            line: Int(clamping: event.start_mark.line) + 1, column: Int(clamping: event.start_mark.column) + 1
        )
        anchor = nil
        switch unsafe event.type {
        case YAML_SCALAR_EVENT:
            anchor = unsafe Self.text(event.data.scalar.anchor)
            return unsafe .scalar(Self.scalar(of: event))
        case YAML_ALIAS_EVENT: return unsafe .alias(Self.text(event.data.alias.anchor) ?? "")
        case YAML_SEQUENCE_START_EVENT:
            anchor = unsafe Self.text(event.data.sequence_start.anchor)
            return .listStart
        case YAML_SEQUENCE_END_EVENT: return .listEnd
        case YAML_MAPPING_START_EVENT:
            anchor = unsafe Self.text(event.data.mapping_start.anchor)
            return .mapStart
        case YAML_MAPPING_END_EVENT: return .mapEnd
        case YAML_DOCUMENT_START_EVENT: return .documentStart
        case YAML_STREAM_END_EVENT, YAML_NO_EVENT: return .end
        default: return .other
        }
    }

    private static func scalar(of event: yaml_event_t) -> Node.Scalar {
        let scalar = unsafe event.data.scalar
        let text = unsafe String(
            decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
        let style: Node.Style =
            switch unsafe scalar.style {
            case YAML_PLAIN_SCALAR_STYLE: .plain
            case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
            case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
            default: .block
            }
        // A node begins at its anchor or tag, not at its text.
        let isInPlace =
            unsafe scalar.anchor == nil && scalar.tag == nil
            && event.start_mark.line == event.end_mark.line
        return Node.Scalar(text: text, style: style, isInPlace: isInPlace)
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        guard let pointer = unsafe pointer else { return nil }
        return unsafe String(decodingCString: pointer, as: UTF8.self)
    }

    /// What the parser complains about, with its usual causes.
    private func problem(of parser: yaml_parser_t) -> YAMLError {
        let problem = unsafe parser.problem.map { unsafe String(cString: $0) } ?? "it cannot be read"
        if unsafe parser.error == YAML_READER_ERROR {
            let offset = unsafe Int(clamping: parser.problem_offset)
            return YAMLError(problem, at: Source.position(ofByte: offset, in: bytes))
        }
        let mark = unsafe parser.problem_mark
        let position = Position(line: Int(clamping: mark.line) + 1, column: Int(clamping: mark.column) + 1)
        let offset = Int(clamping: mark.index)
        let scalar = String(decoding: bytes, as: UTF8.self).unicodeScalars.dropFirst(offset).first
        return YAMLError(YAMLEvents.explained(problem, at: scalar), at: position)
    }

    private static func explained(_ problem: String, at scalar: Unicode.Scalar?) -> String {
        switch (problem, scalar) {
        case ("found character that cannot start any token", "\t"?): "a tab cannot indent here, use spaces"
        case ("found character that cannot start any token", let scalar?):
            "a text that starts with \(scalar) needs quotes around it"
        case ("mapping values are not allowed in this context", _):
            "a text with a colon and a space in it needs quotes around it"
        case ("did not find expected ',' or '}'", _):
            "this is not YAML: \(problem); a text with {{ }} in it needs quotes around it"
        default: "this is not YAML: \(problem)"
        }
    }
}
