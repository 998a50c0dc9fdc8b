package import NIOCore

/// Writes frames, with the header of 16 bytes that senders use (MicroChat wire protocol, section 4).
package struct FrameEncoder: MessageToByteEncoder {
    package typealias OutboundIn = Frame

    /// An encoder; it keeps no state.
    package init() {}

    package func encode(data frame: Frame, out: inout ByteBuffer) throws(WireError) {
        let total = Frame.headerLength + frame.body.readableBytes
        guard total <= Frame.maximumLength, let length = UInt32(exactly: total) else { throw .tooLarge }
        out.reserveCapacity(minimumWritableBytes: total)
        out.writeInteger(length)
        out.writeInteger(UInt16(Frame.headerLength))
        out.writeInteger(Frame.version)
        out.writeInteger(frame.command.rawValue)
        out.writeInteger(frame.sequence)
        out.writeImmutableBuffer(frame.body)
    }
}
