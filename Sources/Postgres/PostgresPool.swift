import ConcurrencySupport
import Dispatch
package import Logging

/// A few connections that many tasks share.
///
/// Connections are opened when they are first needed. Who waits is served in the order of arrival, and a waiting task that
/// is cancelled leaves the line. A broken connection is replaced for the next caller.
package final class PostgresPool: Sendable {
    /// The pool's state at one moment.
    package struct Statistics: Equatable, Sendable {
        /// Connections that exist or are being made.
        package let open: Int
        /// Connections that nobody uses.
        package let idle: Int
        /// Tasks that wait for a connection.
        package let waiting: Int
    }

    /// The pool's name, such as `ods`.
    package let name: String
    /// The most connections the pool opens.
    package let size: Int

    private let configuration: PostgresConfiguration
    private let logger: Logger
    private let observer: PostgresObserver
    private let line: LockedValue<PoolLine>

    /// Makes a pool without connecting.
    ///
    /// - Parameters:
    ///   - configuration: How to connect, and how long to wait for a free connection.
    ///   - name: For logs, metrics and errors.
    ///   - size: The most connections it opens, from 1.
    ///   - logger: For failed connections.
    ///   - observer: For metrics.
    package init(
        _ configuration: PostgresConfiguration, name: String, size: Int, logger: Logger,
        observer: PostgresObserver = PostgresObserver()
    ) {
        precondition(size >= 1, "pool \(name) needs at least one connection")
        self.configuration = configuration
        self.name = name
        self.size = size
        self.logger = logger
        self.observer = observer
        line = LockedValue(PoolLine(size: size))
    }

    package var statistics: Statistics {
        line.withLock { Statistics(open: $0.open, idle: $0.idle.count, waiting: $0.waiters.count) }
    }

    /// Runs one statement in a transaction of its own.
    ///
    /// Cancelling the task ends the statement on the server.
    ///
    /// - Parameters:
    ///   - query: The statement.
    ///   - operation: What it is for, such as `load-hospital`; in errors, metrics and counts.
    /// - Returns: Its rows.
    /// - Throws: ``PostgresError``.
    package func query(_ query: PostgresQuery, operation: String) async throws(PostgresError) -> PostgresRows {
        let connection = try await acquire(operation)
        do throws(PostgresError) {
            let rows = try await observer.observing(query.sql, operation: operation) { () async throws(PostgresError) in
                try await connection.execute(query, in: nil)
            }
            await release(connection)
            return rows
        } catch {
            await release(connection)
            throw error
        }
    }

    /// Runs `body` inside one READ COMMITTED transaction: committed when it returns, rolled back when it throws or the task
    /// is cancelled before the commit.
    ///
    /// - Parameters:
    ///   - limits: The server's time limits inside the transaction.
    ///   - body: Receives the only handle to the transaction.
    /// - Returns: What `body` returned, once the commit was answered.
    /// - Throws: What `body` throws, or ``PostgresError``. After ``PostgresError/Code/connectionLost`` from the commit itself
    ///   it is unknown whether it took place.
    package func transaction<Value: Sendable>(
        limits: PostgresTransactionLimits = .default, _ body: (PostgresTransaction) async throws -> Value
    ) async throws -> Value {
        let connection = try await acquire("begin")
        do {
            let number = try await connection.begin(limits)
            let value = try await body(PostgresTransaction(connection: connection, number: number, observer: observer))
            guard !Task.isCancelled else { throw PostgresError(.cancelled, "cancelled before the commit; rolled back") }
            try await connection.commit()
            await release(connection)
            return value
        } catch {
            await connection.rollback()
            await release(connection)
            throw error
        }
    }

    /// Closes the idle connections and refuses new callers; a connection in use is closed when its user is done with it.
    package func close() async {
        let (connections, waiters) = line.withLock { $0.close() }
        for waiter in waiters { waiter.resume(returning: .failure(closedError)) }
        for connection in connections { await connection.close() }
    }

    // MARK: The line

    private var closedError: PostgresError { PostgresError(.poolClosed, "pool \(name) is closed") }

    private func acquire(_ operation: String) async throws(PostgresError) -> PostgresConnection {
        let start = ContinuousClock.now
        defer { observer.connectionWaited(name, ContinuousClock.now - start) }
        switch try await place().mapError({ $0.during(operation) }).get() {
        case .connection(let connection):
            if await connection.isAlive() { return connection }
            await connection.close()
            return try await connect(operation)
        case .vacancy:
            return try await connect(operation)
        }
    }

    private func connect(_ operation: String) async throws(PostgresError) -> PostgresConnection {
        let connection = PostgresConnection(label: "postgres.\(name)")
        do throws(PostgresError) {
            try await connection.connect(configuration)
            return connection
        } catch {
            giveBack(nil)
            if error.code != .cancelled {
                logger.warning("no connection to Postgres", metadata: ["pool": "\(name)", "error": "\(error)"])
            }
            throw error.during(operation)
        }
    }

    private func place() async -> Result<PoolLine.Place, PostgresError> {
        guard !Task.isCancelled else { return .failure(PostgresError(.cancelled, "cancelled before it was sent")) }
        switch line.withLock({ $0.takePlace() }) {
        case .place(let place): return .success(place)
        case .closed: return .failure(closedError)
        case .wait(let ticket):
            return await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let refused = line.withLock { $0.join(ticket, continuation) }
                    if let refused { return refused.resume(returning: .failure(closedError)) }
                    // The cancellation may have come before the continuation stood in line.
                    if Task.isCancelled { leave(ticket, .cancelled, "cancelled while waiting for a connection") }
                    leaveAfterTimeout(ticket)
                }
            } onCancel: {
                leave(ticket, .cancelled, "cancelled while waiting for a connection")
            }
        }
    }

    private func leaveAfterTimeout(_ ticket: Int) {
        let limit = configuration.poolTimeout
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(limit.wholeMilliseconds)) { [weak self] in
            guard let self else { return }
            leave(ticket, .poolTimedOut, "all \(size) connections of pool \(name) were in use for \(limit)")
        }
    }

    private func leave(_ ticket: Int, _ code: PostgresError.Code, _ message: String) {
        let waiter = line.withLock { $0.leave(ticket) }
        waiter?.resume(returning: .failure(PostgresError(code, message)))
    }

    private func release(_ connection: PostgresConnection) async {
        if await connection.isAlive() {
            if giveBack(connection) { return }
        } else {
            giveBack(nil)
        }
        await connection.close()
    }

    /// Hands a connection, or the right to open one, to the first in line; says whether it is still wanted.
    @discardableResult
    private func giveBack(_ connection: PostgresConnection?) -> Bool {
        let (waiter, place, isKept) = line.withLock { $0.giveBack(connection) }
        if let waiter, let place { waiter.resume(returning: .success(place)) }
        return isKept
    }
}
