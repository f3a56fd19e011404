import Foundation
import Postgres
import PostgresTestSupport
import ScheduleModel
import ScheduleStore
import Testing

@Suite(.requiresPostgres, .postgresSchema(migrated: true), .timeLimit(.minutes(2)))
struct ScrapeDeliveryTests {
    private let schema: PostgresSchema
    private let row = ScrapeFixture.row("2026-03-06", "MidC", "Ada Quill")

    init() throws { schema = try #require(PostgresSchemaTrait.current) }

    @Test(arguments: [1, 100, 10_000])
    func `a scrape is three statements whatever its rows`(count: Int) async throws {
        let fixture = try await ScrapeFixture(schema)
        for day in 0..<31 { try await fixture.makeSlot("\(ScrapeFixture.march.adding(days: day))", "MidC") }
        try await fixture.makePeople(count / 31 + 1)
        let rows = (0..<count).map { index in
            ScrapeFixture.row(
                "\(ScrapeFixture.march.adding(days: index % 31))", "MidC", "Person \(index / 31)", line: index + 1)
        }
        let context = try await fixture.store.hospital(id: fixture.hospital)
        for (task, created) in [("t1", count), ("t2", 0)] {
            let request = fixture.request(task)
            let (receipt, counts) = try await StatementCounter.counting(run: task, phase: "amion") {
                let run = try await fixture.begin(request)
                return try await fixture.store.finishScrape(
                    request, run: run, context: context, months: [ScrapedMonth(month: ScrapeFixture.march, rows: rows)],
                    result: { _ in Array("{}".utf8) })
            }
            counts.expectExactly(3)
            counts.expect(operation: "insert-assignments", 1)
            #expect(counts.statements.count == 3)
            guard case .stored(let stored) = receipt else { throw ScrapeFixture.NotBegun() }
            #expect((stored.created, stored.unchanged) == (created, count - created))
        }
    }

    @Test(arguments: [1, 6, 12, 24])
    func `a scrape is three statements whatever its months`(count: Int) async throws {
        let fixture = try await ScrapeFixture(schema)
        let version = try await ScrapeFixture.makeVersion(
            pool: fixture.pool, hospital: fixture.hospital, number: 2,
            range: StoreFixture.range("2026-01-01", "2027-12-31"))
        let context = try await fixture.store.hospital(id: fixture.hospital)
        let request = fixture.request(version: version, monthsBack: count)
        let (_, counts) = try await StatementCounter.counting(run: "t1", phase: "amion") {
            let run = try await fixture.begin(request)
            #expect(run.months.count == count)
            return try await fixture.store.finishScrape(
                request, run: run, context: context, months: run.months.map { ScrapedMonth(month: $0, rows: []) },
                result: { _ in Array("{}".utf8) })
        }
        counts.expectExactly(3)
        #expect(try await fixture.base.number("SELECT count(*) FROM scrape_month_checkpoints") == count)
    }

    @Test func `the batch is visible as PENDING before anything is fetched, and COMPLETE with its rows`() async throws {
        let fixture = try await ready()
        let request = fixture.request()
        let run = try await fixture.begin(request)
        #expect(try await state(fixture) == "PENDING RUNNING")
        #expect(run.batchID == DeterministicID.batch(queue: "north", taskID: "t1"))
        _ = try await fixture.finish(request, run, rows: [row])
        #expect(try await state(fixture) == "COMPLETE SUCCEEDED")
        #expect(
            try await fixture.base.text(
                """
                SELECT concat_ws(' ', b.row_count, length(b.ingest_checksum), b.last_scraped_date, b.rate_policy,
                    b.metrics->>'created', r.outcome, r.result->>'created', r.scrape_batch_id = b.id,
                    v.scrape_batch_id = b.id, v.validation_results->'amion'->'context'->>'error_count', l.action)
                FROM scrape_batches b, import_runs r, schedule_versions v, audit_logs l
                """) == "1 64 2026-03-31 perLane:5:1000ms 1 SUCCESS 1 t t 0 IMPORT_AMION")
    }

