import Foundation
import Postgres
import PostgresTestSupport
import ScheduleModel
import ScheduleStore
import Testing

@Suite(.requiresPostgres, .postgresSchema(migrated: true), .timeLimit(.minutes(2)))
struct ScrapeAgainTests {
    private let schema: PostgresSchema

    init() throws { schema = try #require(PostgresSchemaTrait.current) }

    @Test func `a second scrape of the same rows touches nothing`() async throws {
        let fixture = try await filled()
        let before = try await fixture.base.text("SELECT string_agg(id::text, ',' ORDER BY id) FROM assignments")
        let stored = try await fixture.scrape(rows, task: "t2", months: [ScrapeFixture.march, ScrapeFixture.april])
        #expect((stored.created, stored.unchanged, stored.removed, stored.dataRevision) == (0, 3, 0, 2))
        #expect(try await fixture.base.text("SELECT string_agg(id::text, ',' ORDER BY id) FROM assignments") == before)
        #expect(stored.duplicateOf == DeterministicID.batch(queue: "north", taskID: "t1"))
        #expect(stored.otherMessages.map(\.code) == ["DUPLICATE_BATCH"])
        #expect(try await fixture.base.number("SELECT data_revision FROM schedule_versions") == 2)
    }

    @Test func `vanished rows are removed in the fetched months only`() async throws {
        let fixture = try await filled()
        let stored = try await fixture.scrape([rows[0]], task: "t2")
        #expect((stored.unchanged, stored.removed, stored.dataRevision) == (1, 1, 3))
        #expect(
            try await fixture.assignments() == ["2026-03-06 MidC Ada Quill AMION", "2026-04-02 MidC Ada Quill AMION"])
        #expect(try await fixture.base.number("SELECT count(*) FROM assignments WHERE deleted_by IS NOT NULL") == 1)
    }

    @Test func `vanished rows outside the window stay, and rows outside it are passed over`() async throws {
        let fixture = try await filled()
        let window = StoreFixture.range("2026-03-07", "2026-03-31")
        let stored = try await fixture.scrape([rows[1]], task: "t2", window: window)
        #expect((stored.rowCount, stored.unchanged, stored.removed) == (1, 1, 0))
        let again = try await fixture.scrape(rows, task: "t3", window: window)
        #expect((again.rowCount, again.unchanged) == (1, 1))
    }

    @Test func `a row that comes back is a new assignment`() async throws {
        let fixture = try await filled()
        _ = try await fixture.scrape([rows[0]], task: "t2")
        let stored = try await fixture.scrape([rows[0], rows[1]], task: "t3")
        #expect((stored.created, stored.unchanged) == (1, 1))
        #expect(try await fixture.assignments().count == 3)
    }

