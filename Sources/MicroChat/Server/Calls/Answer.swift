import MicroChatWire
import SwiftProtobuf

extension Exchange {
    /// What a call has to say, before it is encrypted.
    enum Answer: Sendable {
        case plaintext([UInt8], status: ResultCode = .ok)
        /// A header and nothing else.
        case refusal(ResultCode)
    }

    /// The answer that is this message.
    static func answer(_ response: some Message, to call: Call) -> Answer {
        .plaintext((try? response.plaintext()) ?? failure(of: call, .systemError))
    }

    /// A response that says nothing but how it went; two calls have a bare code where the others have a header.
    static func failure(of call: Call, _ code: ResultCode) -> [UInt8] {
        let bytes =
            if call == .newSync {
                try? Microchat_SyncResponse.with { $0.code = code.rawValue }.plaintext()
            } else if call == .operationLog {
                try? Microchat_OperationResponse.with {
                    $0.code = code.rawValue
                    $0.results.codes = [code.rawValue]
                }.plaintext()
            } else {
                try? Microchat_LogoutResponse.with { $0.result = Microchat_ResultHeader(code) }.plaintext()
            }
        return bytes ?? []
    }
}
