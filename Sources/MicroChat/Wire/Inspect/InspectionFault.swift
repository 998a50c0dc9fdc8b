/// Where bytes stop making sense, and what was expected there.
package struct InspectionFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// Counted from the first byte of the input; in a text, of the bytes that it stands for.
    package var offset: Int
    /// For people.
    package var text: String

    package var description: String { "offset \(offset) (0x\(String(offset, radix: 16))): \(text)" }
}

extension WireError {
    /// What was expected instead, for people.
    var expectation: String {
        switch self {
        case .frame(.version(let version)): "expected frame version 1, found \(version)"
        case .frame(.length(let length)):
            "expected a frame of at most \(Frame.maximumLength) bytes, found the length \(length)"
        case .frame(.headerLength(let length)):
            "expected a header length from 16 to the frame's total length, found \(length)"
        case .packet(.truncated): "expected a packet's whole header, but it is longer than what is there"
        case .packet(.compression(let mode)): "expected a packet with compression 1 or 2, found \(mode)"
        case .packet(.headerTooLong): "expected a packet header of at most 63 bytes"
        case .packet(.cipher(let cipher)): "expected a body under cipher 5 (AES), found cipher \(cipher)"
        case .varint: "expected a varint of at most 5 bytes and 32 bits inside the packet's header"
        case .undecipherable: "the body does not decrypt to the length announced"
        case .compression: "expected a zlib stream that inflates to the raw length announced"
        case .login: "expected a login's three lengths and its two sealed blocks"
        case .message: "expected the protobuf message of this call"
        case .key: "expected a key"
        case .syncKey: "expected a report: a number, a length and so many bytes of sync key"
        case .tooLarge: "larger than the protocol allows"
        case .library(let what): "\(what) failed"
        }
    }
}
