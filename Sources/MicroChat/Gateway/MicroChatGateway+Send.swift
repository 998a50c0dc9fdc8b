package import BotKit
import Foundation
import MicroChatWire

extension MicroChatGateway {
    /// Text per request at most; a packet may hold 1 MiB.
    private static let mostBytes = 256 << 10

    package func perform(_ batch: [Outgoing]) async -> [Result<Receipt, GatewayError>] {
        var outcomes: [Result<Receipt, GatewayError>] = []
        var rest = batch[...]
        while !rest.isEmpty {
            var bytes = 0
            let request = rest.prefix { outgoing in
                defer { bytes += outgoing.text?.utf8.count ?? 0 }
                return bytes < Self.mostBytes
            }
            outcomes += await send(Array(request))
            rest = rest.dropFirst(request.count)
        }
        return outcomes
    }

    /// One newsendmsg with a message for each (MicroChat wire protocol, section 14.1).
    private func send(_ batch: [Outgoing]) async -> [Result<Receipt, GatewayError>] {
        let sendable = batch.filter { $0.text != nil }
        var answers: [Int64: Result<Receipt, GatewayError>] = [:]
        do throws(Calls.Failure) {
            let response = try await calls.make(.newSendMessage) { _ throws(WireError) in
                var request = Microchat_SendMessageRequest()
                request.messages = sendable.map(Microchat_OutgoingMessage.init)
                request.count = UInt32(clamping: sendable.count)
                return try request.plaintext()
            } read: { plaintext throws(WireError) in
                let response = try Microchat_SendMessageResponse(plaintext: plaintext)
                return (response.result.result, response)
            }
            for (outgoing, result) in zip(sendable, response.results) {
                answers[outgoing.number] = Self.outcome(of: result)
            }
        } catch {
            for outgoing in sendable { answers[outgoing.number] = .failure(GatewayError(error)) }
        }
        return batch.map { outgoing in
            guard outgoing.text != nil else {
                return .failure(.refused(reason: "only text can be sent by this version"))
            }
            return answers[outgoing.number] ?? .failure(.unknown(reason: "the answer left this message out"))
        }
    }

    /// The server answers a repetition with its first result (section 14.1), so any code but "too often" is final.
    private static func outcome(of result: Microchat_SendMessageResult) -> Result<Receipt, GatewayError> {
        switch ResultCode(rawValue: result.code) {
        case .ok: .success(Receipt(serverID: "\(result.serverID)"))
        case .verificationNeeded: .failure(.refused(reason: "not a friend: they ask for verification"))
        case .blocked: .failure(.refused(reason: "they block this account"))
        case .spam: .failure(.refused(reason: "the server refused it as spam"))
        case .tooOften: .failure(.slowDown(reason: "the server said: too often"))
        default: .failure(.refused(reason: "the server refused it with code \(result.code)"))
        }
    }
}

extension Outgoing {
    fileprivate var text: String? {
        if case .text(let text) = content { text } else { nil }
    }
}

extension Microchat_OutgoingMessage {
    fileprivate init(_ outgoing: Outgoing) {
        self.init()
        to = Microchat_StringBox(outgoing.chat.rawValue)
        content = Data((outgoing.text ?? "").utf8)
        type = UInt32(MessageType.text.rawValue)
        createTime = outgoing.clientID.seconds
        clientID = outgoing.clientID.number
    }
}
