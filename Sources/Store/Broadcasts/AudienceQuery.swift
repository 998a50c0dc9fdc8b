import BotKit
import DurableSQLite
import GRDB

/// An audience in SQL: where to look for those who may belong to it, in the order of their ids, and who of them does.
struct AudienceQuery {
    private let account: String
    private let now: Timestamp

    /// A piece of SQL with the values for its question marks.
    private struct Piece {
        var sql: String
        var arguments: [any Bindable] = []

        /// Several of them, with words between.
        static func joined(_ pieces: [Piece], by words: String) -> Piece {
            Piece(
                sql: pieces.map { "(\($0.sql))" }.joined(separator: words),
                arguments: pieces.flatMap(\.arguments))
        }
    }

    init(of account: AccountID, now: Timestamp) {
        (self.account, self.now) = (account.rawValue, now)
    }

    /// Some of those who belong to it, behind an id.
    ///
    /// - Parameter limit: how many are looked at; there may be fewer who belong to it.
    /// - Returns: them, and where to go on; nil if nobody is left.
    func page(
        of audience: Audience, after id: String, limit: Int, in db: Database
    ) throws -> (ids: [String], next: String?) {
        guard let candidates = candidates(audience, after: id, limit: limit) else { return ([], nil) }
        let condition = Piece.joined([Self.anybody(account), self.condition(audience)], by: " AND ")
        let found = try db.all(
            """
            WITH candidate AS MATERIALIZED (\(candidates.sql) ORDER BY id LIMIT \(limit))
            SELECT c.id, \(condition.sql) FROM candidate c ORDER BY c.id
            """, arguments: candidates.arguments + condition.arguments
        ) { (id: $0.text(0), belongs: $0.bool(1)) }
        return (found.filter(\.belongs).map(\.id), found.count < limit ? nil : found.last?.id)
    }

    /// Whether somebody belongs to it still, as far as that is about who they are and not how they were chosen: what the
    /// audience leaves out, it leaves out to the last moment.
    func isRefused(_ id: String, by audience: Audience, in db: Database) throws -> Bool {
        let anybody = Self.anybody(account)
        let condition = Piece.joined(
            [Piece(sql: "NOT (\(anybody.sql))", arguments: anybody.arguments)]
                + (refusal(audience).map { [$0] } ?? []), by: " OR ")
        let found = try db.all(
            "SELECT \(condition.sql) FROM (SELECT ? AS id) c",
            arguments: condition.arguments + [id]
        ) { $0.bool(0) }
        return found.first ?? false
    }

    // MARK: Who may

    private func candidates(_ audience: Audience, after id: String, limit: Int) -> Piece? {
        let end = "ORDER BY id LIMIT \(limit)"
        if !audience.tagged.isEmpty {
            return union(
                audience.tagged.map { tag in
                    Piece(
                        sql:
                            "SELECT id FROM tag INDEXED BY tag_by_name WHERE account = ? AND tag = ? AND id > ? \(end)",
                        arguments: [account, tag, id])
                })
        }
        if !audience.users.isEmpty {
            return Piece(
                sql: "SELECT DISTINCT value AS id FROM json_each(?) WHERE value > ?",
                arguments: [Value.list(audience.users.map(Value.text)).json, id])
        }
        if !audience.rooms.isEmpty {
            return union(
                audience.rooms.map { room in
                    Piece(
                        sql:
                            "SELECT person AS id FROM room_member WHERE account = ? AND room = ? AND person > ? \(end)",
                        arguments: [account, room, id])
                })
        }
        if audience.friends == true || audience.activeWithin != nil {
            return Piece(
                sql: "SELECT id FROM contact WHERE account = ? AND id > ? AND kind = 'private'",
                arguments: [account, id])
        }
        if !audience.anyOf.isEmpty, audience.anyOf.allSatisfy(\.selects) {
            return union(
                audience.anyOf.compactMap { candidates($0, after: id, limit: limit) }.map { piece in
                    Piece(sql: "SELECT id FROM (\(piece.sql)) \(end)", arguments: piece.arguments)
                })
        }
        return audience.allOf.first(where: \.selects).flatMap { candidates($0, after: id, limit: limit) }
    }