    @Test func `a failed month keeps its assignments and its checkpoint rows`() async throws {
        let fixture = try await filled()
        let failed = FailedMonth(month: ScrapeFixture.april, code: "INVALID_HTML", cause: "no table")
        let stored = try await fixture.scrape([rows[0], rows[1]], task: "t2", failed: [failed])
        #expect((stored.removed, stored.monthsDone, stored.monthsFailed, stored.outcome) == (0, 1, 1, .partial))
        let message = try #require(stored.messages.first { $0.code == "AMION_IMPORT_INCOMPLETE" })
        #expect(message.details == ["2026-04": "INVALID_HTML"])
        let april = try #require(try await fixture.begin(fixture.request("t3")).checkpoints[ScrapeFixture.april])
        #expect(april.isComplete)
        #expect(april.rows == [rows[2]])
        #expect(april.lastError == "INVALID_HTML: no table")
        #expect(
            try await fixture.base.text("SELECT metrics->>'months_failed' FROM scrape_batches WHERE task_id = 't2'")
                == "1")
    }

    @Test func `a month that was never had is a FAILED checkpoint without rows`() async throws {
        let fixture = try await ScrapeFixture(schema)
        let failed = FailedMonth(month: ScrapeFixture.april, code: "EXTERNAL_SERVICE_ERROR", cause: "refused")
        _ = try await fixture.scrape([], failed: [failed])
        let checkpoints = try await fixture.begin(fixture.request("t2")).checkpoints
        #expect(checkpoints[ScrapeFixture.march]?.isComplete == true)
        #expect(checkpoints[ScrapeFixture.april]?.isComplete == false)
    }

    @Test func `checkpoints give back the months' rows, validators and whether they are final`() async throws {
        let fixture = try await filled()
        let request = fixture.request("t2")
        let run = try await fixture.begin(request)
        #expect(run.months == [ScrapeFixture.march, ScrapeFixture.april])
        let march = try #require(run.checkpoints[ScrapeFixture.march])
        #expect(march.rows == [rows[0], rows[1]])
        #expect(march.etag == "\"2026-03-01\"")
        #expect(march.lastError == nil)
        let context = try await fixture.store.hospital(id: fixture.hospital)
        // Midnight of 1 April in New York is 04:00 UTC.
        for (text, isFinal) in [("2026-04-01T03:59:59Z", false), ("2026-04-01T04:00:00Z", true)] {
            let again = fixture.request(text)
            let fetchedAt = try Date(text, strategy: .iso8601)
            _ = try await fixture.store.finishScrape(
                again, run: try await fixture.begin(again), context: context,
                months: [ScrapedMonth(month: ScrapeFixture.march, rows: rows, fetchedAt: fetchedAt)],
                result: { _ in Array("{}".utf8) })
            let found = try await fixture.begin(fixture.request("after \(text)")).checkpoints[ScrapeFixture.march]
            #expect(found?.isFinal == isFinal)
            #expect(found?.fetchedAt == fetchedAt)
        }
    }

    @Test func `a replayed month fills a new version and leaves its checkpoint alone`() async throws {
        let fixture = try await filled()
        let version = try await ScrapeFixture.makeVersion(pool: fixture.pool, hospital: fixture.hospital, number: 2)
        try await fixture.makeSlot("2026-03-06", "MidC", version: version)
        let request = fixture.request("t2", version: version)
        let run = try await fixture.begin(request)
        let march = try #require(run.checkpoints[ScrapeFixture.march])
        let receipt = try await fixture.store.finishScrape(
            request, run: run, context: try await fixture.store.hospital(id: fixture.hospital),
            months: [ScrapedMonth(month: march.month, rows: march.rows, origin: .skipped)],
            result: { _ in Array("{}".utf8) })
        guard case .stored(let stored) = receipt else { throw ScrapeFixture.NotBegun() }
        #expect(stored.created == 1)
        #expect(try await fixture.begin(fixture.request("t3")).checkpoints[march.month] == march)
    }

    @Test func `the checksum depends on what the rows say and not on their order or place`() async throws {
        let fixture = try await filled()
        let moved = [rows[1], rows[0]].map { row in
            ScrapedAssignment(
                sourceRow: row.sourceRow + 7, date: row.date, role: row.role, window: row.window, location: nil,
                name: row.name, staffID: nil)
        }
        let first = try await fixture.scrape([rows[0], rows[1]], task: "t2")
        let second = try await fixture.scrape(moved, task: "t3")
        let third = try await fixture.scrape([rows[0]], task: "t4")
        #expect(first.checksum == second.checksum)
        #expect(first.checksum != third.checksum)
    }

    private let rows = [
        ScrapeFixture.row("2026-03-06", "MidC", "Ada Quill"),
        ScrapeFixture.row("2026-03-07", "MidC", "Ada Quill", line: 3),
        ScrapeFixture.row("2026-04-02", "MidC", "Ada Quill"),
    ]

    /// March with two assignments and April with one, scraped by task t1.
    private func filled() async throws -> ScrapeFixture {
        let fixture = try await ScrapeFixture(schema)
        try await fixture.makePerson("Ada Quill")
        for row in rows { try await fixture.makeSlot("\(row.date)", "MidC") }
        let stored = try await fixture.scrape(rows, months: [ScrapeFixture.march, ScrapeFixture.april])
        #expect((stored.created, stored.dataRevision) == (3, 2))
        return fixture
    }
}
