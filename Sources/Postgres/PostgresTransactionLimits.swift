/// The server's time limits inside one transaction, set with SET LOCAL.
package struct PostgresTransactionLimits: Sendable {
    /// How long the transaction may stand idle between two statements before the server ends the session; 8 s.
    ///
    /// A worker that was stopped inside a transaction would otherwise hold its locks against its own rescuer.
    package var idle: Duration
    /// How long a statement waits for a lock; 12 s, longer than ``idle``, so that it outlasts a stopped holder.
    package var lock: Duration
    /// How long a statement may run; 60 s.
    ///
    /// Zero disables it.
    package var statement: Duration

    package static let `default` = Self()

    /// Makes limits; each is rounded to milliseconds, and zero disables it.
    package init(idle: Duration = .seconds(8), lock: Duration = .seconds(12), statement: Duration = .seconds(60)) {
        self.idle = idle
        self.lock = lock
        self.statement = statement
    }

    /// `BEGIN` and the limits, in one round trip.
    var beginScript: String {
        """
        BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
        SET LOCAL idle_in_transaction_session_timeout = \(idle.wholeMilliseconds);
        SET LOCAL lock_timeout = \(lock.wholeMilliseconds);
        SET LOCAL statement_timeout = \(statement.wholeMilliseconds)
        """
    }
}

extension Duration {
    /// Milliseconds, rounded down, 0…2^31 - 1 as Postgres's settings take them.
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        let limit = Int64(Int32.max)
        guard seconds < limit / 1000 else { return Int(limit) }
        return max(0, Int(seconds * 1000 + attoseconds / 1_000_000_000_000_000))
    }
}
