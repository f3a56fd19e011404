import CLibPQ

/// The one owner of a libpq `PGresult`: freed exactly once, when the handle goes away.
struct ResultHandle: ~Copyable {
    private let result: OpaquePointer

    init(owning result: OpaquePointer) {
        self.result = result
    }

    deinit { PQclear(result) }

    /// Whether the statement did what it said.
    var isSuccess: Bool {
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY, PGRES_SINGLE_TUPLE: true
        default: false
        }
    }

    /// Whether the server ended a COMMIT with a roll-back.
    var isRollback: Bool { String(cString: PQcmdStatus(result)) == "ROLLBACK" }

    /// The failure that the result stands for.
    ///
    /// - Parameter isConnected: Whether the connection survived it.
    /// - Returns: The error, without the statement's operation.
    func error(isConnected: Bool) -> PostgresError {
        let state = field("C")
        let message = field("M") ?? String(cString: PQresultErrorMessage(result)).trimmedLine
        let code = isConnected ? PostgresError.code(forState: state) : .connectionLost
        return PostgresError(code, message, sqlState: state, constraint: field("n"))
    }

    /// Copies all rows.
    func rows() -> PostgresRows {
        let rowCount = PQntuples(result)
        let columnCount = PQnfields(result)
        let columns = (0..<columnCount).map { column in
            PostgresRows.Column(
                name: PQfname(result, column).map { String(cString: $0) } ?? "", oid: PQftype(result, column))
        }
        var bytes: [UInt8] = []
        var ends: [Int] = []
        ends.reserveCapacity(Int(rowCount) * Int(columnCount))
        for row in 0..<rowCount {
            for column in 0..<columnCount {
                if PQgetisnull(result, row, column) == 1 {
                    ends.append(~bytes.count)
                    continue
                }
                if let value = PQgetvalue(result, row, column) {
                    let length = Int(PQgetlength(result, row, column))
                    bytes.append(contentsOf: UnsafeRawBufferPointer(start: value, count: length))
                }
                ends.append(bytes.count)
            }
        }
        let affected = Int(String(cString: PQcmdTuples(result))) ?? 0
        return PostgresRows(
            .init(columns: columns, bytes: bytes, ends: ends), count: Int(rowCount), affectedRows: affected)
    }

    /// A field of an error report, by its letter (`PG_DIAG_…` in `postgres_ext.h`, macros Swift does not see as such).
    private func field(_ letter: Unicode.Scalar) -> String? {
        PQresultErrorField(result, Int32(letter.value)).map { String(cString: $0) }
    }
}