    @Test func `a second delivery of a finished task gets the stored result and writes nothing`() async throws {
        let fixture = try await ready()
        _ = try await fixture.scrape([row])
        guard case .alreadyDone(let result) = try await fixture.store.beginScrape(fixture.request()) else {
            Issue.record("the task began again")
            return
        }
        #expect(String(decoding: result, as: UTF8.self) == #"{"created": 1}"#)
        #expect(try await fixture.base.number("SELECT attempt FROM import_runs") == 1)
        #expect(try await state(fixture) == "COMPLETE SUCCEEDED")
    }

    @Test func `a cancelled task does not begin again`() async throws {
        let fixture = try await ready()
        let request = fixture.request()
        let run = try await fixture.begin(request)
        try await fixture.store.recordFailure(
            task: request.task, phase: "amion", hospitalID: request.hospitalID, status: .cancelled, code: "CANCELLED",
            message: "cancelled by an operator", attempt: run.attempt)
        guard case .alreadyDone = try await fixture.store.beginScrape(request) else {
            Issue.record("the task began again")
            return
        }
        #expect(try await state(fixture) == "FAILED CANCELLED")
    }

    @Test func `a batch that was closed while its months were fetched is refused, for a retry to reopen`() async throws
    {
        let fixture = try await ready()
        let request = fixture.request()
        let run = try await fixture.begin(request)
        _ = try await fixture.pool.query("UPDATE scrape_batches SET state = 'FAILED'", operation: "test")
        let error = await error { _ = try await fixture.finish(request, run, rows: [row]) }
        #expect(error?.code == "ASSIGNMENT_CREATION_FAILED")
        #expect(error?.isRetriable == true)
        #expect(try await fixture.assignments().isEmpty)
    }

    @Test func `two scrapes of one version at the same time store each assignment once`() async throws {
        let fixture = try await ready()
        let (one, two) = (fixture.request("t1"), fixture.request("t2"))
        let (first, second) = (try await fixture.begin(one), try await fixture.begin(two))
        async let left = fixture.finish(one, first, rows: [row])
        async let right = fixture.finish(two, second, rows: [row])
        _ = try await (left, right)
        #expect(try await fixture.assignments() == ["2026-03-06 MidC Ada Quill AMION"])
    }

