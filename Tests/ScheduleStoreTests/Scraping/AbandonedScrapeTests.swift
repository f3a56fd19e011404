import Foundation
import Postgres
import PostgresTestSupport
import ScheduleModel
import ScheduleStore
import Testing

/// Batches whose worker died (domain 5.8): a sweeper fails what is older than its task's time limit.
@Suite(.requiresPostgres, .postgresSchema(migrated: true), .timeLimit(.minutes(2)))
struct AbandonedScrapeTests {
    private let schema: PostgresSchema
    private let limits = ["amion:scrape": Duration.seconds(300), "schedule:sync": .seconds(900)]

    init() throws { schema = try #require(PostgresSchemaTrait.current) }

    @Test func `a batch past its task's limit fails with its ledger row, once, in one statement`() async throws {
        let fixture = try await ScrapeFixture(schema)
        let run = try await fixture.begin(fixture.request())
        try await age(fixture, seconds: 301)
        let (failed, counts) = try await StatementCounter.counting(run: "t1", phase: "amion") {
            try await sweep(fixture)
        }
        #expect(failed == [run.batchID])
        #expect((counts.phaseCount, counts.count(.ledger)) == (0, 1))
        #expect(try await state(fixture) == "FAILED FAILED FAILED_TO_SCRAPE t t t")
        #expect(try await sweep(fixture).isEmpty)
    }

    @Test func `a batch inside its task's limit is left alone`() async throws {
        let fixture = try await ScrapeFixture(schema)
        _ = try await fixture.begin(fixture.request())
        try await age(fixture, seconds: 290)
        #expect(try await sweep(fixture).isEmpty)
        #expect(try await fixture.base.text("SELECT state FROM scrape_batches") == "PENDING")
    }

    @Test func `the limit is that of the task's type`() async throws {
        let fixture = try await ScrapeFixture(schema)
        _ = try await fixture.begin(fixture.request())
        _ = try await fixture.pool.query("UPDATE import_runs SET task_type = 'schedule:sync'", operation: "test")
        try await age(fixture, seconds: 890)
        #expect(try await sweep(fixture).isEmpty)
        try await age(fixture, seconds: 901)
        #expect(try await sweep(fixture).count == 1)
    }

    @Test func `a retry begins anew, and its age with it`() async throws {
        let fixture = try await ScrapeFixture(schema)
        let request = fixture.request()
        _ = try await fixture.begin(request)
        try await age(fixture, seconds: 4000)
        let retry = try await fixture.begin(request)
        #expect(try await sweep(fixture).isEmpty)
        guard case .stored = try await fixture.finish(request, retry, rows: []) else {
            Issue.record("the retry did not finish")
            return
        }
    }

    @Test func `a retry reopens what was swept`() async throws {
        let fixture = try await ScrapeFixture(schema)
        let request = fixture.request()
        let dead = try await fixture.begin(request)
        try await age(fixture, seconds: 4000)
        #expect(try await sweep(fixture) == [dead.batchID])
        let retry = try await fixture.begin(request)
        #expect((retry.batchID, retry.attempt) == (dead.batchID, 2))
        guard case .stored = try await fixture.finish(request, retry, rows: []) else {
            Issue.record("the retry did not finish")
            return
        }
        #expect(try await fixture.base.text("SELECT status FROM import_runs") == "SUCCEEDED")
    }

    @Test func `a delivery that is writing is passed over, however late it is`() async throws {
        let fixture = try await ScrapeFixture(schema)
        let run = try await fixture.begin(fixture.request())
        try await age(fixture, seconds: 4000)
        try await fixture.pool.transaction { transaction in
            _ = try await transaction.query(
                "SELECT 1 FROM import_runs WHERE attempt = \(run.attempt) FOR NO KEY UPDATE", operation: "test")
            #expect(try await sweep(fixture).isEmpty)
        }
        #expect(try await sweep(fixture) == [run.batchID])
    }

    @Test func `a batch whose ledger row is gone fails after the longest limit`() async throws {
        let fixture = try await ScrapeFixture(schema)
        let run = try await fixture.begin(fixture.request())
        _ = try await fixture.pool.query("DELETE FROM import_runs", operation: "test")
        try await age(fixture, seconds: 301)
        #expect(try await sweep(fixture).isEmpty)
        try await age(fixture, seconds: 1001)
        #expect(try await sweep(fixture) == [run.batchID])
    }

    @Test func `many sweepers at the same time fail each batch once`() async throws {
        let fixture = try await ScrapeFixture(schema)
        for task in ["t1", "t2", "t3", "t4"] { _ = try await fixture.begin(fixture.request(task)) }
        try await age(fixture, seconds: 4000)
        let failed = try await withThrowingTaskGroup(of: [Identifier<ScrapeBatch>].self) { group in
            for _ in 0..<4 { group.addTask { try await sweep(fixture) } }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(failed.count == 4)
        #expect(Set(failed).count == 4)
    }

    @Test func `finished batches stay as they are`() async throws {
        let fixture = try await ScrapeFixture(schema)
        _ = try await fixture.scrape([])
        try await age(fixture, seconds: 4000)
        #expect(try await sweep(fixture).isEmpty)
        #expect(try await fixture.base.text("SELECT state FROM scrape_batches") == "COMPLETE")
    }

    private func sweep(_ fixture: ScrapeFixture) async throws -> [Identifier<ScrapeBatch>] {
        try await fixture.store.failAbandonedScrapes(limits: limits, longest: .seconds(1000))
    }

    /// Sets when the batches' newest delivery began.
    private func age(_ fixture: ScrapeFixture, seconds: Int) async throws {
        _ = try await fixture.pool.query(
            "UPDATE scrape_batches SET scraped_at = now() - make_interval(secs => \(seconds))", operation: "test")
    }

    private func state(_ fixture: ScrapeFixture) async throws -> String? {
        try await fixture.base.text(
            """
            SELECT concat_ws(' ', b.state, r.status, r.error_code, b.completed_at IS NOT NULL, r.finished_at IS NOT NULL,
                b.error_message = r.error_message)
            FROM scrape_batches b, import_runs r
            """)
    }
}
