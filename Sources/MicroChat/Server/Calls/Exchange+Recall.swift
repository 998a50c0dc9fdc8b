import MicroChatWire

extension Exchange {
    /// Takes a message back (MicroChat wire protocol, section 14.4).
    func revokeMessage(
        _ plaintext: [UInt8], from device: Device, then complete: @escaping @Sendable (Answer) -> Void
    ) {
        guard let request = try? Microchat_RevokeRequest(plaintext: plaintext) else {
            return complete(.refusal(.badArgument))
        }
        change(.revokeMessage, from: device, then: complete) { edit, account in
            try Recall(sender: account, serverID: request.serverID, to: request.to).perform(&edit)
            var response = Microchat_RevokeResponse()
            response.result = Microchat_ResultHeader(.ok)
            response.wording = "You have taken back a message"
            return response
        }
    }
}
