import GRDBSQLite

/// The columns of the row that a statement stands on, from 0.
package struct Columns {
    let statement: OpaquePointer

    package func integer(_ index: Int32) -> Int64 { sqlite3_column_int64(statement, index) }

    package func real(_ index: Int32) -> Double { sqlite3_column_double(statement, index) }

    package func bool(_ index: Int32) -> Bool { integer(index) != 0 }

    /// The text; empty if the column is null.
    package func text(_ index: Int32) -> String {
        guard let start = sqlite3_column_text(statement, index) else { return "" }
        let bytes = UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, index)))
        return String(decoding: bytes, as: UTF8.self)
    }

    package func isNull(_ index: Int32) -> Bool { sqlite3_column_type(statement, index) == SQLITE_NULL }
}
