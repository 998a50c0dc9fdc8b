import BotKit
import Foundation
import MicroChatWire

/// A message that newsendmsg takes: text, or a card, which is text of another type (MicroChat wire protocol, section
/// 14.1).
struct TextMessage: Sendable {
    let number: Int64
    private let message: Microchat_OutgoingMessage

    /// - Returns: nil if it is something else.
    init?(_ outgoing: Outgoing) {
        guard case .send(let content, let mentions) = outgoing.effect else { return nil }
        var message = Microchat_OutgoingMessage()
        switch content {
        case .text(let text):
            message.content = Data(text.utf8)
            message.type = UInt32(MessageType.text.rawValue)
        case .card(let card):
            message.content = Data(card.xml.utf8)
            message.type = UInt32(MessageType.contactCard.rawValue)
        default: return nil
        }
        message.to = Microchat_StringBox(outgoing.chat.rawValue)
        message.createTime = outgoing.clientID.seconds
        message.clientID = outgoing.clientID.number
        message.messageSource = source(mentioning: mentions)
        number = outgoing.number
        self.message = message
    }

    /// Content per request at most; a packet may hold 1 MiB.
    private static let mostBytes = 256 << 10

    /// The messages in as few requests as they fit in.
    static func requests(of messages: [TextMessage]) -> [ArraySlice<TextMessage>] {
        var requests: [ArraySlice<TextMessage>] = []
        var rest = messages[...]
        while !rest.isEmpty {
            var bytes = 0
            let request = rest.prefix { message in
                defer { bytes += message.message.content.count }
                return bytes < mostBytes
            }
            requests.append(request)
            rest = rest.dropFirst(request.count)
        }
        return requests
    }

    static func request(_ messages: ArraySlice<TextMessage>) -> Microchat_SendMessageRequest {
        var request = Microchat_SendMessageRequest()
        request.messages = messages.map(\.message)
        request.count = UInt32(clamping: messages.count)
        return request
    }
}

extension MicroChatGateway {
    /// One newsendmsg; what came of each message, by its number.
    func send(_ messages: ArraySlice<TextMessage>) async -> [Int64: Result<Receipt, GatewayError>] {
        do throws(Calls.Failure) {
            let response = try await calls.make(.newSendMessage) { _ throws(WireError) in
                try TextMessage.request(messages).plaintext()
            } read: { plaintext throws(WireError) in
                let response = try Microchat_SendMessageResponse(plaintext: plaintext)
                return (response.result.result, response)
            }
            let results = zip(messages, response.results).map { ($0.number, Self.outcome(of: $1)) }
            return Dictionary(results) { $1 }
        } catch {
            let failure = GatewayError(error)
            return Dictionary(messages.map { ($0.number, .failure(failure)) }) { $1 }
        }
    }

    /// The server answers a repetition with its first result (section 14.1), so any code but "too often" is final.
    private static func outcome(of result: Microchat_SendMessageResult) -> Result<Receipt, GatewayError> {
        switch ResultCode(rawValue: result.code) {
        case .ok: .success(Receipt(serverID: "\(result.serverID)"))
        case .tooOften: .failure(.slowDown(reason: "the server said: too often"))
        case let code: .failure(.refused(reason: code.refusal))
        }
    }
}
