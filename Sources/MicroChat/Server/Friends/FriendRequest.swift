import MicroChatWire

/// One person's wish to be another's friend, and the answer (MicroChat wire protocol, section 14.6).
struct FriendRequest {
    /// Longer greetings are refused; in bytes.
    static let maximumGreeting = 512
    /// The same greeting again within this long is a repetition of the call, not a second request.
    private static let repetition: Int64 = 600
    /// Whom requests come from.
    private static let messenger = "fmessage"
    /// Added to the source of a contact who was the one to ask (section 13.2).
    private static let askedByThem: UInt32 = 1_000_000

    let asker: Directory.Account
    let asked: Directory.Account
    let scene: UInt32

    /// Adds directly, which works if the other side has the asker already or needs no approval.
    func add(_ ticket: String, _ edit: inout Edit) throws {
        try check(ticket, edit)
        guard try isWelcome(edit) else { throw Refusal(.verificationNeeded) }
        try befriend(&edit)
    }

    /// Asks with a greeting.
    func ask(_ greeting: String, _ ticket: String, _ edit: inout Edit) throws {
        guard greeting.utf8.count <= Self.maximumGreeting else { throw Refusal(.badArgument) }
        try check(ticket, edit)
        if try isWelcome(edit) { return try befriend(&edit) }
        var ticket = try Ticket.issue(.mayAnswer, to: asked.uin, about: asker.uin, edit)
        if ticket.greeting == greeting, ticket.toldAt > edit.now - Self.repetition { return }
        ticket.scene = scene
        ticket.greeting = greeting
        ticket.toldAt = edit.now
        try ticket.save(edit)
        try edit.log.append(
            .friendRequest, content(greeting, ticket), from: Self.messenger, to: asked, as: edit.log.draw())
    }

    /// The asked one accepts.
    static func accept(
        _ ticketText: String, by asked: Directory.Account, from asker: Directory.Account, _ edit: inout Edit
    ) throws {
        let ticket = try Ticket.present(ticketText, .mayAnswer, by: asked.uin, about: asker.uin, edit)
        try FriendRequest(asker: asker, asked: asked, scene: ticket.scene).befriend(&edit)
        try edit.log.append(
            .system, "\(asked.nick) has accepted your friend request. You can chat now.", from: asked.wxid,
            to: asker, as: edit.log.draw())
    }

    /// The asked one refuses. The asker is not told.
    static func refuse(
        _ ticketText: String, by asked: Directory.Account, from asker: Directory.Account, _ edit: inout Edit
    ) throws {
        try Ticket.present(ticketText, .mayAnswer, by: asked.uin, about: asker.uin, edit).useUp(edit)
    }

    /// Who was known once, or sits in the same room, can be asked without a ticket: one has no occasion to get one.
    private func check(_ ticket: String, _ edit: Edit) throws {
        guard asker.uin != asked.uin else { throw Refusal(.badArgument) }
        if try edit.entry(of: asker.uin, inListOf: asked.uin)?.isBlocked == true { throw Refusal(.blocked) }
        if ticket.isEmpty {
            let hasMet = try edit.entry(of: asked.uin, inListOf: asker.uin) != nil
            if try hasMet || Room.haveCommon(asker.uin, asked.uin, edit.db) { return }
        }
        _ = try Ticket.present(ticket, .mayAsk, by: asker.uin, about: asked.uin, edit)
    }

    private func isWelcome(_ edit: Edit) throws -> Bool {
        if try edit.entry(of: asker.uin, inListOf: asked.uin)?.isFriend == true { return true }
        return edit.directory.account(asked.uin)?.needsApproval == false
    }

    private func befriend(_ edit: inout Edit) throws {
        try list(asked.uin, for: asker.uin, source: scene, &edit)
        try list(asker.uin, for: asked.uin, source: scene + Self.askedByThem, &edit)
        try Ticket.useUp(between: asker.uin, and: asked.uin, edit)
    }

    private func list(_ contact: Int32, for owner: Int32, source: UInt32, _ edit: inout Edit) throws {
        let old = try edit.entry(of: contact, inListOf: owner)
        if old?.isFriend == true { return }
        var entry = old ?? Friendship.Entry()
        entry.isRemoved = false
        entry.isBlocked = false
        entry.source = source
        try edit.put(entry, of: contact, inListOf: owner)
    }

    private func content(_ greeting: String, _ ticket: Ticket) -> String {
        let attributes = [
            ("fromusername", asker.wxid), ("encryptusername", asker.v1), ("fromnickname", asker.nick),
            ("content", greeting), ("scene", "\(scene)"), ("alias", asker.name), ("ticket", ticket.text),
        ]
        let text = attributes.map { "\($0.0)=\"\(ElementText.escaped($0.1))\"" }.joined(separator: " ")
        return "<msg \(text)/>"
    }
}
