import ConcurrencySupport
import Foundation
import Postgres
import PostgresTestSupport
import RedisTestSupport
import ScheduleModel
import ScheduleStore
import ScheduleTasks
import TaskEvents
import Testing

@testable import ScheduleWorkflow

/// A scrape in a worker on a bad day (issue 6): what was good is kept, what was not is named, nothing is called a success
/// that brought nothing.
@Suite(.requiresRedis, .requiresPostgres, .redisDatabase, .postgresSchema(migrated: true), .timeLimit(.minutes(2)))
struct ScrapePhaseTests {
    private let months = ["2026-03", "2026-04", "2026-05", "2026-06", "2026-07", "2026-08"]

    /// A hospital whose six months have two rows each.
    private func ready(
        settings: [(String, String)] = []
    ) async throws -> (fixture: ScrapeRunFixture, version: Identifier<ScheduleVersion>) {
        let fixture = try await ScrapeRunFixture(settings: settings)
        for month in months {
            fixture.amion.set(
                month, .rows(["05", "06"].map { ScrapeRunFixture.row("\(month)-\($0)", "Ada Quill") }))
        }
        return (fixture, try await fixture.makeVersion(1, "2026-03-01", "2026-08-31"))
    }

    private func batch(_ fixture: ScrapeRunFixture) async throws -> String? {
        try await fixture.text(
            """
            SELECT concat_ws(' ', b.state, r.status, r.error_code, b.completed_at IS NOT NULL)
            FROM scrape_batches b JOIN import_runs r ON r.scrape_batch_id = b.id
            """)
    }

