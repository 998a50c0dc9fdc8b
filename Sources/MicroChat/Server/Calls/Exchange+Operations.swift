import MicroChatWire

extension Exchange {
    /// More operations than this in one request are refused.
    private static let maximumOperations = 100

    /// The client's own changes, in order, each by itself (MicroChat wire protocol, section 14.9).
    func operationLog(
        _ plaintext: [UInt8], from device: Device, then complete: @escaping @Sendable (Answer) -> Void
    ) {
        guard let request = try? Microchat_OperationRequest(plaintext: plaintext) else {
            return complete(.refusal(.badArgument))
        }
        change(.operationLog, from: device, then: complete) { edit, account in
            let items = request.operations.items
            guard (1...Self.maximumOperations).contains(items.count) else { throw Refusal(.badArgument) }
            var response = Microchat_OperationResponse()
            response.code = ResultCode.ok.rawValue
            for item in items {
                // Each change of a large room is told to many; others want to write too.
                guard edit.contactChanges < SendBatch.maximumCopies else {
                    response.results.codes.append(ResultCode.tooOften.rawValue)
                    continue
                }
                response.results.codes.append(
                    try Operation(account: account, item: item).perform(&edit).rawValue)
            }
            response.results.count = UInt32(items.count)
            response.results.message = ""
            return response
        }
    }
}
