package import GRDB

extension Database {
    /// Runs a cached statement with positional arguments: on hot paths a third of the cost of record types.
    package func run(_ sql: String, _ arguments: (any DatabaseValueConvertible)?...) throws {
        try cachedStatement(sql: sql).execute(arguments: StatementArguments(arguments))
    }

    /// Rows of a cached statement, one at a time. A row is only valid until the next is asked for.
    package func rows(
        _ sql: String, _ arguments: (any DatabaseValueConvertible)?...
    ) throws -> RowCursor {
        try Row.fetchCursor(cachedStatement(sql: sql), arguments: StatementArguments(arguments))
    }

    /// The first row's first column of a cached statement.
    package func value<Value: DatabaseValueConvertible & StatementColumnConvertible>(
        _ sql: String, _ arguments: (any DatabaseValueConvertible)?...
    ) throws -> Value? {
        try Value.fetchOne(cachedStatement(sql: sql), arguments: StatementArguments(arguments))
    }
}
