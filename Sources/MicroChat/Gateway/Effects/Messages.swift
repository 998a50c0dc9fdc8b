import BotKit
import MicroChatWire

extension MicroChatGateway {
    /// Shares a link (MicroChat wire protocol, section 14.2).
    func share(_ link: WebLink, _ outgoing: Outgoing) async throws(Calls.Failure) -> Receipt {
        let response = try await ask(
            .sendAppMessage, Microchat_SendAppMessageRequest.self,
            answer: Microchat_SendAppMessageResponse.self
        ) { request, identity, wxid in
            request.identity = identity
            request.message.sender = wxid
            request.message.appID = ""
            request.message.sdkVersion = 0
            request.message.to = outgoing.chat.rawValue
            request.message.type = 5
            request.message.content = link.appMessage
            request.message.createTime = outgoing.clientID.seconds
            request.message.clientID = "\(outgoing.chat.rawValue)\(outgoing.clientID.text)"
            request.message.source = 3
            request.message.remindID = 0
            (request.requestTime, request.fileType, request.hitMd5, request.crc32) = (0, 0, 0, 0)
            (request.signature, request.fromScene) = ("", "")
        }
        return Receipt(serverID: "\(response.serverID)")
    }

    /// Sends an emoticon that the server knows (section 14.3).
    func send(_ emoji: Emoji, _ outgoing: Outgoing) async throws(Calls.Failure) -> Receipt {
        let response = try await ask(
            .sendEmoji, Microchat_SendEmojiRequest.self, answer: Microchat_SendEmojiResponse.self
        ) { request, identity, _ in
            var item = Microchat_OutgoingEmoji()
            item.md5 = emoji.name
            item.start = 0
            item.total = Int32(clamping: emoji.size)
            item.data.length = 0
            item.type = 1
            item.to = outgoing.chat.rawValue
            item.extraXml = "<gameext type=\"0\" content=\"0\"></gameext>"
            item.report = ""
            item.clientID = outgoing.clientID.text
            item.newXmlFlag = 0
            request.identity = identity
            request.count = 1
            request.items = [item]
            request.requestTime = 0
        }
        guard let item = response.items.first else { throw .noAnswer("the answer left the emoticon out") }
        guard item.code == 0 else { throw .refused(ResultCode(rawValue: item.code)) }
        return Receipt(serverID: "\(item.serverID)")
    }

    /// Takes a message back (section 14.4).
    func recall(_ message: SentMessage, in chat: String) async throws(Calls.Failure) -> Receipt {
        guard let serverID = Int64(message.serverID) else {
            throw .unsendable("the message was not sent, so there is nothing to take back")
        }
        _ = try await ask(.revokeMessage, Microchat_RevokeRequest.self, answer: Microchat_RevokeResponse.self)
        {
            request, identity, wxid in
            request.identity = identity
            request.clientID = "\(message.clientID.number)"
            request.newClientID = 0
            request.createTime = message.clientID.seconds
            request.messageID = 0
            request.sender = wxid
            request.to = chat
            request.requestIndex = 0
            request.serverID = serverID
        }
        return Receipt()
    }
}

extension ClientMessageID {
    /// As text, where the protocol has one: `<n>T<milliseconds>`. The same at every try.
    fileprivate var text: String { "\(number)T\(UInt64(seconds) * 1000)" }
}
