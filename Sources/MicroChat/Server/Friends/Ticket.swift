import DurableSQLite
import GRDB
import MicroChatWire

/// A v2 string: permits its holder to do one thing about its subject (MicroChat wire protocol, sections 1 and 14.6).
struct Ticket {
    enum Kind: Int {
        /// The holder may ask the subject; from a search or a look at a contact.
        case mayAsk = 1
        /// The subject has asked, the holder may accept or refuse; from the request's message.
        case mayAnswer = 2

        /// How long it is good for, in seconds.
        var life: Int64 {
            switch self {
            case .mayAsk: 24 * 3600
            case .mayAnswer: 30 * 24 * 3600
            }
        }
    }

    let text: String
    let kind: Kind
    let holder: Int32
    let subject: Int32
    var scene: UInt32 = 0
    var greeting = ""
    /// When the holder was last told of it.
    var toldAt: Int64 = 0

    /// Longer strings are no tickets.
    private static let maximumLength = 128

    private static func fresh() -> String {
        let alphabet: StaticString = "abcdefghijklmnopqrstuvwxyz0123456789"
        return "v2_" + String(decoding: Randomness.characters(48, from: alphabet), as: UTF8.self)
            + "@stranger"
    }

    /// The ticket that a holder has for a subject, made if there is none or it has little life left.
    static func issue(_ kind: Kind, to holder: Int32, about subject: Int32, _ edit: Edit) throws -> Ticket {
        if let old = try find(kind, of: holder, about: subject, youngerThan: kind.life / 2, edit) {
            return old
        }
        guard edit.canWrite else { throw WriterNeeded() }
        let ticket = Ticket(text: fresh(), kind: kind, holder: holder, subject: subject)
        try edit.db.run(
            """
            INSERT OR REPLACE INTO tickets(ticket, kind, holder, subject, scene, greeting, told_at, created_at)
            VALUES (?, ?, ?, ?, 0, '', 0, ?)
            """, ticket.text, kind.rawValue, holder, subject, edit.now)
        return ticket
    }

    /// The ticket that a holder presents.
    ///
    /// - Throws: `Refusal`: −48 if it is not known, or not any more; −47 if it is not this holder's, or not about this
    ///   subject.
    static func present(_ text: String, _ kind: Kind, by holder: Int32, about subject: Int32?, _ edit: Edit)
        throws -> Ticket
    {
        guard text.utf8.count <= maximumLength,
            let ticket = try find(where: "ticket = ? AND kind = ?", [text, kind.rawValue], kind, edit)
        else { throw Refusal(.ticketNotFound) }
        guard ticket.holder == holder, subject == nil || ticket.subject == subject else {
            throw Refusal(.ticketMismatch)
        }
        return ticket
    }

    static func find(
        _ kind: Kind, of holder: Int32, about subject: Int32, youngerThan age: Int64? = nil, _ edit: Edit
    ) throws -> Ticket? {
        try find(
            where: "holder = ? AND subject = ? AND kind = ?", [holder, subject, kind.rawValue], kind,
            age: age, edit)
    }

    private static func find(
        where condition: String, _ arguments: [any DatabaseValueConvertible], _ kind: Kind, age: Int64? = nil,
        _ edit: Edit
    ) throws -> Ticket? {
        let row = try Row.fetchOne(
            edit.db.cachedStatement(
                sql: """
                    SELECT ticket, holder, subject, scene, greeting, told_at FROM tickets
                    WHERE \(condition) AND created_at > ?
                    """),
            arguments: StatementArguments(arguments + [edit.now - (age ?? kind.life)]))
        return row.map {
            Ticket(
                text: $0[0], kind: kind, holder: $0[1], subject: $0[2], scene: $0[3], greeting: $0[4],
                toldAt: $0[5])
        }
    }

    /// Keeps what the holder has been told.
    func save(_ edit: Edit) throws {
        try edit.db.run(
            "UPDATE tickets SET scene = ?, greeting = ?, told_at = ? WHERE ticket = ?", scene, greeting,
            toldAt, text)
    }

    /// It is used up, as is every other that these two had for each other.
    static func useUp(between one: Int32, and other: Int32, _ edit: Edit) throws {
        try edit.db.run(
            "DELETE FROM tickets WHERE (holder = ?1 AND subject = ?2) OR (holder = ?2 AND subject = ?1)", one,
            other)
    }

    func useUp(_ edit: Edit) throws { try edit.db.run("DELETE FROM tickets WHERE ticket = ?", text) }
}
