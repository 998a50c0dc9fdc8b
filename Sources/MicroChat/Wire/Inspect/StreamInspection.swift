import NIOCore

/// Says what is in the bytes of one direction of a link: frames (MicroChat wire protocol, section 4), HTTP messages of
/// the short link (section 2.2), or one bare packet (section 6).
///
/// The first byte tells them apart: a frame's length begins with 0, and neither that nor the first letter of an HTTP
/// message can begin a packet, whose compression bits it would leave illegal.
package struct StreamInspection {
    private let packets: PacketInspection

    /// An inspection.
    ///
    /// - Parameter keys: session keys, or a login's client key, any of which may open a body.
    package init(keys: [SymmetricKey]) { packets = PacketInspection(keys: keys) }

    /// Tells of everything there is, in order.
    ///
    /// - Parameters:
    ///   - input: the bytes, or a text in hex that stands for them.
    ///   - tell: called with each frame, HTTP message or packet.
    /// - Throws: a fault for the first bytes that make no sense; what is well inside its frame does not hinder the rest,
    ///   and is thrown in the end.
    package func inspect(
        _ input: [UInt8], _ tell: (InspectedValue) throws -> Void
    ) throws {
        let bytes = HexText.isText(input) ? try HexText.bytes(of: input) : input
        guard !bytes.isEmpty else {
            throw InspectionFault(offset: 0, text: "expected a frame, a packet or HTTP, found nothing")
        }
        var offset = 0
        var first: InspectionFault?
        while offset < bytes.count {
            var (value, fault): (InspectedValue, InspectionFault?)
            let length: Int
            if bytes[offset] == 0 {
                (value, fault, length) = try frame(bytes, at: offset)
            } else if HTTPMessage.begins(bytes[offset...]) {
                (value, fault, length) = try http(bytes, at: offset)
            } else {
                length = bytes.count - offset
                value = ["packet": try bare(bytes, at: offset), "total": .init(length)]
                (value["kind"], fault) = ("packet", nil)
            }
            value["offset"] = .init(offset)
            if let fault {
                value["error"] = .string(fault.description)
                first = first ?? fault
            }
            try tell(value)
            offset += length
        }
        if let first { throw first }
    }

    private typealias Found = (InspectedValue, InspectionFault?, length: Int)

    private func bare(_ bytes: [UInt8], at offset: Int) throws(InspectionFault) -> InspectedValue {
        do throws(InspectionFault) {
            return try packets.inspect(Array(bytes[offset...]), at: offset, call: nil, direction: nil)
        } catch {
            let digits = HexText.digits(bytes[offset...].prefix(8))
            throw InspectionFault(
                offset: error.offset,
                text: "expected a frame, a packet or HTTP, found \(digits)…; as a packet: \(error.text)")
        }
    }

    private func frame(_ bytes: [UInt8], at offset: Int) throws(InspectionFault) -> Found {
        let available = bytes.count - offset
        let announced = bytes[offset...].prefix(4).reduce(0) { $0 << 8 | Int($1) }
        // No more than the frame's own bytes are copied, however many follow.
        let most = max(min(announced, Frame.maximumLength), Frame.headerLength)
        var buffer = ByteBuffer(bytes: bytes[offset...].prefix(most))
        let read: Frame?
        do throws(WireError) {
            read = try FrameDecoder().decode(buffer: &buffer)
        } catch {
            throw InspectionFault(offset: offset, text: "\(error.expectation) (frame of \(announced) bytes)")
        }
        guard let frame = read else {
            let whole = available < Frame.headerLength ? Frame.headerLength : announced
            throw InspectionFault(
                offset: offset, text: "expected a frame of at least \(whole) bytes, found \(available)")
        }
        let length = announced
        let headerLength = length - frame.body.readableBytes
        let isFromServer = frame.isFromServer
        var value: InspectedValue = [
            "kind": "frame", "total": .init(length), "command": .init(frame.command.rawValue),
            "direction": .string(isFromServer ? "server to client" : "client to server"),
            "sequence": .init(frame.sequence), "body_length": .init(frame.body.readableBytes),
            "header_extra": .init(hex: bytes[(offset + Frame.headerLength)..<(offset + headerLength)]),
        ]
        if let name = frame.command.name { value["name"] = .string(name) }
        do throws(InspectionFault) {
            try describe(frame, bodyAt: offset + headerLength, in: &value)
            return (value, nil, length)
        } catch {
            return (value, error, length)
        }
    }

    private func describe(
        _ frame: Frame, bodyAt offset: Int, in value: inout InspectedValue
    ) throws(InspectionFault) {
        let body = Array(frame.body.readableBytesView)
        guard !body.isEmpty else { return }
        let request = Command(
            rawValue: frame.isFromServer
                ? frame.command.rawValue &- Command.answerOffset : frame.command.rawValue)
        if frame.command == .push {
            value["body"] = .init(hex: body)
            if let mask = frame.body.getInteger(at: frame.body.readerIndex, as: UInt32.self) {
                value["mask"] = .init(mask)
            }
        } else if frame.command == .quit {
            value["body"] = .init(hex: body)
            if let reason = frame.quitReason { value["reason"] = .init(reason.rawValue) }
        } else if frame.command == .report {
            do throws(WireError) {
                let report = try Report(body: frame.body)
                value["microseconds"] = .init(report.microseconds)
                value["sync_key"] = MessageInspection.entries(of: report.key)
            } catch {
                throw InspectionFault(offset: offset, text: error.expectation)
            }
        } else if let call = CallShape.of(command: request) {
            value["packet"] = try packets.inspect(
                body, at: offset, call: call, direction: frame.isFromServer ? .response : .request)
        } else {
            value["body"] = .init(hex: body)
        }
    }

    private func http(_ bytes: [UInt8], at offset: Int) throws(InspectionFault) -> Found {
        let message: HTTPMessage
        do throws(InspectionFault) {
            message = try HTTPMessage(bytes[offset...])
        } catch {
            throw InspectionFault(offset: offset + error.offset, text: error.text)
        }
        var value: InspectedValue = [
            "kind": "http", "total": .init(message.length), "start": .string(message.startLine),
            "direction": .string(message.isResponse ? "server to client" : "client to server"),
            "body_length": .init(message.body.count),
        ]
        let name = message.path.flatMap { ShortLink.callName(inPath: String($0)) }
        if let name { value["name"] = .string(String(name)) }
        guard !message.body.isEmpty, message.isResponse || name != nil else {
            return (value, nil, message.length)
        }
        do throws(InspectionFault) {
            value["packet"] = try packets.inspect(
                message.body, at: offset + message.bodyOffset, call: name.flatMap { CallShape.of(name: $0) },
                direction: message.isResponse ? .response : .request)
            return (value, nil, message.length)
        } catch {
            return (value, error, message.length)
        }
    }
}

extension Frame {
    /// Who sends a frame with this command (section 4.1).
    fileprivate var isFromServer: Bool {
        command == .push || command == .quit || command.rawValue == 122
            || command.rawValue >= Command.answerOffset && command != .report
    }
}

extension Command {
    /// What the protocol calls it; an answer has its request's name. Nil if it is not known.
    fileprivate var name: String? {
        switch self {
        case .heartbeat, .heartbeat.answer: return "heartbeat"
        case .quit: return "quit"
        case .push: return "push notice"
        case Command(rawValue: 122): return "push with content"
        case .report: return "report"
        case .identify, .identify.answer: return "identify"
        case .signalling: return "signalling keep-alive"
        default:
            let request = rawValue >= Self.answerOffset ? rawValue - Self.answerOffset : rawValue
            return CallShape.of(command: Command(rawValue: request))?.name
        }
    }
}
