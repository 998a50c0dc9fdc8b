import DurableSQLite
import Logging
import MicroChatWire
import SwiftProtobuf

extension Exchange {
    /// Sends messages (MicroChat wire protocol, section 14.1). Answered once they are on disk.
    func newSendMessage(
        _ plaintext: [UInt8], from device: Device, then complete: @escaping @Sendable (Answer) -> Void
    ) {
        guard let request = try? Microchat_SendMessageRequest(plaintext: plaintext) else {
            return complete(.refusal(.badArgument))
        }
        guard let account = directory.account(device.uin), !request.messages.isEmpty,
            request.messages.count <= SendBatch.maximumMessages
        else { return complete(.plaintext(Self.failure(of: .newSendMessage, .badArgument))) }
        let batch = SendBatch(
            account: account, slot: device.slot, messages: request.messages, directory: directory,
            mailboxes: mailboxes, now: now())
        database.write(batch.deliver) { [self] result in
            switch result {
            case .success(let outcome):
                publish(outcome.changes)
                var response = Microchat_SendMessageResponse()
                response.result = Microchat_ResultHeader(.ok)
                response.count = UInt32(outcome.results.count)
                response.results = outcome.results
                complete(Self.answer(response, to: .newSendMessage))
            case .failure(let error):
                logger.error("cannot deliver", metadata: ["uin": "\(device.uin)", "error": "\(error)"])
                complete(.plaintext(Self.failure(of: .newSendMessage, .systemError)))
            }
        }
    }
}