    @Test func `a login page with status 200 for all months is a failure, and nothing is kept`() async throws {
        let (fixture, version) = try await ready()
        try await fixture.run("good", into: version)
        let before = try await fixture.assignments(version)
        let other = try await fixture.makeVersion(2, "2026-03-01", "2026-08-31")
        for month in months { fixture.amion.set(month, .login) }
        fixture.set("2026-03-21T02:00:00Z")
        for target in [version, other] {
            let failure = await #expect(throws: PhaseFailure.self) {
                try await fixture.run("t \(target)", into: target)
            }
            #expect(failure?.code == "FAILED_TO_SCRAPE")
            #expect(failure?.isRetriable == false, "a login page stays one")
            #expect(failure?.isRecorded == true)
        }
        #expect(fixture.codes == Array(repeating: "INVALID_HTML", count: 6))
        #expect(Set(fixture.messages.compactMap { $0["details"]?["month"]?.stringValue }) == Set(months))
        #expect(
            try await fixture.text(
                """
                SELECT string_agg(DISTINCT concat_ws(' ', b.state, r.status, r.error_code), ', ')
                FROM scrape_batches b JOIN import_runs r ON r.scrape_batch_id = b.id WHERE r.task_id <> 'good'
                """) == "FAILED FAILED FAILED_TO_SCRAPE")
        #expect(try await fixture.assignments(version) == before)
        #expect(try await fixture.assignments(other).isEmpty)
    }

    @Test func `a login that is refused for all months is AUTH_FAILED`() async throws {
        let (fixture, version) = try await ready()
        for month in months { fixture.amion.set(month, .status(403)) }
        let failure = await #expect(throws: PhaseFailure.self) { try await fixture.run("t1", into: version) }
        #expect(failure?.code == "AUTH_FAILED")
        #expect(failure?.isRetriable == false)
        #expect(try await batch(fixture) == "FAILED FAILED AUTH_FAILED t")
    }

    @Test func `a server that dies in month 4 of 6 leaves three months, a warning and the others' names`() async throws
    {
        let (fixture, version) = try await ready()
        let (amion, months) = (fixture.amion, months)
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        let (never, hold) = AsyncStream.makeStream(of: Void.self)
        amion.onRequest.withLock {
            $0 = { [unowned fixture, unowned amion] month in
                guard !months.prefix(3).contains(month) else { return }
                while !fixture.progress.contains(where: { $0.body["done"] == 3 }) { await Task.yield() }
                end.yield()
                for await _ in never { break }  // until the server's end cancels it
                amion.set(month, .status(503))  // should an answer still get out
            }
        }
        async let death: Void = {
            for await _ in ends { return await amion.stop() }
        }()
        let (report, counts) = try await fixture.run("t1", into: version)
        counts.expectExactly(3)
        #expect(report.outcome == .partial)
        #expect(report.details["months"] == 3 && report.details["months_failed"] == 3)
        #expect(try await batch(fixture) == "COMPLETE SUCCEEDED t")
        #expect(try await fixture.assignments(version).count == 6)
        let warning = try #require(report.messages.first { $0.code == "AMION_IMPORT_INCOMPLETE" })
        #expect(warning.severity == .warning)
        #expect(warning.details?.keys.sorted() == ["2026-06", "2026-07", "2026-08"])
        hold.finish()
        await death
        #expect(try await fixture.text("SELECT metrics->>'months_failed' FROM scrape_batches") == "3")
    }

    @Test func `one failed month without leave for a part fails all`() async throws {
        let (fixture, version) = try await ready()
        fixture.amion.set("2026-05", .status(404))
        let failure = await #expect(throws: PhaseFailure.self) {
            try await fixture.run("t1", into: version) { $0.allowPartial = false }
        }
        #expect(failure?.code == "FAILED_TO_SCRAPE")
        #expect(failure?.message.contains("2026-05") == true)
        #expect(try await fixture.assignments(version).isEmpty)
        #expect(try await batch(fixture) == "FAILED FAILED FAILED_TO_SCRAPE t")
    }

    @Test func `the batch is seen PENDING by others while its months are fetched`() async throws {
        let (fixture, version) = try await ready()
        let seen = LockedValue<Set<String>>([])
        let pool = fixture.pool
        fixture.amion.onRequest.withLock {
            $0 = { _ in
                let rows = try? await pool.query(
                    """
                    SELECT concat_ws(' ', b.state, r.status, b.window_start_date, b.window_end_date) AS line
                    FROM scrape_batches b JOIN import_runs r ON r.scrape_batch_id = b.id
                    """, operation: "test")
                let line = (try? rows?.first?.decode(String.self, "line")) ?? "nothing"
                seen.withLock { _ = $0.insert(line) }
            }
        }
        try await fixture.run("t1", into: version)
        #expect(seen.withLock { $0 } == ["PENDING RUNNING 2026-03-01 2026-08-31"])
        #expect(try await batch(fixture) == "COMPLETE SUCCEEDED t")
    }

    @Test func `names that nobody has fail the run, and are each listed once when it may go on`() async throws {
        let (fixture, version) = try await ready()
        for month in months {
            fixture.amion.set(
                month, .rows((1...9).map { ScrapeRunFixture.row("\(month)-0\($0)", "Stranger \($0 % 2)") }))
        }
        let failure = await #expect(throws: PhaseFailure.self) { try await fixture.run("t1", into: version) }
        #expect(failure?.code == "ERROR_RATE_EXCEEDED")
        #expect(failure?.message.contains("Stranger") == false)
        #expect(try await fixture.assignments(version).isEmpty)
        fixture.set("2026-03-20T03:00:00Z")
        let report = try await fixture.run("t2", into: version) { $0.maxErrorRate = 1 }.report
        #expect(report.outcome == .partial)
        #expect(report.details["created"] == 0)
        let unknown = report.messages.filter { $0.code == "UNKNOWN_PEOPLE" }
        #expect(unknown.map { $0.details?["name"] } == ["Stranger 1", "Stranger 0"])
        #expect(unknown.map { $0.details?["count"] } == ["30", "24"])
        #expect(unknown.map { $0.details?["month"] } == ["2026-03", "2026-03"])
    }

    @Test func `rows that say the same are one assignment and are counted`() async throws {
        let (fixture, version) = try await ready()
        let row = ScrapeRunFixture.row("2026-03-05", "Ada Quill")
        fixture.amion.set("2026-03", .rows([row, row, ScrapeRunFixture.row("2026-03-05", "Quill, Ada")]))
        let report = try await fixture.run("t1", into: version) { $0.monthsBack = 1 }.report
        #expect(report.details["duplicates"] == 1)
        #expect(report.details["created"] == 1)
        #expect(report.messages.contains { $0.code == "DUPLICATE_ASSIGNMENT" })
        #expect(report.outcome == .success)
    }

    @Test func `a page of another year is a failed month and no empty one`() async throws {
        let (fixture, version) = try await ready()
        try await fixture.run("good", into: version)
        fixture.amion.set("2026-05", .rows([ScrapeRunFixture.row("2025-05-05", "Ada Quill")]))
        fixture.set("2026-03-21T02:00:00Z")
        let report = try await fixture.run("t1", into: version).report
        #expect(report.outcome == .partial)
        #expect(report.details["months_failed"] == 1)
        #expect(report.messages.first { $0.code == "INVALID_RESPONSE" }?.details?["month"] == "2026-05")
        #expect(try await fixture.assignments(version).count == 12, "May keeps what it had")
    }

    @Test func `an empty but recognisable month is a success that empties it`() async throws {
        let (fixture, version) = try await ready()
        try await fixture.run("good", into: version)
        fixture.amion.set("2026-05", .rows([]))
        fixture.set("2026-03-21T02:00:00Z")
        let report = try await fixture.run("t1", into: version).report
        #expect(report.outcome == .success)
        #expect(report.details["removed"] == 2)
        #expect(try await fixture.assignments(version).count == 10)
    }

    @Test func `every message is told once, in events and in the report alike`() async throws {
        let (fixture, version) = try await ready()
        fixture.amion.set("2026-04", .status(404))
        fixture.amion.set(
            "2026-05", .rows([ScrapeRunFixture.row("2026-05-05", "Nobody"), "2026-05-06|MidC|soon|00:00|Ada Quill"]))
        let report = try await fixture.run("t1", into: version).report
        let codes = [
            "AMION_ASSIGNMENT_FAILED", "AMION_IMPORT_INCOMPLETE", "EXTERNAL_SERVICE_ERROR", "MISSING_CELL",
            "MISSING_MIDC",
            "UNKNOWN_PEOPLE",
        ]
        #expect(report.messages.map(\.code.rawValue).sorted() == codes)
        #expect(fixture.codes.sorted() == codes)
        #expect(
            try await fixture.text(
                "SELECT jsonb_array_length(validation_results->'amion'->'messages')::text FROM schedule_versions")
                == "6")
    }

    @Test func `a setting that no adapter knows fails the scrape before anything is asked`() async throws {
        let (fixture, version) = try await ready()
        _ = try await fixture.pool.query(
            "UPDATE hospitals SET settings = jsonb_set(settings, '{amion,request_style}', '\"weekly\"')",
            operation: "test")
        let fresh = try await ScrapeRunFixture.sharing(fixture)
        let failure = await #expect(throws: PhaseFailure.self) { try await fresh.run("t1", into: version) }
        #expect(failure?.code == "INVALID_VALUE")
        #expect(failure?.message.contains("amion.request_style") == true)
        #expect(fixture.amion.takeRequests().isEmpty)
    }
}
