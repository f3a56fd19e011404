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

/// F1 (domain 5.8 and 15): a daily scrape asks for what can have changed, and ends as a full one would.
///
/// The worker's clock says 20 March 2026; six months are known, the window ends with this one.
@Suite(.requiresRedis, .requiresPostgres, .redisDatabase, .postgresSchema(migrated: true), .timeLimit(.minutes(2)))
struct ConditionalScrapeTests {
    private let fixture: ScrapeRunFixture
    private let months = ["2025-10", "2025-11", "2025-12", "2026-01", "2026-02", "2026-03"]

    init() async throws {
        fixture = try await ScrapeRunFixture()
        for month in months {
            fixture.amion.set(
                month, .rows(["05", "06"].map { ScrapeRunFixture.row("\(month)-\($0)", "Ada Quill") }))
        }
    }

    /// The six months, scraped on 20 March at 02:00 UTC.
    private func known(last: String = "2026-03-31") async throws -> Identifier<ScheduleVersion> {
        let version = try await fixture.makeVersion(1, "2025-10-01", last)
        let (report, counts) = try await fixture.run("first", into: version)
        counts.expectExactly(3)
        #expect(report.details["months_fetched"] == report.details["months"])
        #expect(report.details["http_requests"] == report.details["months"])
        _ = fixture.amion.takeRequests()
        return version
    }

    @Test func `the first scrape asks for each month once, without a condition`() async throws {
        let version = try await fixture.makeVersion(1, "2025-10-01", "2026-03-31")
        let report = try await fixture.run("first", into: version).report
        #expect(fixture.amion.takeRequests().map(\.description) == months)
        #expect(report.outcome == .success)
        #expect(report.details["months_fetched"] == 6)
        #expect(try await fixture.assignments(version).count == 12)
    }

    @Test func `a daily scrape of a window that ends this month sends one request, on condition`() async throws {
        let version = try await known()
        let before = try await fixture.assignments(version)
        fixture.set("2026-03-21T02:00:00Z")
        let (report, counts) = try await fixture.run("daily", into: version)
        counts.expectExactly(3)
        #expect(fixture.amion.takeRequests().map(\.description) == ["2026-03?"])
        #expect(report.outcome == .success)
        #expect(report.details["http_requests"] == 1)
        #expect(report.details["months"] == 6)
        #expect(report.details["months_skipped"] == 5)
        #expect(report.details["months_unchanged"] == 1)
        #expect(report.details["months_fetched"] == 0)
        #expect(report.details["unchanged"] == 12)
        #expect(try await fixture.assignments(version) == before)
        #expect(fixture.progress.last?.body["done"] == 6 && fixture.progress.last?.body["total"] == 6)
    }

    @Test(arguments: [1, 3]) func `each future month adds one request`(count: Int) async throws {
        for month in ["2026-04", "2026-05", "2026-06"] {
            fixture.amion.set(month, .rows([ScrapeRunFixture.row("\(month)-05", "Ada Quill")]))
        }
        let version = try await known(last: count == 1 ? "2026-04-30" : "2026-06-30")
        fixture.set("2026-03-21T02:00:00Z")
        try await fixture.run("daily", into: version)
        #expect(fixture.amion.takeRequests().count == 1 + count)
    }

    @Test func `what changed this month is seen, and the result is row for row that of a full scrape`() async throws {
        let version = try await known()
        fixture.amion.set(
            "2026-03",
            .rows([
                ScrapeRunFixture.row("2026-03-06", "Ben Tarn"), ScrapeRunFixture.row("2026-03-07", "Ada Quill"),
            ]))
        fixture.set("2026-03-21T02:00:00Z")
        let daily = try await fixture.run("daily", into: version).report
        #expect(daily.details["months_fetched"] == 1)
        #expect(daily.details["created"] == 2)
        #expect(daily.details["removed"] == 2)

        let renewed = try await fixture.makeVersion(2, "2025-10-01", "2026-03-31")
        fixture.set("2026-03-21T03:00:00Z")
        let replay = try await fixture.run("new version", into: renewed).report
        #expect(fixture.amion.takeRequests().map(\.description) == ["2026-03?", "2026-03?"])
        #expect(replay.details["created"] == 12)

        let full = try await fixture.makeVersion(3, "2025-10-01", "2026-03-31")
        fixture.set("2026-03-21T04:00:00Z")
        try await fixture.run("full", into: full) { $0.force = true }
        #expect(fixture.amion.takeRequests().map(\.description) == months, "all, without a condition")
        let expected = try await fixture.assignments(full)
        #expect(expected.count == 12)
        #expect(try await fixture.assignments(version) == expected)
        #expect(try await fixture.assignments(renewed) == expected)
    }

    @Test func `within five minutes nothing is asked, not even by force, and the rows are replayed`() async throws {
        _ = try await known()
        let version = try await fixture.makeVersion(2, "2025-10-01", "2026-03-31")
        fixture.set("2026-03-20T02:04:59Z")
        let report = try await fixture.run("again", into: version) { $0.force = true }.report
        #expect(fixture.amion.takeRequests().isEmpty)
        #expect(report.details["months_skipped"] == 6)
        #expect(try await fixture.assignments(version).count == 12)
        fixture.set("2026-03-20T02:05:00Z")
        try await fixture.run("later", into: version) { $0.force = true }
        #expect(fixture.amion.takeRequests().count == 6)
    }

    @Test func `a page that another run fetched lately is not asked for, and its month does not count as known later`()
        async throws
    {
        let version = try await known()
        // The month is over, and a run that died before it stored anything has had the page.
        fixture.set("2026-04-02T16:00:00Z")
        let report = try await fixture.run("early", into: version, forgettingPages: false).report
        #expect(fixture.amion.takeRequests().isEmpty)
        #expect(report.details["months_skipped"] == 6)
        try await fixture.run("later", into: version)
        #expect(fixture.amion.takeRequests().map(\.description) == ["2026-03?"])
    }

