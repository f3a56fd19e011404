import Foundation
import Postgres
import PostgresTestSupport
import RedisTestSupport
import TaskEvents
import TaskQueue
import Testing

/// Scrapes as a person runs them, against the stand-in on its bad days (issue 6).
@Suite(.requiresRedis, .requiresPostgres, .redisDatabase, .postgresSchema(migrated: true), .timeLimit(.minutes(5)))
struct ScrapeTests {
    private let arguments = [
        "sync", Installation.sample("north-coverage.ods"), "--hospital", "NORTH", "--from", "2026-01-01", "--to",
        "2026-06-30", "--watch",
    ]

    /// The result document of a task.
    private func result(_ installation: Installation, _ id: String) async throws -> JSONValue {
        try JSONValue(parsing: try #require(try await installation.task(id).result))
    }

    private func text(_ installation: Installation, _ query: PostgresQuery) async throws -> String? {
        let rows = try await installation.postgres.pool.query(query, operation: "test")
        return try rows.first?.decodeOptional(String.self, "line")
    }

    @Test func `six known past months cost the next scrape no request, also into a new version`() async throws {
        let installation = try await Installation()
        try installation.startWorkers(1)
        let first = try await installation.schedcu(arguments + ["--task-id", "first"])
        #expect(first.status == 0, "\(first.errors)")
        #expect(try await result(installation, "first")["metadata"]?["http_requests"] == 6)
        let again = try await installation.schedcu([
            "scrape", "--hospital", "NORTH", "--from", "2026-01-01", "--to", "2026-06-30", "--watch", "--task-id",
            "again",
        ])
        #expect(again.status == 0, "\(again.errors)")
        let replay = try await result(installation, "again")
        #expect(replay["assignments"]?["http_requests"] == 0)
        #expect(replay["assignments"]?["months_skipped"] == 6)
        #expect(replay["assignments"]?["created"] == 0 && replay["assignments"]?["removed"] == 0)
        #expect(replay["metadata"]?["query_counts"]?["amion"] == 3)
        let renewed = try await installation.schedcu(arguments + ["--force", "--task-id", "renewed"])
        #expect(renewed.status == 0, "\(renewed.errors)")
        #expect(
            try await text(
                installation,
                """
                SELECT string_agg(lines, ' | ') AS line FROM (
                    SELECT count(*) || ' ' || md5(string_agg(concat_ws(' ', a.person_id, i.schedule_date, i.shift_type), ','
                        ORDER BY i.schedule_date, i.shift_type, a.person_id)) AS lines
                    FROM assignments a JOIN shift_instances i ON i.id = a.shift_instance_id WHERE a.deleted_at IS NULL
                    GROUP BY i.schedule_version_id
                ) v GROUP BY lines HAVING count(*) = 2
                """) != nil, "both versions hold the same assignments")
    }

    @Test func `a login page for every month fails the scrape for good, and the sync goes on without it`() async throws
    {
        let installation = try await Installation(standin: ["--login-page"])
        try installation.startWorkers(1)
        let sync = try await installation.schedcu(arguments + ["--task-id", "sync"])
        #expect(sync.status == 2, "\(sync.errors)")
        #expect(try await result(installation, "sync")["phases_failed"] == ["amion"])
        let scrape = try await installation.schedcu(["scrape", "--hospital", "NORTH", "--months", "2", "--watch"])
        #expect(scrape.status == 1, "\(scrape.errors)")
        #expect((scrape.output + scrape.errors).contains("FAILED_TO_SCRAPE"))
        #expect(
            try await text(
                installation, "SELECT string_agg(state, ' ') || ' ' || min(row_count) AS line FROM scrape_batches")
                == "FAILED FAILED 0")
        #expect(try await !installation.effects().contains { $0.hasPrefix("assignment ") })
    }

    @Test func `months that do not exist are named, and the others are kept`() async throws {
        let installation = try await Installation(standin: ["--months-missing", "2026-04", "2026-05"])
        try installation.startWorkers(1)
        let sync = try await installation.schedcu(arguments + ["--task-id", "sync"])
        #expect(sync.status == 2, "\(sync.errors)")
        let result = try await result(installation, "sync")
        #expect(result["assignments"]?["months"] == 4 && result["assignments"]?["months_failed"] == 2)
        let messages = result["validation"]?["messages"]?.arrayValue ?? []
        let warning = messages.first { $0["code"] == "AMION_IMPORT_INCOMPLETE" }
        #expect(warning?["details"]?.objectValue?.keys.sorted() == ["2026-04", "2026-05"])
        #expect(
            try await text(
                installation, "SELECT concat_ws(' ', state, metrics->>'months_failed') AS line FROM scrape_batches")
                == "COMPLETE 2")
    }

    @Test func `a worker fails the batch that a dead one left`() async throws {
        let installation = try await Installation()
        _ = try await installation.postgres.pool.query(
            """
            INSERT INTO scrape_batches (hospital_id, window_start_date, window_end_date, scraped_at, created_by)
            SELECT h.id, '2026-03-01', '2026-03-31', now() - interval '1 hour', u.id FROM hospitals h, users u
            WHERE u.email = 'system@schedule.invalid'
            """, operation: "test")
        try installation.startWorkers(2)
        let state: PostgresQuery =
            "SELECT concat_ws(' ', state, completed_at IS NOT NULL, error_message IS NOT NULL) AS line FROM scrape_batches"
        while try await text(installation, state) != "FAILED t t" { await Task.yield() }
    }
}
