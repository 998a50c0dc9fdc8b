import DurableSQLite
import GRDB
import Glibc
import MicroChatWire

// What an operator decides about an account. Throws `AccountError`; then nothing has changed.
extension Accounts {
    /// Whether others have to ask before they are the account's friends; they have to unless told otherwise
    /// (MicroChat wire protocol, section 14.6).
    package func setNeedsApproval(_ needsApproval: Bool, of name: String) async throws {
        try await update(name) { uin, db in
            try db.run("UPDATE accounts SET needs_approval = ? WHERE uin = ?", needsApproval, uin)
        }
    }

    /// The account's phone number, by which it is found and may log in; empty for none.
    package func setMobile(_ mobile: String, of name: String) async throws {
        try await update(name) { uin, db in
            let holder: Int64? = try db.value(
                "SELECT uin FROM accounts WHERE mobile = ? AND mobile <> '' AND removed_at IS NULL", mobile)
            guard mobile.isEmpty || MobileNumber.isOne(mobile), holder == nil || holder == uin else {
                throw AccountError.badMobile(mobile)
            }
            try db.run("UPDATE accounts SET mobile = ? WHERE uin = ?", mobile, uin)
        }
    }

    /// What the account has to pass at its next login beside its password. `.none` lets it in: that is how an operator
    /// approves (MicroChat wire protocol, section 8.3).
    package func setLoginCheck(_ check: LoginCheck, of name: String) async throws {
        guard check.url.utf8.count <= LoginCheck.maximumURL else { throw AccountError.urlTooLong(check.url) }
        try await update(name) { uin, db in
            try db.run(
                "UPDATE accounts SET login_check = ?, login_check_url = ? WHERE uin = ?", check.kind,
                check.url, uin)
            try db.run("DELETE FROM text_checks WHERE uin = ?", uin)
        }
    }

    /// A code that the server would send as text message if it had a way to (MicroChat wire protocol, section 14.11).
    package struct TextMessageCode: Hashable, Sendable, Redacted {
        /// The account that logs in.
        package var name: String
        /// Where the code is to go.
        package var mobile: String
        /// A secret: only for the reader of that phone.
        package var code: String
        /// Seconds since 1970.
        package var expiresAt: Int64
    }

    /// The codes that wait for their readers.
    ///
    /// - Parameter now: seconds since 1970.
    package func textMessageCodes(now: Int64 = Int64(time(nil))) async throws -> [TextMessageCode] {
        try await database.read { db in
            try db.all(
                """
                SELECT name, text_checks.mobile, code, expires_at FROM text_checks JOIN accounts USING (uin)
                WHERE code <> '' AND expires_at > ? ORDER BY expires_at
                """, now
            ) {
                TextMessageCode(
                    name: $0.text(0), mobile: $0.text(1), code: $0.text(2), expiresAt: $0.integer(3))
            }
        }
    }

    private func update(
        _ name: String, _ work: @escaping @Sendable (Int64, Database) throws -> Void
    ) async throws {
        try await database.write { db in
            let uin: Int64? = try db.value(
                "SELECT uin FROM accounts WHERE name = ? AND removed_at IS NULL", name)
            guard let uin else { throw AccountError.unknownAccount(name) }
            try work(uin, db)
        }
        try await changed()
    }
}