    @Test func `a hospital may raise the least age`() async throws {
        try await fixture.store.setHospitalSetting(code: "NORTH", path: "amion.min_age_s", value: "7200")
        let fresh = try await ScrapeRunFixture.sharing(fixture)
        let version = try await fresh.makeVersion(1, "2026-03-01", "2026-03-31")
        try await fresh.run("first", into: version)
        fresh.set("2026-03-20T03:59:59Z")
        try await fresh.run("young", into: version)
        #expect(fresh.amion.takeRequests().count == 1)
        fresh.set("2026-03-20T04:00:00Z")
        try await fresh.run("old", into: version)
        #expect(fresh.amion.takeRequests().map(\.description) == ["2026-03?"])
    }

    @Test func `a failed month keeps its rows, never advances, and is asked for next time`() async throws {
        let version = try await known()
        fixture.amion.set("2026-03", .login)
        fixture.set("2026-03-21T02:00:00Z")
        let failed = try await fixture.run("failing", into: version).report
        #expect(failed.outcome == .partial)
        #expect(failed.details["months_failed"] == 1)
        #expect(try await fixture.assignments(version).count == 12)
        let checkpoint: PostgresQuery = """
            SELECT concat_ws(' ', state, row_count, fetched_at AT TIME ZONE 'UTC', left(last_error, 12))
            FROM scrape_month_checkpoints WHERE month = '2026-03-01'
            """
        #expect(try await fixture.text(checkpoint) == "COMPLETE 2 2026-03-20 02:00:00 INVALID_HTML")
        _ = fixture.amion.takeRequests()
        // Asked for again at once, although its rows are younger than a day, and it is as it was.
        fixture.amion.set(
            "2026-03", .rows(["05", "06"].map { ScrapeRunFixture.row("2026-03-\($0)", "Ada Quill") }))
        fixture.set("2026-03-21T02:00:10Z")
        let mended = try await fixture.run("mended", into: version).report
        #expect(fixture.amion.takeRequests().map(\.description) == ["2026-03?"])
        #expect(mended.outcome == .success)
        #expect(try await fixture.text(checkpoint) == "COMPLETE 2 2026-03-21 02:00:10")
    }

    @Test func `a month becomes final when it is found unchanged after its end, by the hospital's clock`() async throws
    {
        let version = try await known()
        // Midnight of 1 April in New York is 04:00 UTC.
        for (moment, task) in [("2026-04-01T03:59:59Z", "eve"), ("2026-04-01T04:30:00Z", "day")] {
            fixture.set(moment)
            try await fixture.run(task, into: version)
            #expect(fixture.amion.takeRequests().map(\.description) == ["2026-03?"])
        }
        fixture.set("2026-04-02T02:00:00Z")
        let report = try await fixture.run("over", into: version).report
        #expect(fixture.amion.takeRequests().isEmpty)
        #expect(report.details["months_skipped"] == 6)
        #expect(report.outcome == .success)
    }

    @Test func `without validators a current month is fetched whole`() async throws {
        fixture.amion.set("2026-03", .untagged([ScrapeRunFixture.row("2026-03-05", "Ada Quill")]))
        let version = try await fixture.makeVersion(1, "2026-03-01", "2026-03-31")
        try await fixture.run("first", into: version)
        fixture.set("2026-03-21T02:00:00Z")
        let report = try await fixture.run("daily", into: version).report
        #expect(fixture.amion.takeRequests().map(\.description) == ["2026-03", "2026-03"])
        #expect(report.details["months_fetched"] == 1)
    }

    @Test func `row errors of a month that is not fetched again stay`() async throws {
        fixture.amion.set(
            "2026-02", .rows([ScrapeRunFixture.row("2026-02-05", "Ada Quill"), "2026-02-06||17:00|00:00|Ada Quill"]))
        let version = try await known()
        fixture.set("2026-03-21T02:00:00Z")
        let report = try await fixture.run("daily", into: version).report
        #expect(report.details["months_skipped"] == 5)
        #expect(report.outcome == .partial)
        let message = try #require(report.messages.first { $0.code == "MISSING_CELL" })
        #expect(message.location?.row != nil)
        #expect(message.details?["month"] == "2026-02")
        #expect(fixture.codes.count { $0 == "MISSING_CELL" } == 1, "told once, in events too")
        #expect(report.messages.count { $0.code == "MISSING_CELL" } == 1)
    }

    @Test func `batch and checkpoints say what became of each month, and until where was scraped`() async throws {
        let version = try await known()
        fixture.amion.set("2026-03", .status(404))
        fixture.set("2026-03-21T02:00:00Z")
        let report = try await fixture.run("daily", into: version).report
        #expect(
            try await fixture.text(
                """
                SELECT concat_ws(' ', state, rate_policy, last_scraped_date, metrics->>'requests', metrics->>'months_skipped',
                    metrics->>'months_failed', metrics->'months'->4->>'result', metrics->'months'->5->>'result',
                    metrics->'months'->5->>'code')
                FROM scrape_batches WHERE task_id = 'daily'
                """) == "COMPLETE perLane:5:0ms 2026-02-28 1 5 1 skipped failed EXTERNAL_SERVICE_ERROR")
        #expect(report.details["month_results"]?.arrayValue?.count == 6)
        #expect(report.details["month_results"]?.arrayValue?.last?["code"] == "EXTERNAL_SERVICE_ERROR")
    }
}
