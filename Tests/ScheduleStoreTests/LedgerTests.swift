import Postgres
import PostgresTestSupport
import ScheduleModel
import Testing

@testable import ScheduleStore

@Suite(.requiresPostgres, .postgresSchema(migrated: true), .timeLimit(.minutes(2))) struct LedgerTests {
    let fixture: StoreFixture

    init() throws { fixture = StoreFixture(try #require(PostgresSchemaTrait.current)) }

    private func run(_ task: String = "t1") async throws -> String? {
        try await fixture.text(
            """
            SELECT concat_ws('|', status, outcome, attempt, error_code, error_message, finished_at IS NOT NULL)
            FROM import_runs WHERE task_id = \(task)
            """)
    }

    @Test func `a failure is one ledger statement, and the retry takes over and clears it`() async throws {
        let hospital = try await fixture.makeHospital()
        let request = StoreFixture.request("t1", hospital: hospital)
        let (_, counts) = try await StatementCounter.counting(run: "t1", phase: "ods") {
            try await fixture.store.recordFailure(
                task: request.task, phase: "ods", hospitalID: hospital, status: .failed, code: "DATABASE_ERROR",
                message: "the server went away")
        }
        counts.expectExactly(0)
        #expect(counts.count(.ledger) == 1)
        #expect(try await run() == "FAILED|FAILED|1|DATABASE_ERROR|the server went away|t")
        guard case .stored(let stored) = try await fixture.importing(request) else {
            Issue.record("not stored")
            return
        }
        #expect(stored.attempt == 2)
        #expect(try await run() == "SUCCEEDED|SUCCESS|2|t")
    }

    @Test func `a late failure never undoes a success`() async throws {
        let hospital = try await fixture.makeHospital()
        let request = StoreFixture.request("t1", hospital: hospital)
        _ = try await fixture.importing(request)
        try await fixture.store.recordFailure(
            task: request.task, phase: "ods", hospitalID: hospital, status: .failed, code: "UNKNOWN_ERROR",
            message: "late")
        #expect(try await run() == "SUCCEEDED|SUCCESS|1|t")
    }

    @Test func `a failure of an older attempt or of another payload changes nothing`() async throws {
        let hospital = try await fixture.makeHospital()
        let task = StoreFixture.task("t1")
        for attempt in [nil, 2, 7] {
            try await fixture.store.recordFailure(
                task: task, phase: "amion", hospitalID: hospital, status: .failed, code: "AUTH_FAILED",
                message: "attempt \(attempt ?? 1)", attempt: attempt)
        }
        #expect(try await run() == "FAILED|FAILED|1|AUTH_FAILED|attempt 1|t")
        try await fixture.store.recordFailure(
            task: StoreFixture.task("t1", payload: StoreFixture.digest("2")), phase: "amion", hospitalID: hospital,
            status: .failed, code: "AUTH_FAILED", message: "other payload")
        #expect(try await run() == "FAILED|FAILED|1|AUTH_FAILED|attempt 1|t")
    }

    @Test func `a cancelled task is not run again and says that it was cancelled`() async throws {
        let hospital = try await fixture.makeHospital()
        let request = StoreFixture.request("t1", hospital: hospital)
        try await fixture.store.recordFailure(
            task: request.task, phase: "ods", hospitalID: hospital, status: .cancelled, code: "UNKNOWN_ERROR",
            message: "cancelled by its owner")
        guard case .alreadyDone(let result) = try await fixture.importing(request) else {
            Issue.record("a cancelled task ran")
            return
        }
        #expect(String(decoding: result, as: UTF8.self).contains(#""status": "CANCELLED""#))
        #expect(try await fixture.importedRows() == 0)
    }

    @Test func `a failure of a hospital that does not exist records nothing`() async throws {
        try await fixture.store.recordFailure(
            task: StoreFixture.task("t1"), phase: "ods", hospitalID: Identifier(DeterministicID.uuid("nobody")),
            status: .failed, code: "HOSPITAL_NOT_FOUND", message: "no such hospital")
        #expect(try await fixture.number("SELECT count(*) FROM import_runs") == 0)
    }

    @Test func `the hospital of a failure can come from the version`() async throws {
        let hospital = try await fixture.makeHospital()
        let request = StoreFixture.request("t1", hospital: hospital)
        _ = try await fixture.importing(request)
        try await fixture.store.recordFailure(
            task: StoreFixture.task("t2", type: "coverage:calculate"), phase: "coverage", hospitalID: nil,
            versionID: request.versionID, status: .failed, code: "COVERAGE_CALC_ERROR", message: "failed")
        #expect(
            try await fixture.text("SELECT hospital_id::text FROM import_runs WHERE task_id = 't2'") == "\(hospital)")
    }

    @Test func `an attempt that is no longer the task's own finishes nothing`() async throws {
        let hospital = try await fixture.makeHospital()
        let request = StoreFixture.request("t1", hospital: hospital)
        let store = fixture.store
        let end: ImportEnd = try await store.transaction(.ods) { transaction in
            let rows = try await transaction.query(ImportStatements.open(request), operation: "insert-version")
            guard case .opened(var stored) = try ImportOpening(rows, request: request) else {
                throw StoreError("UNKNOWN_ERROR", "not opened")
            }
            let draft = StoreFixture.draft(3, range: stored.range, hospital: hospital)
            _ = try await transaction.query(
                ImportWrite.statement(draft, version: stored.versionID, request: request), operation: "insert-shifts")
            stored.attempt -= 1
            return try await store.finish(
                stored, draft, request: request, result: { _, _ in Array("{}".utf8) }, in: transaction)
        }
        guard case .receipt(.superseded) = end else {
            Issue.record("\(end)")
            return
        }
        #expect(try await fixture.importedRows() == 0)
    }

    @Test func `a worker that stops inside its transaction loses it, and its rescuer makes the one version`()
        async throws
    {
        let hospital = try await fixture.makeHospital()
        let request = StoreFixture.request("t1", hospital: hospital)
        let error = await #expect(throws: StoreError.self) {
            try await fixture.store.importSchedule(
                request,
                draft: { range in
                    // What the server does to a stopped worker at the idle limit, and then the rescuer's whole delivery.
                    try runBlocking(
                        fixture.pool,
                        """
                        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                        WHERE state = 'idle in transaction' AND query LIKE 'WITH h AS%'
                            AND pid IN (SELECT pid FROM pg_locks WHERE relation = 'hospitals'::regclass)
                        """)
                    let rescued = try runBlocking { try await fixture.importing(request, count: 5) }
                    guard case .stored = rescued else { throw StoreError("UNKNOWN_ERROR", "not rescued") }
                    return StoreFixture.draft(3, range: range, hospital: hospital)
                }, result: { _, _ in Array("{}".utf8) })
        }
        #expect(error?.code == "DATABASE_ERROR")
        #expect(error?.isRetriable == true)
        #expect(try await fixture.number("SELECT count(*) FROM schedule_versions") == 1)
        #expect(try await fixture.number("SELECT count(*) FROM shift_instances") == 5)
        guard case .alreadyDone = try await fixture.importing(request) else {
            Issue.record("the retry did the work again")
            return
        }
    }
}
