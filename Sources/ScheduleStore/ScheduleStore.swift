package import Logging
package import Postgres

/// The one place that reads and writes schedules in Postgres: contexts, imports, scrapes, calculations, the ledger.
///
/// Each phase of a task costs a fixed number of statements whatever its size (domain 8.1) and takes effect exactly once
/// (domain 8.3). All statements are scoped by hospital.
package final class ScheduleStore: Sendable {
    let pools: PostgresPools
    let logger: Logger
    let contexts: HospitalContextCache

    /// Makes a store; nothing is connected before the first call.
    ///
    /// - Parameters:
    ///   - pools: One pool for each class of work. The caller closes them.
    ///   - logger: For deliveries that ended as duplicates or superseded.
    ///   - now: The clock by which a cached context grows old.
    package init(
        pools: PostgresPools, logger: Logger, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.pools = pools
        self.logger = logger
        contexts = HospitalContextCache(now: now)
    }

    /// Runs `body` in one transaction of a class of work.
    ///
    /// - Parameters:
    ///   - pool: The class of work.
    ///   - body: Receives the only handle to the transaction. To answer and yet keep nothing it throws ``RollBack``.
    /// - Returns: What `body` returned or rolled back with.
    /// - Throws: ``StoreError`` for a database failure, `CancellationError` when the task was cancelled, and what `body`
    ///   throws. Nothing is kept then.
    func transaction<Answer: Sendable>(
        _ pool: PostgresPools.PoolName, _ body: (PostgresTransaction) async throws -> Answer
    ) async throws -> Answer {
        do {
            return try await pools[pool].transaction(body)
        } catch let rollBack as RollBack<Answer> {
            return rollBack.answer
        } catch let error as PostgresError {
            throw Self.translated(error)
        }
    }

    /// Runs one statement outside a transaction, counted under a tag.
    ///
    /// - Parameters:
    ///   - query: The statement.
    ///   - operation: What it is for.
    ///   - pool: The class of work.
    ///   - tag: The budget it counts against.
    /// - Returns: Its rows.
    /// - Throws: ``StoreError`` or `CancellationError`.
    func query(
        _ query: PostgresQuery, operation: String, on pool: PostgresPools.PoolName = .interactive, tag: StatementTag
    ) async throws -> PostgresRows {
        do {
            return try await StatementCounter.withTag(tag) { try await pools[pool].query(query, operation: operation) }
        } catch let error as PostgresError {
            throw Self.translated(error)
        }
    }

    private static func translated(_ error: PostgresError) -> any Error {
        error.code == .cancelled ? CancellationError() : StoreError(error)
    }
}

/// Ends a transaction without keeping anything, and answers all the same.
struct RollBack<Answer: Sendable>: Error {
    let answer: Answer
}
