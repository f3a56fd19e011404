import ConcurrencySupport
import Postgres
import PostgresTestSupport
import Testing

@Suite(.requiresPostgres, .postgresSchema, .timeLimit(.minutes(1))) struct PostgresTransactionTests {
    private struct Refused: Error {}

    let pool: PostgresPool

    init() async throws {
        pool = try #require(PostgresSchemaTrait.current).pool
        _ = try await pool.query("CREATE TABLE items (id int CONSTRAINT items_pkey PRIMARY KEY)", operation: "create")
    }

    private func count() async throws -> Int {
        try await pool.query("SELECT count(*) AS n FROM items", operation: "count")[0].decode("n")
    }

    @Test func `what a transaction wrote stays when its closure returns`() async throws {
        let written = try await pool.transaction { transaction in
            try await transaction.query("INSERT INTO items VALUES (1), (2)", operation: "insert").affectedRows
        }
        #expect(written == 2)
        #expect(try await count() == 2)
    }

    @Test func `a thrown error rolls back`() async throws {
        await #expect(throws: Refused.self) {
            try await pool.transaction { transaction in
                _ = try await transaction.query("INSERT INTO items VALUES (1)", operation: "insert")
                throw Refused()
            }
        }
        #expect(try await count() == 0)
        #expect(pool.statistics.idle == pool.statistics.open)
    }

    @Test func `a cancelled task rolls back, even when its closure returns`() async throws {
        let hasWritten = AsyncStream<Void>.makeStream()
        let task = Task { [pool] in
            try await pool.transaction { transaction in
                _ = try await transaction.query("INSERT INTO items VALUES (1)", operation: "insert")
                hasWritten.continuation.finish()
                while !Task.isCancelled { await Task.yield() }
            }
        }
        for await _ in hasWritten.stream {}
        task.cancel()
        let error = await #expect(throws: PostgresError.self) { try await task.value }
        #expect(error?.code == .cancelled)
        #expect(try await count() == 0)
    }

    @Test func `a failed statement that was ignored turns the commit into an error`() async throws {
        let error = await #expect(throws: PostgresError.self) {
            try await pool.transaction { transaction in
                _ = try await transaction.query("INSERT INTO items VALUES (1)", operation: "insert")
                _ = try? await transaction.query("INSERT INTO items VALUES (1)", operation: "insert-again")
            }
        }
        #expect(error?.code == .statementFailed)
        #expect(try await count() == 0)
    }

    @Test func `a handle is of no use after the end`() async throws {
        let kept = try await pool.transaction { $0 }
        let error = await #expect(throws: PostgresError.self) {
            _ = try await kept.query("INSERT INTO items VALUES (1)", operation: "late")
        }
        #expect(error?.code == .transactionEnded)
        #expect(try await count() == 0)
    }

    @Test func `a transaction has the limits of domain 8_2 and reads what is committed`() async throws {
        let limits = PostgresTransactionLimits(lock: .seconds(3), statement: .milliseconds(4500))
        try await pool.transaction(limits: limits) { transaction in
            let rows = try await transaction.query(
                """
                SELECT current_setting('idle_in_transaction_session_timeout') AS idle, current_setting('lock_timeout') AS lock,
                    current_setting('statement_timeout') AS statement, current_setting('transaction_isolation') AS isolation
                """, operation: "settings")
            #expect(try rows[0].decode(String.self, "idle") == "8s")
            #expect(try rows[0].decode(String.self, "lock") == "3s")
            #expect(try rows[0].decode(String.self, "statement") == "4500ms")
            #expect(try rows[0].decode(String.self, "isolation") == "read committed")
        }
    }

    @Test func `a statement over its limit is timed out and may be tried again`() async throws {
        let error = await #expect(throws: PostgresError.self) {
            try await pool.transaction(limits: .init(statement: .milliseconds(10))) { transaction in
                _ = try await transaction.query("SELECT pg_sleep(60)", operation: "sleep")
            }
        }
        #expect(error?.code == .timedOut)
        #expect(error?.isRetriable == true)
    }

    @Test func `a lock that stays taken is timed out and may be tried again`() async throws {
        try await pool.transaction { holder in
            _ = try await holder.query("LOCK TABLE items", operation: "lock")
            let error = await #expect(throws: PostgresError.self) {
                try await pool.transaction(limits: .init(lock: .milliseconds(10))) { transaction in
                    _ = try await transaction.query("INSERT INTO items VALUES (1)", operation: "insert")
                }
            }
            #expect(error?.sqlState == "55P03")
            #expect(error?.isRetriable == true)
        }
    }

    @Test func `a transaction that stands idle too long loses its session, not the pool`() async throws {
        let error = await #expect(throws: PostgresError.self) {
            try await pool.transaction(limits: .init(idle: .milliseconds(1))) { transaction in
                // The server ends the session by itself; every statement before that is answered.
                while true { _ = try await transaction.query("SELECT pg_sleep(0)", operation: "poll") }
            }
        }
        #expect(error?.code == .connectionLost)
        #expect(try await count() == 0)
    }

    @Test func `a violated constraint is named, and the value is not`() async throws {
        _ = try await pool.query("CREATE TABLE names (name text CONSTRAINT names_key UNIQUE)", operation: "create")
        _ = try await pool.query("INSERT INTO names VALUES (\("Ada Quill"))", operation: "insert")
        let error = try #require(
            await #expect(throws: PostgresError.self) {
                _ = try await pool.query("INSERT INTO names VALUES (\("Ada Quill"))", operation: "insert")
            })
        #expect(error.constraint == "names_key")
        #expect(error.sqlState == "23505")
        #expect(!error.isRetriable)
        #expect(error.description.contains("names_key"))
        #expect(error.description.contains("insert"))
        #expect(!error.description.contains("Quill"))
    }

    @Test func `input that the server cannot read is not repeated in the error`() async throws {
        let error = try #require(
            await #expect(throws: PostgresError.self) {
                _ = try await pool.query("SELECT \("p\"iv\"ate")::uuid", operation: "cast")
            })
        #expect(error.sqlState == "22P02")
        #expect(!error.description.contains("iv"), "\(error)")
    }
}
