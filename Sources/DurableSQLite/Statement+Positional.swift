package import GRDB
import GRDBSQLite

/// Cached statements with positional arguments, bound by SQLite's own calls: on hot paths record types and argument
/// lists cost more than the statements themselves.
extension Database {
    /// Runs a statement to its end.
    package func run(_ sql: String, _ arguments: (any Bindable)?...) throws {
        try withStatement(sql, arguments) { statement in
            while try step(statement, sql) {}
        }
    }

    /// The first row's first column; nil if there is no row or it is null.
    package func value<Value: StatementColumnConvertible>(
        _ sql: String, _ arguments: (any Bindable)?...
    ) throws -> Value? {
        try withStatement(sql, arguments) { statement in
            guard try step(statement, sql), sqlite3_column_type(statement, 0) != SQLITE_NULL else {
                return nil
            }
            let value = Value(sqliteStatement: statement, index: 0)
            // RETURNING does its work row by row.
            while try step(statement, sql) {}
            return value
        }
    }

    /// What `read` makes of each row.
    package func all<Value>(
        _ sql: String, _ arguments: (any Bindable)?..., limit: Int = .max, read: (Columns) -> Value
    ) throws -> [Value] {
        try all(sql, arguments: arguments, limit: limit, read: read)
    }

    /// The same, with the arguments as a list.
    package func all<Value>(
        _ sql: String, arguments: [(any Bindable)?], limit: Int = .max, read: (Columns) -> Value
    ) throws -> [Value] {
        try withStatement(sql, arguments) { statement in
            var values: [Value] = []
            while values.count < limit, try step(statement, sql) {
                values.append(read(Columns(statement: statement)))
            }
            return values
        }
    }

    /// Rows, one at a time. A row is only valid until the next is asked for.
    package func rows(
        _ sql: String, _ arguments: (any DatabaseValueConvertible)?...
    ) throws -> RowCursor {
        try Row.fetchCursor(cachedStatement(sql: sql), arguments: StatementArguments(arguments))
    }

    private func withStatement<Value>(
        _ sql: String, _ arguments: [(any Bindable)?], _ body: (OpaquePointer) throws -> Value
    ) throws -> Value {
        let statement = try cachedStatement(sql: sql).sqliteStatement
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for (index, argument) in arguments.enumerated() {
            let place = Int32(index + 1)
            let result = argument?.bind(to: statement, at: place) ?? sqlite3_bind_null(statement, place)
            guard result == SQLITE_OK else { throw failure(result, sql) }
        }
        return try body(statement)
    }

    /// Goes to the next row; false at the end.
    private func step(_ statement: OpaquePointer, _ sql: String) throws -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let result: throw failure(result, sql)
        }
    }

    private func failure(_ result: Int32, _ sql: String) -> DatabaseError {
        DatabaseError(
            resultCode: ResultCode(rawValue: result),
            message: sqliteConnection.map { String(cString: sqlite3_errmsg($0)) }, sql: sql)
    }
}
