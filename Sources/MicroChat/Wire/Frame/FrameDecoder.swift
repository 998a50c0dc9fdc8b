package import NIOCore

/// Cuts a long link's bytes into frames (MicroChat wire protocol, section 4).
///
/// Every length is checked as soon as the header is there, before the body is waited for, so a peer can make at most
/// one frame's worth of memory be held. After an error the link is out of step: close it.
package struct FrameDecoder: NIOSingleStepByteToMessageDecoder {
    package typealias InboundOut = Frame

    private let limit: FrameLimit

    /// A decoder; it keeps no state of its own.
    package init(limit: FrameLimit = FrameLimit(Frame.maximumLength)) { self.limit = limit }

    package func decode(buffer: inout ByteBuffer) throws(WireError) -> Frame? {
        let start = buffer.readerIndex
        guard buffer.readableBytes >= Frame.headerLength,
            let total = buffer.getInteger(at: start, as: UInt32.self),
            let header = buffer.getInteger(at: start + 4, as: UInt16.self),
            let version = buffer.getInteger(at: start + 6, as: UInt16.self),
            let command = buffer.getInteger(at: start + 8, as: UInt32.self),
            let sequence = buffer.getInteger(at: start + 12, as: UInt32.self)
        else { return nil }

        guard version == Frame.version else { throw .frame(.version(version)) }
        guard total <= limit.bytes else { throw .frame(.length(total)) }
        guard header >= Frame.headerLength, total >= header else { throw .frame(.headerLength(header)) }
        guard var frame = buffer.readSlice(length: Int(total)) else { return nil }
        // A longer header is legal; what it adds is skipped.
        frame.moveReaderIndex(forwardBy: Int(header))
        return Frame(command: Command(rawValue: command), sequence: sequence, body: frame)
    }

    package func decodeLast(buffer: inout ByteBuffer, seenEOF: Bool) throws(WireError) -> Frame? {
        try decode(buffer: &buffer)
    }
}
