import BotKit
import MicroChatWire

extension MicroChatGateway {
    /// Looks somebody up (MicroChat wire protocol, section 14.5).
    func search(_ query: String) async throws(Calls.Failure) -> Receipt {
        let response = try await ask(
            .searchContact, Microchat_SearchContactRequest.self, answer: Microchat_SearchContactResponse.self
        ) { request, identity, _ in
            request.identity = identity
            request.query = Microchat_StringBox(query)
            request.op = 0
            request.fromScene = 1
            request.searchScene = 3
        }
        let user = response.user.value
        let isStranger = user.hasPrefix("v1_")
        // By what it was found decides the scene that the other side sees: 15 a phone number, 3 an account name.
        let scene: UInt32 = query.allSatisfy { $0.isASCII && ($0.isNumber || $0 == "+") } ? 15 : 3
        return Receipt(
            answer: Answer.text(
                FoundPerson(
                    name: response.nickName.value, alias: response.alias,
                    person: isStranger ? nil : PersonID(user),
                    token: FriendToken(user: user, ticket: response.v2Ticket, scene: scene).text)))
    }

    /// Adds somebody, or asks to where that takes approval (section 14.6).
    func requestFriend(_ wish: FriendWish) async throws(Calls.Failure) -> Receipt {
        guard let token = FriendToken(wish.token) else {
            throw .unsendable("the token is not one that a search gave")
        }
        do throws(Calls.Failure) {
            return try await verify(.add, token)
        } catch {
            guard case .refused(.verificationNeeded) = error else { throw error }
            return try await verify(.ask, token, greeting: wish.greeting)
        }
    }

    /// Says yes or no to somebody who asks (section 14.6).
    func answer(_ request: FriendRequest, accepting: Bool) async throws(Calls.Failure) -> Receipt {
        guard let token = FriendToken(request.token) else {
            throw .unsendable("the token is not one that a friend request brought")
        }
        do throws(Calls.Failure) {
            return try await verify(accepting ? .accept : .refuse, token)
        } catch {
            // A used ticket may be the work of an attempt before this one.
            guard accepting, case .refused(let code) = error,
                code == .ticketMismatch || code == .ticketNotFound,
                try await contact(request.person.rawValue).typeBits & 0b0001 != 0
            else { throw error }
            return Receipt(answer: Answer.text(request.person))
        }
    }

    private enum Verification: UInt32 {
        case add = 1
        case ask, accept, refuse
    }

    private func verify(
        _ op: Verification, _ token: FriendToken, greeting: String = ""
    ) async throws(Calls.Failure) -> Receipt {
        let response = try await ask(
            .verifyUser, Microchat_VerifyUserRequest.self, answer: Microchat_VerifyUserResponse.self
        ) { request, identity, _ in
            var target = Microchat_VerifyTarget()
            target.user = token.user
            // The ticket of a request that came goes into one field, that of a search into the other.
            switch op {
            case .add, .ask: target.antispamTicket = token.ticket
            case .accept, .refuse: target.verifyTicket = token.ticket
            }
            target.friendFlag = 0
            target.scanScene = 0
            if op == .add { target.chatRoom = "" }
            target.reportInfo = ""
            request.identity = identity
            request.op = op.rawValue
            request.targetCount = 1
            request.targets = [target]
            if op == .ask { request.greeting = greeting }
            request.sceneCount = 1
            request.scenes = [token.scene]
        }
        return Receipt(answer: Answer.text(PersonID(response.wxid)))
    }

    /// Changes something about a contact: fetched, changed and sent back whole (section 14.9).
    func change(
        _ wxid: String, _ change: (inout Microchat_Contact) -> Void
    ) async throws(Calls.Failure) -> Receipt {
        var contact = try await contact(wxid)
        change(&contact)
        try await operate(.contact, contact)
        return Receipt()
    }

    /// What the server knows of these (section 14.7).
    func fetchContacts(_ ids: [String]) async throws(Calls.Failure) -> Receipt {
        Receipt(answer: Answer.text(try await contacts(ids).map(Contact.init)))
    }

    func contact(_ wxid: String) async throws(Calls.Failure) -> Microchat_Contact {
        guard let contact = try await contacts([wxid]).first else { throw .refused(.unknownUser) }
        return contact
    }

    /// Those of them that exist.
    private func contacts(_ ids: [String]) async throws(Calls.Failure) -> [Microchat_Contact] {
        let response = try await ask(
            .getContact, Microchat_GetContactRequest.self, answer: Microchat_GetContactResponse.self
        ) { request, identity, _ in
            request.identity = identity
            request.count = UInt32(clamping: ids.count)
            request.wxids = ids.map { Microchat_StringBox($0) }
            request.ticketCount = 0
            request.roomCount = 0
            request.scene = 0
        }
        return response.contacts.enumerated().compactMap { index, contact in
            index < response.codes.count && response.codes[index] != 0 ? nil : contact
        }
    }
}
