/// The only handle to an open transaction; it is of no use once the transaction's closure has returned.
package final class PostgresTransaction: Sendable {
    private let connection: PostgresConnection
    private let number: Int
    private let observer: PostgresObserver

    init(connection: PostgresConnection, number: Int, observer: PostgresObserver) {
        self.connection = connection
        self.number = number
        self.observer = observer
    }

    /// Runs one statement inside the transaction.
    ///
    /// After a failure every further statement fails.
    ///
    /// - Parameters:
    ///   - query: The statement.
    ///   - operation: What it is for, such as `insert-version`; in errors, metrics and counts.
    /// - Returns: Its rows.
    /// - Throws: ``PostgresError``; ``PostgresError/Code/transactionEnded`` after commit or roll-back.
    package func query(_ query: PostgresQuery, operation: String) async throws(PostgresError) -> PostgresRows {
        try await observer.observing(query.sql, operation: operation) { () async throws(PostgresError) in
            try await connection.execute(query, in: number)
        }
    }

    /// Runs several statements without parameters in one round trip, such as a migration.
    ///
    /// Each counts.
    ///
    /// - Parameters:
    ///   - sql: Program text, never made from input.
    ///   - operation: What it is for.
    /// - Throws: ``PostgresError`` of the first statement that failed.
    package func execute(script sql: String, operation: String) async throws(PostgresError) {
        _ = try await observer.observing(sql, operation: operation, count: { $0 }) { () async throws(PostgresError) in
            try await connection.execute(script: sql, in: number)
        }
    }
}