    @Test func `a retry after a crash between statements 4 and 5 reopens the batch`() async throws {
        let fixture = try await ready()
        let request = fixture.request()
        let crashed = try await fixture.begin(request)
        _ = try await fixture.pool.query(
            "UPDATE scrape_batches SET state = 'FAILED', error_message = 'swept', completed_at = now()",
            operation: "test")
        let retry = try await fixture.begin(request)
        #expect((crashed.attempt, retry.attempt) == (1, 2))
        #expect(crashed.batchID == retry.batchID)
        #expect(try await state(fixture) == "PENDING RUNNING")
        #expect(
            try await fixture.base.number("SELECT count(*) FROM scrape_batches WHERE error_message IS NOT NULL") == 0)
        guard case .stored = try await fixture.finish(request, retry, rows: [row]) else {
            Issue.record("the retry did not finish")
            return
        }
    }

    @Test func `a stale attempt ends as superseded and writes nothing`() async throws {
        let fixture = try await ready()
        let request = fixture.request()
        let stale = try await fixture.begin(request)
        let fresh = try await fixture.begin(request)
        guard case .superseded = try await fixture.finish(request, stale, rows: [row]) else {
            Issue.record("a stale attempt wrote")
            return
        }
        #expect(try await fixture.assignments().isEmpty)
        #expect(try await state(fixture) == "PENDING RUNNING")
        try await fixture.store.failScrape(request, run: stale, code: "FAILED_TO_SCRAPE", message: "late")
        #expect(try await state(fixture) == "PENDING RUNNING")
        guard case .stored = try await fixture.finish(request, fresh, rows: [row]) else {
            Issue.record("the newer attempt did not finish")
            return
        }
    }

    @Test func `a task id with another payload is refused and disturbs nothing`() async throws {
        let fixture = try await ready()
        let run = try await fixture.begin(fixture.request())
        let error = await error { _ = try await fixture.begin(fixture.request(payload: StoreFixture.digest("2"))) }
        #expect(error?.code == "TASK_ID_CONFLICT")
        #expect(error?.isRetriable == false)
        guard case .stored = try await fixture.finish(fixture.request(), run, rows: [row]) else {
            Issue.record("the run was disturbed")
            return
        }
    }

    @Test(arguments: ["PRODUCTION", "ARCHIVED"])
    func `a version that is not STAGING is refused, and nothing is kept`(status: String) async throws {
        let fixture = try await ready()
        _ = try await fixture.pool.query("UPDATE schedule_versions SET status = \(status)", operation: "test")
        let error = await error { _ = try await fixture.begin(fixture.request()) }
        #expect(error?.code == "INVALID_VERSION_STATE")
        #expect(try await written(fixture) == 0)
    }

    @Test func `a version of another hospital, a deleted one and an unknown one are refused`() async throws {
        let fixture = try await ready()
        let other = try await fixture.base.makeHospital("LAKE")
        let foreign = try await ScrapeFixture.makeVersion(pool: fixture.pool, hospital: other, number: 1)
        let deleted = try await ScrapeFixture.makeVersion(pool: fixture.pool, hospital: fixture.hospital, number: 2)
        _ = try await fixture.pool.query(
            "UPDATE schedule_versions SET deleted_at = now() WHERE id = \(deleted.uuid)", operation: "test")
        for version in [foreign, deleted, Identifier(UUID())] {
            let error = await error { _ = try await fixture.begin(fixture.request(version: version)) }
            #expect(error?.code == "INVALID_VERSION_STATE")
        }
        #expect(try await written(fixture) == 0)
    }

    @Test func `a version that is promoted while its months are fetched takes nothing`() async throws {
        let fixture = try await ready()
        let request = fixture.request()
        let run = try await fixture.begin(request)
        _ = try await fixture.pool.query("UPDATE schedule_versions SET status = 'PRODUCTION'", operation: "test")
        let error = await error { _ = try await fixture.finish(request, run, rows: [row]) }
        #expect(error?.code == "INVALID_VERSION_STATE")
        #expect(try await fixture.assignments().isEmpty)
    }

    @Test func `without a version the newest live STAGING one is taken`() async throws {
        let fixture = try await ready()
        let newest = try await ScrapeFixture.makeVersion(pool: fixture.pool, hospital: fixture.hospital, number: 3)
        _ = try await ScrapeFixture.makeVersion(
            pool: fixture.pool, hospital: fixture.hospital, number: 4, status: "ARCHIVED")
        var request = fixture.request()
        request.versionID = nil
        #expect(try await fixture.begin(request).versionID == newest)
        request.hospitalID = try await fixture.base.makeHospital("LAKE")
        request.task.taskID = "t2"
        let refused = request
        #expect(await error { _ = try await fixture.begin(refused) }?.code == "INVALID_VERSION_STATE")
        request.hospitalID = Identifier(UUID())
        let unknown = request
        #expect(await error { _ = try await fixture.begin(unknown) }?.code == "HOSPITAL_NOT_FOUND")
    }

    @Test func `the window is cut to the version's range, and one outside it is refused`() async throws {
        let fixture = try await ready()
        let wide = try await fixture.begin(fixture.request(window: StoreFixture.range("2026-01-01", "2026-03-10")))
        #expect(wide.window == StoreFixture.range("2026-03-01", "2026-03-10"))
        #expect(wide.versionRange == ScrapeFixture.range)
        let months = try await fixture.begin(fixture.request("t2", monthsBack: 1))
        #expect(months.window == StoreFixture.range("2026-03-01", "2026-03-31"))
        let all = try await fixture.begin(fixture.request("t3"))
        #expect(all.window == ScrapeFixture.range)
        let outside = await error {
            _ = try await fixture.begin(fixture.request("t4", window: StoreFixture.range("2026-05-01", "2026-05-10")))
        }
        #expect(outside?.code == "INVALID_DATE_RANGE")
    }

    @Test func `a scrape that failed marks batch and ledger with one ledger statement`() async throws {
        let fixture = try await ready()
        let request = fixture.request()
        let run = try await fixture.begin(request)
        let failed = [FailedMonth(month: ScrapeFixture.march, code: "AUTH_FAILED", cause: "refused")]
        let error = await error { _ = try await fixture.finish(request, run, months: [], rows: [], failed: failed) }
        #expect(error?.code == "FAILED_TO_SCRAPE")
        let (_, counts) = try await StatementCounter.counting(run: "t1", phase: "amion") {
            try await fixture.store.failScrape(
                request, run: run, code: "FAILED_TO_SCRAPE", message: "every month failed")
        }
        #expect((counts.phaseCount, counts.count(.ledger)) == (0, 1))
        #expect(try await state(fixture) == "FAILED FAILED")
        #expect(try await fixture.begin(request).attempt == 2)
    }

    @Test func `what must not be stored in part is rolled back`() async throws {
        let fixture = try await ready()
        let strict = fixture.request(allowPartial: false)
        let nobody = ScrapeFixture.row("2026-03-06", "MidC", "Nobody")
        let partial = await error {
            _ = try await fixture.finish(strict, try await fixture.begin(strict), rows: [row, nobody])
        }
        #expect(partial?.code == "FAILED_TO_SCRAPE")
        let rated = fixture.request("t2", maxErrorRate: 0.5)
        let rate = await error {
            _ = try await fixture.finish(
                rated, try await fixture.begin(rated), rows: [row] + Array(repeating: nobody, count: 19))
        }
        #expect(rate?.code == "ERROR_RATE_EXCEEDED")
        #expect(try await fixture.assignments().isEmpty)
    }

    @Test func `a scrape never touches another hospital's rows`() async throws {
        let fixture = try await ready()
        let other = try await fixture.base.makeHospital("LAKE")
        let version = try await ScrapeFixture.makeVersion(pool: fixture.pool, hospital: other, number: 1)
        let ben = try await fixture.makePerson("Ben Tarn", hospital: other)
        let slot = try await fixture.makeSlot("2026-03-06", "MidL", version: version, hospital: other)
        try await fixture.assign(ben, slot, source: "AMION")
        let stored = try await fixture.scrape([ScrapeFixture.row("2026-03-06", "MidL", "Ben Tarn"), row])
        #expect((stored.created, stored.removed, stored.noSlot) == (1, 0, 1))
        #expect(
            try await fixture.assignments() == ["2026-03-06 MidC Ada Quill AMION", "2026-03-06 MidL Ben Tarn AMION"])
    }

    private func ready() async throws -> ScrapeFixture {
        let fixture = try await ScrapeFixture(schema)
        try await fixture.makePerson("Ada Quill")
        try await fixture.makeSlot("2026-03-06", "MidC")
        return fixture
    }

    private func state(_ fixture: ScrapeFixture) async throws -> String? {
        try await fixture.base.text("SELECT b.state || ' ' || r.status FROM scrape_batches b, import_runs r")
    }

    private func written(_ fixture: ScrapeFixture) async throws -> Int {
        try await fixture.base.number(
            "SELECT (SELECT count(*) FROM scrape_batches) + (SELECT count(*) FROM import_runs)")
    }

    private func error(_ body: () async throws -> Void) async -> StoreError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? StoreError
        }
    }
}
