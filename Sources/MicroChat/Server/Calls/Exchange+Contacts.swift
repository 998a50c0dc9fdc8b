import DurableSQLite
import FoundationEssentials
import GRDB
import MicroChatWire
import SwiftProtobuf

extension Exchange {
    /// Looks up contacts (MicroChat wire protocol, section 14.7). Strangers show their nick name and nothing else.
    func getContact(_ plaintext: [UInt8], session: Session) -> Answer {
        guard let request = try? Microchat_GetContactRequest(plaintext: plaintext) else {
            return .refusal(.badArgument)
        }
        let directory = directory
        var response = Microchat_GetContactResponse()
        response.result = Microchat_ResultHeader(.ok)
        for box in request.wxids.prefix(Page.maximumItems) {
            var contact = Microchat_Contact()
            if box.value.utf8.count <= SendBatch.maximumName { contact.wxid = box }
            guard let account = directory.account(wxid: box.value) else {
                response.codes.append(ResultCode.unknownUser.rawValue)
                response.contacts.append(contact)
                continue
            }
            contact.wxid.value = account.wxid
            contact.nickName = Microchat_StringBox(account.nick)
            switch directory.standing(of: account.uin, inListOf: session.uin) {
            case .friend: contact.typeBits = Page.friendBits
            case .blocked: contact.typeBits = Page.blockedBits
            case nil: contact.typeBits = 0
            }
            if contact.typeBits != 0 || account.uin == session.uin { contact.alias = account.name }
            response.contacts.append(contact)
            response.codes.append(ResultCode.ok.rawValue)
        }
        response.count = UInt32(response.contacts.count)
        return Self.answer(response, to: .getContact)
    }

    /// The account's own profile (MicroChat wire protocol, section 14.7).
    func getProfile(session: Session) -> Answer {
        guard let account = directory.accounts[session.uin] else {
            return .plaintext(Self.failure(of: .getProfile, .unknownUser))
        }
        var response = Microchat_GetProfileResponse()
        response.result = Microchat_ResultHeader(.ok)
        response.profile.wxid = Microchat_StringBox(account.wxid)
        response.profile.nickName = Microchat_StringBox(account.nick)
        response.profile.alias = account.name
        return Self.answer(response, to: .getProfile)
    }
}
