import DurableSQLite
import GRDB
import MicroChatWire

/// The check of a login by a code that is sent as text message (MicroChat wire protocol, sections 8.3 and 14.11).
///
/// The server has no way to send one: the operator finds the code in `Accounts.textMessageCodes` and passes it on.
struct TextCheck {
    private static let life: Int64 = 1800
    private static let codeLife: Int64 = 600
    /// Wrong codes before the check is blocked for the rest of its life.
    private static let maximumTries = 10

    let ticket: String
    let uin: Int32
    private var mobile: String
    private var code: String
    private var tries: Int

    /// The check that an account has to pass; the same one however often it tries to log in.
    static func begin(for uin: Int32, _ edit: inout Edit) throws -> String {
        try edit.db.run("DELETE FROM text_checks WHERE uin = ? AND expires_at <= ?", uin, edit.now)
        if let ticket: String = try edit.db.value("SELECT ticket FROM text_checks WHERE uin = ?", uin) {
            return ticket
        }
        let alphabet: StaticString = "abcdefghijklmnopqrstuvwxyz0123456789"
        let ticket = String(decoding: Randomness.characters(40, from: alphabet), as: UTF8.self)
        try edit.db.run(
            "INSERT INTO text_checks(ticket, uin, expires_at) VALUES (?, ?, ?)", ticket, uin,
            edit.now + life)
        return ticket
    }

    /// The check that a ticket names.
    init(_ ticket: String, _ edit: Edit) throws {
        let rows = try edit.db.rows(
            "SELECT uin, mobile, code, tries FROM text_checks WHERE ticket = ? AND expires_at > ?",
            String(ticket.prefix(64)), edit.now)
        guard let row = try rows.next() else { throw Refusal(.ticketNotFound) }
        self.ticket = ticket
        uin = row[0]
        mobile = row[1]
        code = row[2]
        tries = row[3]
    }

    /// Has a code "sent". Asked again for the same number, the code that is on its way stays good.
    mutating func sendCode(to number: String, _ edit: inout Edit) throws {
        guard MobileNumber.isOne(number), let account = edit.directory.account(uin),
            account.mobile.isEmpty || account.mobile == number
        else { throw Refusal(.badArgument) }
        guard tries < Self.maximumTries else { throw Refusal(.tooOften) }
        if mobile == number, !code.isEmpty { return }
        let digits: StaticString = "0123456789"
        mobile = number
        code = String(decoding: Randomness.characters(6, from: digits), as: UTF8.self)
        try edit.db.run(
            "UPDATE text_checks SET mobile = ?, code = ?, expires_at = ? WHERE ticket = ?", mobile, code,
            edit.now + Self.codeLife, ticket)
    }

    /// Looks at a code.
    ///
    /// - Returns: whether it is right; then the account may log in with its password alone.
    func passes(with attempt: String, _ edit: inout Edit) throws -> Bool {
        guard !code.isEmpty, tries < Self.maximumTries else { throw Refusal(.codeExpired) }
        guard ConstantTime.areEqual(Array(attempt.utf8), Array(code.utf8)) else {
            try edit.db.run("UPDATE text_checks SET tries = tries + 1 WHERE ticket = ?", ticket)
            return false
        }
        try edit.db.run("DELETE FROM text_checks WHERE ticket = ?", ticket)
        try edit.db.run(
            "UPDATE accounts SET login_check = 0, login_check_url = '' WHERE uin = ?", uin)
        // A number that another account has meanwhile stays with it.
        try edit.db.run(
            """
            UPDATE accounts SET mobile = ?1 WHERE uin = ?2 AND mobile = '' AND NOT EXISTS (
                SELECT 1 FROM accounts WHERE mobile = ?1 AND mobile <> '' AND removed_at IS NULL)
            """, mobile, uin)
        try edit.noteAccount(uin)
        return true
    }
}

/// What counts as a phone number.
enum MobileNumber {
    static func isOne(_ text: String) -> Bool {
        let digits = text.hasPrefix("+") ? text.dropFirst() : text[...]
        return (5...18).contains(digits.utf8.count) && digits.utf8.allSatisfy { (48...57).contains($0) }
    }
}
