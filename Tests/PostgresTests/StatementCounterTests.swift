import Postgres
import PostgresTestSupport
import Testing

@Suite(.requiresPostgres, .postgresSchema, .timeLimit(.minutes(1))) struct StatementCounterTests {
    let pool: PostgresPool

    init() throws { pool = try #require(PostgresSchemaTrait.current).pool }

    @Test func `statements count, transaction control does not`() async throws {
        let (_, counts) = try await StatementCounter.counting(run: "t1", phase: "ods") {
            try await pool.transaction { transaction in
                _ = try await transaction.query("SELECT 1", operation: "first")
                _ = try await transaction.query("SAVEPOINT s", operation: "control")
                _ = try await transaction.query("  SET LOCAL lock_timeout = 5", operation: "control")
                _ = try await transaction.query("SELECT 2", operation: "second")
            }
        }
        counts.expectExactly(2)
        counts.expect(operation: "first", 1)
        #expect(counts.run == "t1")
        #expect(counts.phase == "ods")
    }

    @Test func `a failed statement counts, also when the body throws`() async throws {
        let counter = StatementCounter(run: "t1", phase: "ods")
        await #expect(throws: PostgresError.self) {
            try await counter.counting { _ = try await pool.query("SELECT 1 / 0", operation: "divide") }
        }
        counter.counts.expectExactly(1)
        #expect(counter.counts.statements.first?.error?.sqlState == "22012")
    }

    @Test func `what was not sent does not count`() async throws {
        let kept = try await pool.transaction { $0 }
        let counter = StatementCounter(run: "t1", phase: "ods")
        await #expect(throws: PostgresError.self) {
            try await counter.counting { _ = try await kept.query("SELECT 1", operation: "late") }
        }
        counter.counts.expectExactly(0)
    }

    @Test func `parallel runs do not disturb each other`() async throws {
        let counts = try await withThrowingTaskGroup(of: StatementCounts.self) { group in
            for run in 1...10 {
                group.addTask { [pool] in
                    try await StatementCounter.counting(run: "\(run)", phase: "amion") {
                        for _ in 0..<run { _ = try await pool.query("SELECT 1", operation: "read") }
                    }.1
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for count in counts { #expect("\(count.phaseCount)" == count.run) }
        #expect(counts.count == 10)
    }

    @Test func `child tasks count for their run`() async throws {
        let (_, counts) = try await StatementCounter.counting(run: "t1", phase: "ods") {
            async let first = pool.query("SELECT 1", operation: "first")
            async let second = pool.query("SELECT 2", operation: "second")
            _ = try await (first, second)
        }
        counts.expectExactly(2)
    }

    @Test func `tags keep context, ledger and fetches out of the budget`() async throws {
        let (_, counts) = try await StatementCounter.counting(run: "t1", phase: "ods") {
            try await StatementCounter.withTag(.context) {
                _ = try await pool.query("SELECT 1", operation: "vocabulary")
            }
            try await StatementCounter.withTag(.ledger) { _ = try await pool.query("SELECT 1", operation: "failure") }
            try await pool.transaction { transaction in
                _ = try await transaction.query(
                    "DECLARE c CURSOR FOR SELECT generate_series(1, 10)", operation: "open")
                _ = try await transaction.query("FETCH 5 FROM c", operation: "fetch")
                _ = try await transaction.query("FETCH 5 FROM c", operation: "fetch")
            }
        }
        counts.expectExactly(1)
        #expect(counts.count(.context) == 1)
        #expect(counts.count(.ledger) == 1)
        #expect(counts.count(.fetch) == 2)
    }

    @Test func `each statement of a script counts`() async throws {
        let (_, counts) = try await StatementCounter.counting(run: "t1", phase: "ods") {
            try await pool.transaction {
                try await $0.execute(script: "SELECT 1; SELECT 2; SELECT 3", operation: "script")
            }
        }
        counts.expectExactly(3)
    }

    @Test func `the list holds text without values, cut at 120 characters`() async throws {
        let (_, counts) = try await StatementCounter.counting(run: "t1", phase: "ods") {
            _ = try await pool.query(
                """
                SELECT \("secret") AS a,
                    \(literal: "1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1"),
                    \(literal: "2 + 2 + 2 + 2 + 2 + 2 + 2 + 2")
                """, operation: "long")
        }
        let text = try #require(counts.statements.first?.sql)
        #expect(text.hasPrefix("SELECT $1 AS a, 1 + 1"))
        #expect(text.count == 120)
    }
}
