import ConcurrencySupport
import Logging
import Postgres
import PostgresTestSupport
import Testing

@Suite(.requiresPostgres, .postgresSchema, .timeLimit(.minutes(1))) struct PostgresPoolTests {
    let schema: PostgresSchema
    let pool: PostgresPool

    init() throws {
        schema = try #require(PostgresSchemaTrait.current)
        pool = schema.pool
    }

    /// A pool with one connection, so that a second caller has to wait.
    private func narrowPool(poolTimeout: Duration = .seconds(30)) -> PostgresPool {
        var configuration = schema.configuration
        configuration.poolTimeout = poolTimeout
        return PostgresPool(configuration, name: "narrow", size: 1, logger: PostgresSchema.silent)
    }

    /// Returns once so many tasks stand in the pool's line.
    private func untilWaiting(_ count: Int, in pool: PostgresPool) async {
        while pool.statistics.waiting != count { await Task.yield() }
    }

    /// Returns the server process that sleeps in a statement with this text.
    private func untilSleeping(_ text: String) async throws -> Int {
        while true {
            let rows = try await pool.query(
                """
                SELECT pid FROM pg_stat_activity
                WHERE query LIKE \("%" + text + "%") AND wait_event = 'PgSleep' AND pid <> pg_backend_pid()
                """, operation: "watch")
            if let row = rows.first { return try row.decode("pid") }
        }
    }

    @Test func `an injection attempt stays data`() async throws {
        _ = try await pool.query("CREATE TABLE names (name text)", operation: "create")
        let attack = "x'); DROP TABLE names; --"
        _ = try await pool.query("INSERT INTO names VALUES (\(attack))", operation: "insert")
        let rows = try await pool.query("SELECT name FROM names WHERE name = \(attack)", operation: "read")
        #expect(try rows.map { try $0.decode(String.self, "name") } == [attack])
    }

    @Test func `waiting callers are served in the order they came`() async throws {
        let pool = narrowPool()
        let order = LockedValue<[Int]>([])
        try await pool.transaction { _ in
            // The transaction holds the only connection until all have lined up.
            await lineUp(5, in: pool, order: order)
        }
        while order.withLock({ $0.count }) < 5 { await Task.yield() }
        #expect(order.withLock { $0 } == [0, 1, 2, 3, 4])
        await pool.close()
    }

    private func lineUp(_ count: Int, in pool: PostgresPool, order: LockedValue<[Int]>) async {
        for number in 0..<count {
            Task {
                _ = try await pool.query("SELECT 1", operation: "wait")
                order.withLock { $0.append(number) }
            }
            await untilWaiting(number + 1, in: pool)
        }
    }

    @Test func `a cancelled waiter leaves the line and frees its place`() async throws {
        let pool = narrowPool()
        try await pool.transaction { _ in
            let first = Task { try await pool.query("SELECT 1", operation: "first") }
            await untilWaiting(1, in: pool)
            first.cancel()
            let error = await #expect(throws: PostgresError.self) { _ = try await first.value }
            #expect(error?.code == .cancelled)
            #expect(pool.statistics.waiting == 0)
        }
        #expect(try await pool.query("SELECT 2 AS two", operation: "second")[0].decode(Int.self, "two") == 2)
        await pool.close()
    }

    @Test func `waiting ends at the time limit`() async throws {
        let pool = narrowPool(poolTimeout: .milliseconds(20))
        try await pool.transaction { _ in
            let error = await #expect(throws: PostgresError.self) {
                _ = try await pool.query("SELECT 1", operation: "wait")
            }
            #expect(error?.code == .poolTimedOut)
            #expect(error?.isRetriable == true)
        }
        await pool.close()
    }

    @Test func `a closed pool refuses callers and those who wait`() async throws {
        let pool = narrowPool()
        try await pool.transaction { _ in
            let waiter = Task { try await pool.query("SELECT 1", operation: "wait") }
            await untilWaiting(1, in: pool)
            await pool.close()
            let error = await #expect(throws: PostgresError.self) { _ = try await waiter.value }
            #expect(error?.code == .poolClosed)
        }
        let error = await #expect(throws: PostgresError.self) {
            _ = try await pool.query("SELECT 1", operation: "late")
        }
        #expect(error?.code == .poolClosed)
        #expect(pool.statistics.open == 0)
    }

    @Test func `cancelling a task ends its statement on the server`() async throws {
        let sleeper = Task { [pool, schema] in
            try await pool.query("SELECT pg_sleep(60), \(schema.name) AS name", operation: "sleep")
        }
        _ = try await untilSleeping("SELECT pg_sleep(60), $1 AS name")
        sleeper.cancel()
        let error = await #expect(throws: PostgresError.self) { _ = try await sleeper.value }
        #expect(error?.code == .cancelled)
        #expect(error?.operation == "sleep")
        #expect(try await pool.query("SELECT 1 AS one", operation: "next")[0].decode(Int.self, "one") == 1)
    }

    @Test func `a cancel that comes at any moment never hits the next statement`() async throws {
        let pool = narrowPool()
        for round in 0..<50 {
            let task = Task { try await pool.query("SELECT pg_sleep(60)", operation: "sleep") }
            for _ in 0..<round { await Task.yield() }
            task.cancel()
            let error = await #expect(throws: PostgresError.self) { _ = try await task.value }
            #expect(error?.code == .cancelled)
            #expect(try await pool.query("SELECT 1 AS one", operation: "next")[0].decode(Int.self, "one") == 1)
        }
        await pool.close()
    }

    @Test func `a connection that the server ends fails its statement and is replaced`() async throws {
        let sleeper = Task { [pool] in
            try await pool.query("SELECT pg_sleep(60) AS \(literal: "killed_sleeper")", operation: "sleep")
        }
        let process = try await untilSleeping("killed_sleeper")
        _ = try await pool.query("SELECT pg_terminate_backend(\(Int32(process)))", operation: "kill")
        let error = await #expect(throws: PostgresError.self) { _ = try await sleeper.value }
        #expect(error?.code == .connectionLost)
        #expect(error?.isRetriable == true)
        #expect(try await pool.query("SELECT 1 AS one", operation: "next")[0].decode(Int.self, "one") == 1)
    }

    @Test func `an idle connection that the server ended is replaced without an error`() async throws {
        let narrow = narrowPool()
        let process = try await narrow.query("SELECT pg_backend_pid() AS pid", operation: "pid")[0].decode(
            Int32.self, "pid")
        _ = try await pool.query("SELECT pg_terminate_backend(\(process), 5000)", operation: "kill")
        let next = try await narrow.query("SELECT pg_backend_pid() AS pid", operation: "pid")[0].decode(
            Int32.self, "pid")
        #expect(next != process)
        await narrow.close()
    }

    @Test func `a prepared statement outlives a change of its table`() async throws {
        let narrow = narrowPool()
        _ = try await narrow.query("CREATE TABLE changing (a int)", operation: "create")
        #expect(try await narrow.query("SELECT * FROM changing", operation: "read").columnNames == ["a"])
        _ = try await narrow.query("ALTER TABLE changing ADD COLUMN b text", operation: "alter")
        #expect(try await narrow.query("SELECT * FROM changing", operation: "read").columnNames == ["a", "b"])
        await narrow.close()
    }

    @Test func `one text with parameters of two types is two statements`() async throws {
        let narrow = narrowPool()
        #expect(try await narrow.query("SELECT \(1) AS v", operation: "read")[0].decode(Int.self, "v") == 1)
        #expect(try await narrow.query("SELECT \("1") AS v", operation: "read")[0].decode(String.self, "v") == "1")
        await narrow.close()
    }

    @Test func `endless different texts do not fill the server`() async throws {
        let narrow = narrowPool()
        try await narrow.transaction { transaction in
            for number in 0..<300 {
                _ = try await transaction.query(PostgresQuery(stringLiteral: "SELECT \(number)"), operation: "read")
            }
            let rows = try await transaction.query(
                "SELECT count(*) AS n FROM pg_prepared_statements", operation: "count")
            #expect(try rows[0].decode(Int.self, "n") <= 256)
        }
        await narrow.close()
    }

    @Test func `an unreachable server is named without a password`() async throws {
        let configuration = PostgresConfiguration(url: "postgresql://u:s3cret@127.0.0.1:1/db")
        let pool = PostgresPool(configuration, name: "nowhere", size: 1, logger: PostgresSchema.silent)
        let error = try #require(
            await #expect(throws: PostgresError.self) { _ = try await pool.query("SELECT 1", operation: "try") })
        #expect(error.code == .connectFailed)
        #expect(error.isRetriable)
        #expect(!error.description.contains("s3cret"))
        #expect(pool.statistics.open == 0)
    }

    @Test func `classes of work have pools of their own`() async throws {
        let pools = PostgresPools(schema.configuration, logger: PostgresSchema.silent)
        #expect(PostgresPools.PoolName.allCases.map { pools[$0].size } == [1, 3, 1, 5])
        try await pools.pool(.ods).transaction { _ in
            let rows = try await pools[.coverage].query("SELECT 1", operation: "other")
            #expect(rows.count == 1)
        }
        await pools.close()
    }
}
