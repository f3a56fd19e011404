import ConcurrencySupport

/// One session on a Postgres server.
///
/// Runs on a thread of its own, where libpq may block. Statements of several tasks run one after the other.
actor PostgresConnection {
    /// A statement is known by its text and its parameters' types: the server plans by both.
    private struct StatementKey: Hashable {
        let sql: String
        let types: [UInt32]
    }

    /// Far more than the program has statements; a generator of endless texts cannot fill the server's memory.
    private static let largestStatementCount = 256
    /// "Cached plan must not change result type", after a migration, and "prepared statement does not exist".
    private static let staleStatementStates: Set<String> = ["0A000", "26000"]

    private let executor: DispatchExecutor
    private let abandoned = LockedValue(false)
    private var canceller: StatementCanceller?
    private var handle: ConnectionHandle?
    private var statements: [StatementKey: String] = [:]
    private var statementNumber = 0
    private var transactionNumber = 0
    private var openTransaction: Int?

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Makes a connection that is not yet open.
    init(label: String) {
        executor = DispatchExecutor(label: label)
    }

    /// Connects and sets the session up; cancelling the task ends the attempt within a tenth of a second.
    ///
    /// - Parameter configuration: Where to, and how the session behaves.
    /// - Throws: ``PostgresError/Code/connectFailed`` or ``PostgresError/Code/cancelled``.
    func connect(_ configuration: PostgresConfiguration) async throws(PostgresError) {
        let result = await withTaskCancellationHandler {
            Result { () throws(PostgresError) in try self.connectBlocking(configuration) }
        } onCancel: {
            abandoned.withLock { $0 = true }
        }
        try result.get()
    }

    private func connectBlocking(_ configuration: PostgresConfiguration) throws(PostgresError) {
        let abandoned = abandoned
        let handle = try ConnectionHandle(configuration) { abandoned.withLock { $0 } }
        // What decoding depends on; an own round trip, so that no option of the URL can undo it.
        let query: PostgresQuery = """
            SELECT set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO, YMD', false),
                set_config('bytea_output', 'hex', false), set_config('extra_float_digits', '1', false),
                set_config('statement_timeout', \(String(configuration.statementTimeout.wholeMilliseconds)), false),
                set_config('search_path', coalesce(\(configuration.searchPath), current_setting('search_path')), false)
            """
        try handle.prepare("", query)
        _ = try handle.execute("", query)
        guard let cancel = handle.cancelHandle() else {
            throw PostgresError(.connectFailed, "the connection broke while it was set up")
        }
        canceller = StatementCanceller(owning: cancel)
        self.handle = consume handle
    }

    /// Ends the session.
    func close() {
        handle = nil
    }

    /// Whether the session can be lent again: standing, and in no transaction.
    ///
    /// No round trip.
    func isAlive() -> Bool {
        handle?.isAlive() ?? false
    }

    /// Runs one statement; cancelling the task ends it on the server.
    ///
    /// - Parameters:
    ///   - query: The statement.
    ///   - transaction: The number of the transaction it must run in, or `nil` outside one.
    /// - Returns: Its rows.
    /// - Throws: ``PostgresError``.
    func execute(_ query: PostgresQuery, in transaction: Int?) async throws(PostgresError) -> PostgresRows {
        try await interruptible { () throws(PostgresError) in
            try self.checkTransaction(transaction)
            return try self.executeBlocking(query, mayRepeat: transaction == nil)
        }
    }

    /// Runs statements without parameters; cancelling the task ends them on the server.
    ///
    /// - Parameters:
    ///   - sql: One or more statements.
    ///   - transaction: The number of the transaction they must run in.
    /// - Returns: How many ran.
    /// - Throws: ``PostgresError`` of the first failure.
    func execute(script sql: String, in transaction: Int?) async throws(PostgresError) -> Int {
        try await interruptible { () throws(PostgresError) in
            try self.checkTransaction(transaction)
            return try self.runBlocking(sql).count
        }
    }

    /// Opens a transaction and returns its number.
    func begin(_ limits: PostgresTransactionLimits) throws(PostgresError) -> Int {
        _ = try runBlocking(limits.beginScript)
        transactionNumber += 1
        openTransaction = transactionNumber
        return transactionNumber
    }

    /// Commits; not interruptible, because an answer that was not awaited would leave the outcome unknown.
    ///
    /// - Throws: ``PostgresError/Code/statementFailed`` when the server rolled back instead: a statement had failed before.
    func commit() throws(PostgresError) {
        openTransaction = nil
        guard try !runBlocking("COMMIT").isRollback else {
            throw PostgresError(
                .statementFailed, "rolled back instead of committed: an earlier statement failed", sqlState: "25P02")
        }
    }

    /// Rolls back, also in a cancelled task.
    ///
    /// A connection that cannot do even that is not lent again.
    func rollback() {
        openTransaction = nil
        do throws(PostgresError) {
            _ = try runBlocking("ROLLBACK")
        } catch {
            handle = nil  // the server rolls back when the session ends
        }
    }

    private func checkTransaction(_ number: Int?) throws(PostgresError) {
        guard openTransaction == number else {
            throw PostgresError(.transactionEnded, "the transaction has ended; use its handle inside its closure only")
        }
    }

    private func interruptible<Answer: Sendable>(
        _ body: () throws(PostgresError) -> Answer
    ) async throws(PostgresError) -> Answer {
        guard !Task.isCancelled else { throw PostgresError(.cancelled, "cancelled before it was sent") }
        guard let canceller else { throw Self.notConnected }
        canceller.statementStarts()
        let result = await withTaskCancellationHandler {
            // A closure that does not mention `self` is not isolated to it, and would block a thread of Swift's pool.
            Result { () throws(PostgresError) in try self.runIsolated(body) }
        } onCancel: {
            canceller.cancel()
        }
        canceller.statementEnded()
        if case .failure(let error) = result, error.sqlState == "57014", Task.isCancelled {
            throw PostgresError(.cancelled, "cancelled while it ran; it had no effect", sqlState: error.sqlState)
        }
        return try result.get()
    }

    private func runIsolated<Answer>(_ body: () throws(PostgresError) -> Answer) throws(PostgresError) -> Answer {
        assertIsolated("libpq blocks, so it must run on the connection's own thread")
        return try body()
    }

    private func executeBlocking(_ query: PostgresQuery, mayRepeat: Bool) throws(PostgresError) -> PostgresRows {
        try ConnectionHandle.check(query)
        let key = StatementKey(sql: query.sql, types: query.parameters.map(\.type.oid))
        do throws(PostgresError) {
            return try executePrepared(query, key)
        } catch {
            guard let state = error.sqlState, Self.staleStatementStates.contains(state),
                statements.removeValue(forKey: key) != nil, mayRepeat
            else { throw error }
            return try executePrepared(query, key)
        }
    }

    private func executePrepared(_ query: PostgresQuery, _ key: StatementKey) throws(PostgresError) -> PostgresRows {
        guard handle != nil else { throw Self.notConnected }
        let name: String
        if let known = statements[key] {
            name = known
        } else {
            if statements.count >= Self.largestStatementCount {
                _ = try runBlocking("DEALLOCATE ALL")
                statements = [:]
            }
            statementNumber += 1
            name = "s\(statementNumber)"
            try handle?.prepare(name, query)
            statements[key] = name
        }
        guard let rows = try handle?.execute(name, query).rows() else { throw Self.notConnected }
        return rows
    }

    private func runBlocking(_ sql: String) throws(PostgresError) -> (count: Int, isRollback: Bool) {
        guard let answer = try handle?.run(script: sql) else { throw Self.notConnected }
        return answer
    }

    private static let notConnected = PostgresError(.connectionLost, "the connection is closed")
}
