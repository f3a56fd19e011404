/// Called as statements and waits for connections end, for metrics.
///
/// The closures must be quick.
package struct PostgresObserver: Sendable {
    /// A caller got a connection, or gave up: the pool's name and how long it waited.
    package var connectionWaited: @Sendable (_ pool: String, _ wait: Duration) -> Void
    /// A statement ended: its operation, how long it took, and its failure.
    package var statementEnded: @Sendable (_ operation: String, _ duration: Duration, _ error: PostgresError?) -> Void

    /// Makes an observer.
    ///
    /// - Parameters:
    ///   - connectionWaited: Called when a caller got a connection or gave up.
    ///   - statementEnded: Called after each statement, transaction control excepted.
    package init(
        connectionWaited: @escaping @Sendable (_ pool: String, _ wait: Duration) -> Void = { _, _ in },
        statementEnded:
            @escaping @Sendable (_ operation: String, _ duration: Duration, _ error: PostgresError?) -> Void = {
                _, _, _ in
            }
    ) {
        self.connectionWaited = connectionWaited
        self.statementEnded = statementEnded
    }

    /// Runs a statement, timed and counted.
    func observing<Answer: Sendable>(
        _ sql: String, operation: String, count: (Answer) -> Int = { _ in 1 },
        _ body: () async throws(PostgresError) -> Answer
    ) async throws(PostgresError) -> Answer {
        let start = ContinuousClock.now
        do throws(PostgresError) {
            let answer = try await body()
            ended(sql, count(answer), operation, ContinuousClock.now - start, nil)
            return answer
        } catch {
            let error = error.during(operation)
            // Neither was sent: no round trip was made.
            let wasSent = error.code != .transactionEnded && !(error.code == .cancelled && error.sqlState == nil)
            if wasSent { ended(sql, 1, operation, ContinuousClock.now - start, error) }
            throw error
        }
    }

    private func ended(_ sql: String, _ count: Int, _ operation: String, _ duration: Duration, _ error: PostgresError?)
    {
        StatementCounter.record(sql, count: count, operation: operation, duration: duration, error: error)
        statementEnded(operation, duration, error)
    }
}
