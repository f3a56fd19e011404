/// The rows that a statement returned, copied out of libpq.
package struct PostgresRows: RandomAccessCollection, Sendable {
    /// A column of a result.
    struct Column: Sendable {
        let name: String
        let oid: UInt32
    }

    /// All cells' bytes in one piece, row by row; shared by all rows of the result.
    final class Storage: Sendable {
        let columns: [Column]
        let positions: [String: Int]
        let bytes: [UInt8]
        /// Where each cell ends in `bytes`; the complement (`~end`) marks NULL.
        ///
        /// A cell starts where the one before ends.
        let ends: [Int]

        init(columns: [Column], bytes: [UInt8], ends: [Int]) {
            self.columns = columns
            self.bytes = bytes
            self.ends = ends
            // Of two columns with one name the first is found.
            positions = Dictionary(columns.indices.map { (columns[$0].name, $0) }) { first, _ in first }
        }

        /// A cell's text, or `nil` for NULL.
        func cell(row: Int, column: Int) -> ArraySlice<UInt8>? {
            let index = row * columns.count + column
            let end = ends[index]
            guard end >= 0 else { return nil }
            guard index > 0 else { return bytes[0..<end] }
            let before = ends[index - 1]
            return bytes[(before >= 0 ? before : ~before)..<end]
        }
    }

    private let storage: Storage

    /// How many rows the statement returned, inserted, updated or deleted; 0 for other statements.
    package let affectedRows: Int
    package let endIndex: Int

    init(_ storage: Storage, count: Int, affectedRows: Int) {
        self.storage = storage
        self.affectedRows = affectedRows
        endIndex = count
    }

    package var startIndex: Int { 0 }

    package subscript(position: Int) -> PostgresRow {
        precondition(indices.contains(position), "row \(position) of a result with \(count) rows")
        return PostgresRow(storage: storage, row: position)
    }

    /// The names of the columns, in the statement's order.
    package var columnNames: [String] { storage.columns.map(\.name) }
}

/// One row of a result.
package struct PostgresRow: Sendable {
    fileprivate let storage: PostgresRows.Storage
    fileprivate let row: Int

    /// Reads a column; an optional type reads NULL as `nil`.
    ///
    /// - Parameters:
    ///   - type: The Swift type to read.
    ///   - column: The column's name in the result.
    /// - Returns: The value.
    /// - Throws: ``PostgresError/Code/decodeFailed`` when there is no such column, it is of another type, or it is NULL
    ///   and the type is not optional.
    package func decode<Value: PostgresDecodable>(
        _ type: Value.Type, _ column: String
    ) throws(PostgresError) -> Value {
        guard let position = storage.positions[column] else {
            throw PostgresError(.decodeFailed, "the result has no column \(column)")
        }
        let oid = storage.columns[position].oid
        guard Value.canDecode(oid) else {
            throw PostgresError(.decodeFailed, "column \(column) is of type id \(oid), which is not read as \(type)")
        }
        guard let text = storage.cell(row: row, column: position) else {
            if let null = Value.postgresNull { return null }
            throw PostgresError(.decodeFailed, "column \(column) is NULL where \(type) was expected")
        }
        guard let value = Value(postgresText: text) else {
            throw PostgresError(.decodeFailed, "column \(column) holds a value that is no \(type)")
        }
        return value
    }

    /// Reads a column as the type that the context asks for.
    ///
    /// - Parameter column: The column's name in the result.
    /// - Returns: The value.
    /// - Throws: As the form with a type does.
    package func decode<Value: PostgresDecodable>(_ column: String) throws(PostgresError) -> Value {
        try decode(Value.self, column)
    }

    /// Reads a column that may be NULL.
    ///
    /// - Parameters:
    ///   - type: The Swift type to read.
    ///   - column: The column's name in the result.
    /// - Returns: The value, `nil` for NULL.
    /// - Throws: ``PostgresError/Code/decodeFailed`` when there is no such column or it is of another type.
    package func decodeOptional<Value: PostgresDecodable>(
        _ type: Value.Type = Value.self, _ column: String
    ) throws(PostgresError) -> Value? {
        try decode(Value?.self, column)
    }
}
