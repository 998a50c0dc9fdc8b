import MicroChatWire

/// Why a call changes nothing.
struct Refusal: Error {
    let code: ResultCode

    init(_ code: ResultCode) { self.code = code }
}
