import MicroChatWire
import SwiftProtobuf

extension Exchange {
    /// Shares a link or another app's message (MicroChat wire protocol, section 14.2).
    func sendAppMessage(
        _ plaintext: [UInt8], from device: Device, then complete: @escaping @Sendable (Answer) -> Void
    ) {
        guard let request = try? Microchat_SendAppMessageRequest(plaintext: plaintext) else {
            return complete(.refusal(.badArgument))
        }
        change(.sendAppMessage, from: device, then: complete) { edit, account in
            let message = request.message
            guard ElementText.isOne("appmsg", message.content) else { throw Refusal(.badArgument) }
            let result = try NamedSend(
                call: .sendAppMessage, to: message.to, createTime: message.createTime,
                clientID: message.clientID,
                letter: Letter(type: .app, content: "<msg>\(message.content)</msg>")
            ).deliver(from: account, &edit)
            var response = Microchat_SendAppMessageResponse()
            response.result = Microchat_ResultHeader(.init(rawValue: result.code))
            response.appID = message.appID
            response.sender = account.wxid
            response.to = message.to
            response.messageID = result.messageID
            response.clientID = message.clientID
            response.createTime = message.createTime
            response.type = message.type
            response.serverID = result.serverID
            return response
        }
    }

    /// More emoticons than this in one request are refused.
    private static let maximumEmoji = 10

    /// Sends emoticons (MicroChat wire protocol, section 14.3).
    func sendEmoji(
        _ plaintext: [UInt8], from device: Device, then complete: @escaping @Sendable (Answer) -> Void
    ) {
        guard let request = try? Microchat_SendEmojiRequest(plaintext: plaintext) else {
            return complete(.refusal(.badArgument))
        }
        change(.sendEmoji, from: device, then: complete) { edit, account in
            guard (1...Self.maximumEmoji).contains(request.items.count) else { throw Refusal(.badArgument) }
            var response = Microchat_SendEmojiResponse()
            response.result = Microchat_ResultHeader(.ok)
            for item in request.items {
                let letter = Letter(
                    type: .emoticon, content: try Self.emoticon(item, from: account),
                    source: item.messageSource)
                let result = try NamedSend(
                    call: .sendEmoji, to: item.to, createTime: 0, clientID: item.clientID, letter: letter
                ).deliver(from: account, &edit)
                response.items.append(
                    .with {
                        $0.code = result.code
                        $0.start = item.total
                        $0.total = item.total
                        $0.md5 = item.md5
                        $0.messageID = result.messageID
                        $0.serverID = result.serverID
                    })
            }
            response.count = UInt32(response.items.count)
            return response
        }
    }

    /// The XML in which an emoticon is delivered.
    private static func emoticon(_ item: Microchat_OutgoingEmoji, from sender: Directory.Account) throws
        -> String
    {
        let isName = item.md5.utf8.count == 32 && item.md5.allSatisfy(\.isHexDigit)
        guard isName, item.to.utf8.count <= SendBatch.maximumName,
            item.extraXml.isEmpty || ElementText.isOne("gameext", item.extraXml)
        else { throw Refusal(.badArgument) }
        let to = ElementText.escaped(item.to)
        return """
            <msg><emoji fromusername="\(sender.wxid)" tousername="\(to)" type="\(item.type)" md5="\(item.md5)" \
            len="\(item.total)"></emoji>\(item.extraXml)</msg>
            """
    }
}
