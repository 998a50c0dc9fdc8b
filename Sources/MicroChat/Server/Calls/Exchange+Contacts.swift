import MicroChatWire
import SwiftProtobuf

extension Exchange {
    /// Looks up people and rooms (MicroChat wire protocol, section 14.7). Strangers show their nick name and picture; who
    /// is in the list but no longer has the account in theirs comes with a ticket to ask anew.
    func getContact(
        _ plaintext: [UInt8], from device: Device, then complete: @escaping @Sendable (Answer) -> Void
    ) {
        guard let request = try? Microchat_GetContactRequest(plaintext: plaintext) else {
            return complete(.refusal(.badArgument))
        }
        look(.getContact, from: device, then: complete) { [pictureAddresses] edit, account in
            let cards = ContactCards(pictures: pictureAddresses, db: edit.db)
            var response = Microchat_GetContactResponse()
            response.result = Microchat_ResultHeader(.ok)
            var size = 0
            for box in request.wxids.prefix(Page.maximumItems) {
                let (contact, code) = try Self.look(up: box.value, for: account, cards, edit)
                size += (try? contact.serializedBytes() as [UInt8])?.count ?? 0
                // What does not fit is not answered, so that the answer stays far below a frame's limit.
                if size > Page.maximumBytes, !response.contacts.isEmpty { break }
                response.contacts.append(contact)
                response.codes.append(code.rawValue)
                if let ticket = try Self.ticket(for: contact, account, edit) {
                    response.tickets.append(ticket)
                }
            }
            response.count = UInt32(response.contacts.count)
            return response
        }
    }

    private static func look(
        up name: String, for account: Directory.Account, _ cards: ContactCards, _ edit: Edit
    ) throws -> (Microchat_Contact, ResultCode) {
        var nobody = Microchat_Contact()
        if name.utf8.count <= SendBatch.maximumName { nobody.wxid = Microchat_StringBox(name) }
        if name.hasSuffix(Route.roomSuffix) {
            do {
                let room = try Room(name, for: account.uin, edit.db)
                return (try cards.room(room.id) ?? nobody, .ok)
            } catch let refusal as Refusal {
                return (nobody, refusal.code)
            }
        }
        guard let other = edit.directory.account(wxid: name),
            let card = try cards.person(other.uin, of: account.uin)
        else { return (nobody, .unknownUser) }
        return (card, .ok)
    }

    private static func ticket(
        for contact: Microchat_Contact, _ account: Directory.Account, _ edit: Edit
    ) throws -> Microchat_ContactTicket? {
        guard contact.typeBits & ContactCards.TypeBits.listed != 0,
            let other = edit.directory.account(wxid: contact.wxid.value),
            try edit.entry(of: account.uin, inListOf: other.uin)?.isRemoved != false
        else { return nil }
        var ticket = Microchat_ContactTicket()
        ticket.wxid = other.wxid
        ticket.ticket = try Ticket.issue(.mayAsk, to: account.uin, about: other.uin, edit).text
        return ticket
    }

    /// The account's own profile (MicroChat wire protocol, section 14.7).
    func getProfile(of device: Device) -> Answer {
        guard let account = directory.account(device.uin) else {
            return .plaintext(Self.failure(of: .getProfile, .unknownUser))
        }
        var response = Microchat_GetProfileResponse()
        response.result = Microchat_ResultHeader(.ok)
        response.profile.wxid = Microchat_StringBox(account.wxid)
        response.profile.nickName = Microchat_StringBox(account.nick)
        response.profile.alias = account.name
        if !account.mobile.isEmpty { response.profile.bindMobile = Microchat_StringBox(account.mobile) }
        response.extra.bigChatRoomSize = UInt32(Room.maximumMembers)
        if !account.picture.isEmpty {
            response.extra.bigHeadURL = pictureAddresses.big(account.picture)
            response.extra.smallHeadURL = pictureAddresses.small(account.picture)
        }
        return Self.answer(response, to: .getProfile)
    }
}
