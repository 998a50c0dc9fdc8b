import MicroChatWire

extension Exchange {
    /// What is above this is no scene (MicroChat wire protocol, section 13.2).
    private static let scenes: ClosedRange<UInt32> = 0...999_999

    /// Adds, asks, accepts or refuses (MicroChat wire protocol, section 14.6).
    func verifyUser(
        _ plaintext: [UInt8], from device: Device, then complete: @escaping @Sendable (Answer) -> Void
    ) {
        guard let request = try? Microchat_VerifyUserRequest(plaintext: plaintext) else {
            return complete(.refusal(.badArgument))
        }
        change(.verifyUser, from: device, then: complete) { edit, account in
            guard let target = request.targets.first, request.targets.count == 1,
                Self.scenes.contains(request.scenes.first ?? 0)
            else { throw Refusal(.badArgument) }
            guard let other = edit.directory.account(wxid: target.user) else { throw Refusal(.unknownUser) }
            let wish = FriendRequest(asker: account, asked: other, scene: request.scenes.first ?? 0)
            switch request.op {
            case 1: try wish.add(target.antispamTicket, &edit)
            case 2: try wish.ask(request.greeting, target.antispamTicket, &edit)
            case 3: try FriendRequest.accept(target.verifyTicket, by: account, from: other, &edit)
            case 4: try FriendRequest.refuse(target.verifyTicket, by: account, from: other, &edit)
            default: throw Refusal(.badArgument)
            }
            var response = Microchat_VerifyUserResponse()
            response.result = Microchat_ResultHeader(.ok)
            response.wxid = other.wxid
            return response
        }
    }

    /// Looks somebody up (MicroChat wire protocol, section 14.5). The wxid, which a contact card names, does too.
    func searchContact(
        _ plaintext: [UInt8], from device: Device, then complete: @escaping @Sendable (Answer) -> Void
    ) {
        guard let request = try? Microchat_SearchContactRequest(plaintext: plaintext) else {
            return complete(.refusal(.badArgument))
        }
        look(.searchContact, from: device, then: complete) { [pictureAddresses] edit, account in
            let query = request.query.value
            guard !query.isEmpty, query.utf8.count <= SendBatch.maximumName else {
                throw Refusal(.unknownUser)
            }
            guard let found = try Self.find(query, for: account, edit) else { throw Refusal(.unknownUser) }
            let isSelf = found.uin == account.uin
            let isListed = try isSelf || edit.entry(of: found.uin, inListOf: account.uin)?.isRemoved == false
            let isMutual = try isSelf || edit.entry(of: account.uin, inListOf: found.uin)?.isFriend == true
            var response = Microchat_SearchContactResponse()
            response.result = Microchat_ResultHeader(.ok)
            response.user = Microchat_StringBox(isListed ? found.wxid : found.v1)
            response.nickName = Microchat_StringBox(found.nick)
            response.alias = found.name
            if !found.picture.isEmpty {
                response.bigHeadURL = pictureAddresses.big(found.picture)
                response.smallHeadURL = pictureAddresses.small(found.picture)
            }
            if !isListed || !isMutual {
                response.v2Ticket = try Ticket.issue(.mayAsk, to: account.uin, about: found.uin, edit).text
            }
            return response
        }
    }

    private static func find(_ query: String, for account: Directory.Account, _ edit: Edit) throws
        -> Directory.Account?
    {
        if let found = edit.directory.account(forLogin: query) { return found }
        let ticket = try? Ticket.present(query, .mayAsk, by: account.uin, about: nil, edit)
        return ticket.flatMap { edit.directory.account($0.subject) }
    }
}
