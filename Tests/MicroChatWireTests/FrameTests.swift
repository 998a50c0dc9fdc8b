import MicroChatWire
import NIOCore
import NIOEmbedded
import NIOTestUtils
import Testing

struct `Long-link frames` {
    private func decode(_ bytes: [UInt8]) throws -> (frames: [Frame], rest: [UInt8]) {
        var buffer = ByteBuffer(bytes: bytes)
        let decoder = FrameDecoder()
        var frames: [Frame] = []
        while let frame = try decoder.decode(buffer: &buffer) { frames.append(frame) }
        return (frames, Array(buffer.readableBytesView))
    }

    @Test(arguments: VectorFile.vectors("frame"))
    func `are read and written as the vectors say`(vector: Vector) throws {
        let packed = try #require(vector.packed).bytes
        let expected = Frame(
            command: Command(rawValue: try #require(vector.cmd)), sequence: try #require(vector.seq),
            body: ByteBuffer(bytes: try #require(vector.body).bytes))
        #expect(try decode(packed).frames == [expected])
        guard vector.head_len ?? 16 == 16 else { return }
        var written = ByteBuffer()
        try FrameEncoder().encode(data: expected, out: &written)
        #expect(Array(written.readableBytesView) == packed)
    }

    @Test(arguments: VectorFile.vectors("frame-stream"))
    func `are cut out of whatever pieces arrive`(vector: Vector) throws {
        let frames = try #require(vector.frames).map {
            Frame(
                command: Command(rawValue: $0.command), sequence: $0.sequence,
                body: ByteBuffer(bytes: $0.body))
        }
        let first = try decode(try #require(vector.stream).bytes)
        #expect(first.frames == frames.dropLast())
        let second = try decode(first.rest + (try #require(vector.rest).bytes))
        #expect(second.frames == frames.suffix(1))
        #expect(second.rest.isEmpty)
    }

    @Test(arguments: VectorFile.vectors("frame-invalid"))
    func `that break a rule are refused`(vector: Vector) throws {
        let packed = try #require(vector.packed).bytes
        #expect(throws: WireError.self) { try decode(packed) }
    }

    @Test func `survive every split of their bytes`() throws {
        let valid = VectorFile.vectors("frame").compactMap(\.packed?.bytes)
        let pairs = try valid.map { (ByteBuffer(bytes: $0), try decode($0).frames) }
        try ByteToMessageDecoderVerifier.verifyDecoder(
            inputOutputPairs: pairs, decoderFactory: { Adapter(decoder: FrameDecoder()) })
    }

    @Test func `above the limit are not written`() {
        let body = ByteBuffer(repeating: 0, count: Frame.maximumLength - Frame.headerLength + 1)
        var out = ByteBuffer()
        #expect(throws: WireError.tooLarge) {
            try FrameEncoder().encode(data: Frame(command: .newSync, sequence: 1, body: body), out: &out)
        }
    }

    @Test func `answer with 10⁹ added and the same sequence number`() {
        let answer = Frame(command: .newSync, sequence: 77).answer()
        #expect(answer.command.rawValue == 1_000_000_121)
        #expect(answer.sequence == 77)
    }

    @Test func `say why the server quits`() {
        #expect(Frame.quit(reason: .loggedInElsewhere).quitReason == .loggedInElsewhere)
        #expect(Frame(command: .quit, sequence: 0).quitReason == nil)
    }

    @Test func `number themselves from one and never reach the reserved numbers`() {
        var numbers = SequenceNumbers()
        #expect((0..<3).map { _ in numbers.next() } == [1, 2, 3])
        var late = SequenceNumbers(startingAt: SequenceNumbers.firstReserved - 1)
        #expect([late.next(), late.next()] == [0xFFFF_FFEF, 1])
    }
}

/// The verifier wants the older protocol.
private struct Adapter: ByteToMessageDecoder {
    typealias InboundOut = Frame
    var decoder: FrameDecoder

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        guard let frame = try decoder.decode(buffer: &buffer) else { return .needMoreData }
        context.fireChannelRead(wrapInboundOut(frame))
        return .continue
    }

    mutating func decodeLast(
        context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool
    ) throws -> DecodingState {
        try decode(context: context, buffer: &buffer)
    }
}