    private func union(_ pieces: [Piece]) -> Piece? {
        guard !pieces.isEmpty else { return nil }
        return Piece(
            sql: pieces.map { "SELECT id FROM (\($0.sql))" }.joined(separator: " UNION "),
            arguments: pieces.flatMap(\.arguments))
    }

    // MARK: Who does

    /// Nobody gets a broadcast who does not want any, whom the account refuses, or who is the account.
    private static func anybody(_ account: String) -> Piece {
        Piece(
            sql: """
                NOT EXISTS (SELECT 1 FROM tag t
                    WHERE t.account = ? AND t.id = c.id AND t.tag = '\(Audience.optedOut)')
                AND NOT EXISTS (SELECT 1 FROM contact b WHERE b.account = ? AND b.id = c.id AND b.blocked)
                AND NOT EXISTS (SELECT 1 FROM account a WHERE a.account = ? AND a.person = c.id)
                """, arguments: [account, account, account])
    }

    private func condition(_ audience: Audience) -> Piece {
        var pieces = [Piece(sql: "1")]
        if !audience.tagged.isEmpty { pieces.append(has(audience.tagged)) }
        if !audience.rooms.isEmpty {
            pieces.append(
                Piece(
                    sql: """
                        EXISTS (SELECT 1 FROM room_member m WHERE m.account = ? AND m.person = c.id
                            AND m.room IN (\(marks(audience.rooms))))
                        """, arguments: [account] + audience.rooms))
        }
        if !audience.users.isEmpty {
            pieces.append(Piece(sql: "c.id IN (\(marks(audience.users)))", arguments: audience.users))
        }
        if let friends = audience.friends {
            pieces.append(
                Piece(
                    sql: """
                        \(friends ? "" : "NOT ")EXISTS (SELECT 1 FROM contact f WHERE f.account = ? AND f.id = c.id
                            AND f.friend AND f.kind = 'private')
                        """, arguments: [account]))
        }
        if let length = audience.activeWithin {
            pieces.append(
                Piece(
                    sql: """
                        EXISTS (SELECT 1 FROM event e INDEXED BY event_by_chat WHERE e.account = ? AND e.chat = c.id
                            AND e.received >= ? AND e.own = 0 AND e.sender = c.id)
                        """, arguments: [account, (now + (.zero - length)).microseconds]))
        }
        if !audience.anyOf.isEmpty { pieces.append(.joined(audience.anyOf.map(condition), by: " OR ")) }
        pieces += audience.allOf.map(condition)
        pieces += refusals(audience).map { Piece(sql: "NOT (\($0.sql))", arguments: $0.arguments) }
        return .joined(pieces, by: " AND ")
    }

    /// Who is left out, however deep it stands; nil if nobody is.
    private func refusal(_ audience: Audience) -> Piece? {
        var pieces = refusals(audience) + audience.allOf.compactMap(refusal)
        let ways = audience.anyOf.map(refusal)
        // Who may belong to it in several ways is left out where each of them does.
        let all = ways.compactMap { $0 }
        if !ways.isEmpty, all.count == ways.count { pieces.append(.joined(all, by: " AND ")) }
        return pieces.isEmpty ? nil : .joined(pieces, by: " OR ")
    }

    /// What leaves somebody out.
    private func refusals(_ audience: Audience) -> [Piece] {
        (audience.notTagged.isEmpty ? [] : [has(audience.notTagged)]) + audience.except.map(condition)
    }

    private func has(_ tags: [String]) -> Piece {
        Piece(
            sql:
                "EXISTS (SELECT 1 FROM tag t WHERE t.account = ? AND t.id = c.id AND t.tag IN (\(marks(tags))))",
            arguments: [account] + tags)
    }

    private func marks(_ values: [String]) -> String {
        values.map { _ in "?" }.joined(separator: ", ")
    }
}
