package import NIOCore

/// One long-link frame (MicroChat wire protocol, section 4).
///
/// ```
/// 0        4        6        8        12        16
/// | total  | header | version| command| sequence | body …
/// |        | length | 1      |        |          |
/// ```
package struct Frame: Hashable, Sendable {
    /// The only version there is.
    package static let version: UInt16 = 1
    /// The header that senders write.
    package static let headerLength = 16
    /// A frame's largest total length.
    package static let maximumLength = 1 << 20

    /// What the frame is about.
    package var command: Command
    /// What ties an answer to its request.
    package var sequence: UInt32
    /// Everything after the header.
    package var body: ByteBuffer

    /// A frame.
    package init(command: Command, sequence: UInt32, body: ByteBuffer = ByteBuffer()) {
        self.command = command
        self.sequence = sequence
        self.body = body
    }

    /// The answer to this frame: its command plus 10⁹, its own sequence number.
    package func answer(body: ByteBuffer = ByteBuffer()) -> Frame {
        Frame(command: command.answer, sequence: sequence, body: body)
    }
}

extension Frame {
    /// A client's heartbeat (section 5.1).
    package static let heartbeat = Frame(command: .heartbeat, sequence: SequenceNumbers.heartbeat)

    /// The server's notice that something waits (section 12). The mask says what changed; never empty on the wire.
    package static func push(selector: UInt32 = 7) -> Frame {
        Frame(
            command: .push, sequence: SequenceNumbers.serverInitiated, body: ByteBuffer(integer: selector))
    }

    /// The server ends the session (section 8.4).
    package static func quit(reason: ResultCode) -> Frame {
        Frame(
            command: .quit, sequence: SequenceNumbers.serverInitiated,
            body: ByteBuffer(integer: reason.rawValue))
    }

    /// Why a quit frame was sent; nil if it does not say.
    package var quitReason: ResultCode? {
        guard command == .quit, let code = body.getInteger(at: body.readerIndex, as: Int32.self) else {
            return nil
        }
        return ResultCode(rawValue: code)
    }
}
