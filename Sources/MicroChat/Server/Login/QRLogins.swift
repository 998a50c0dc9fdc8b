package import DurableSQLite
import FoundationEssentials
import GRDB
import Glibc
import MicroChatWire

/// Logins by QR code, for whoever may confirm them: the operator, beside a running server or inside it
/// (MicroChat wire protocol, section 14.10).
package struct QRLogins: Sendable {
    private let database: DurableDatabase
    private let now: @Sendable () -> Int64

    /// The logins in a database.
    ///
    /// - Parameter now: seconds since 1970.
    package init(database: DurableDatabase, now: @escaping @Sendable () -> Int64 = { Int64(time(nil)) }) {
        self.database = database
        self.now = now
    }

    /// A QR code that somebody looks at.
    package struct Pending: Hashable, Sendable {
        /// Names the login; part of what the QR code says.
        package var uuid: String
        /// Whether somebody has scanned it.
        package var isScanned: Bool
        /// Seconds since 1970.
        package var expiresAt: Int64
    }

    /// Why a login cannot be confirmed or refused.
    package enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// There is none with this id, or it is over.
        case unknown(String)

        package var description: String {
            switch self {
            case .unknown(let uuid): "no QR code '\(uuid)' is waiting"
            }
        }
    }

    /// What waits to be confirmed, the oldest first.
    package func pending() async throws -> [Pending] {
        let now = now()
        return try await database.read { db in
            try db.all(
                "SELECT uuid, status, expires_at FROM qr_logins WHERE status < 2 AND expires_at > ? ORDER BY expires_at",
                now
            ) { Pending(uuid: $0.text(0), isScanned: $0.integer(1) == 1, expiresAt: $0.integer(2)) }
        }
    }

    /// Somebody has scanned the code and is asked whether to go on; `account` is shown to the client that waits.
    package func scan(uuid: String, by account: String) async throws {
        try await settle(uuid, as: .scanned, for: account, token: nil)
    }

    /// Lets the client that shows the code log in to an account, once and within five minutes.
    package func approve(uuid: String, for account: String) async throws {
        let alphabet: StaticString = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        let token =
            QRLogin.tokenPrefix + String(decoding: Randomness.characters(40, from: alphabet), as: UTF8.self)
        try await settle(uuid, as: .confirmed, for: account, token: token)
    }

    /// Tells the client that shows the code that it may not.
    package func refuse(uuid: String) async throws {
        try await settle(uuid, as: .over, for: nil, token: nil)
    }

    private func settle(_ uuid: String, as status: QRLogin.Status, for name: String?, token: String?)
        async throws
    {
        let now = now()
        try await database.write { db in
            var uin: Int64?
            if let name {
                uin = try db.value("SELECT uin FROM accounts WHERE name = ? AND removed_at IS NULL", name)
                guard uin != nil else { throw AccountError.unknownAccount(name) }
            }
            try db.run(
                """
                UPDATE qr_logins SET status = ?, uin = ?, token = ?,
                expires_at = CASE WHEN ? THEN ? ELSE expires_at END
                WHERE uuid = ? AND status < 2 AND expires_at > ?
                """, status.rawValue, uin, token, token != nil, now + QRLogin.tokenLife, uuid, now)
            guard db.changesCount == 1 else { throw Failure.unknown(uuid) }
        }
    }
}

/// A login by QR code as the waiting client sees it.
struct QRLogin {
    enum Status: Int {
        case waiting = 0
        case scanned = 1
        case confirmed = 2
        /// Refused, or too late.
        case over = 4
    }

    /// What tells a token from a password's digest.
    static let tokenPrefix = "qr_"
    static let tokenLife: Int64 = 300
    static let life: Int64 = 300
    static let checkInterval: UInt32 = 2
    /// What the code says before the id.
    static let scheme = "microchat:login/"
    /// More codes at a time are not given out.
    private static let maximumWaiting = 1000

    let uuid: String
    let key: SymmetricKey
    private(set) var status = Status.waiting
    private(set) var uin: Int32?
    private(set) var token: String?
    private(set) var expiresAt: Int64

    /// Begins a login.
    init(_ edit: inout Edit) throws {
        let waiting: Int64? = try edit.db.value(
            "SELECT count(*) FROM qr_logins WHERE expires_at > ?", edit.now)
        guard waiting ?? 0 < Self.maximumWaiting else { throw Refusal(.tooOften) }
        let alphabet: StaticString = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        uuid = String(decoding: Randomness.characters(22, from: alphabet), as: UTF8.self)
        key = .random()
        expiresAt = edit.now + Self.life
        try edit.db.run("DELETE FROM qr_logins WHERE expires_at < ?", edit.now - Self.life)
        try edit.db.run(
            "INSERT INTO qr_logins(uuid, notify_key, status, expires_at) VALUES (?, ?, 0, ?)", uuid,
            key.bytes.blob, expiresAt)
    }

    /// The login with an id.
    init(_ uuid: String, now: Int64, _ db: Database) throws {
        let rows = try db.rows(
            "SELECT notify_key, status, uin, token, expires_at FROM qr_logins WHERE uuid = ?",
            String(uuid.prefix(64)))
        guard let row = try rows.next() else { throw Refusal(.ticketNotFound) }
        self.uuid = uuid
        key = try SymmetricKey(bytes: Array(row[0] as Data))
        uin = row[2]
        token = row[3]
        expiresAt = row[4]
        status = expiresAt > now ? Status(rawValue: row[1]) ?? .over : .over
    }

    /// Uses a token up.
    ///
    /// - Returns: the account that may log in with it; nil if none may.
    static func redeem(_ token: String, _ edit: inout Edit) throws -> Int32? {
        let uin: Int32? = try edit.db.value(
            "SELECT uin FROM qr_logins WHERE token = ? AND status = 2 AND expires_at > ?", token, edit.now)
        try edit.db.run("DELETE FROM qr_logins WHERE token = ?", token)
        return uin
    }
}
