import Postgres
import PostgresTestSupport
import ScheduleModel
import ScheduleStore
import Testing

@Suite(.requiresPostgres, .postgresSchema(migrated: true), .timeLimit(.minutes(2))) struct DuplicateImportTests {
    let fixture: StoreFixture

    init() throws { fixture = StoreFixture(try #require(PostgresSchemaTrait.current)) }

    @Test func `the same bytes again are two statements and write the ledger only`() async throws {
        let hospital = try await fixture.makeHospital()
        let first = StoreFixture.request("t1", hospital: hospital)
        _ = try await fixture.importing(first)
        let before = try await fixture.importedRows()
        let second = StoreFixture.request("t2", hospital: hospital)
        let (receipt, counts) = try await StatementCounter.counting(run: "t2", phase: "ods") {
            try await fixture.importing(second)
        }
        counts.expectExactly(2)
        guard case .duplicate(let version, 1, StoreFixture.march) = receipt else {
            Issue.record("\(receipt)")
            return
        }
        #expect(version == first.versionID)
        #expect(try await fixture.importedRows() == before)
        #expect(
            try await fixture.text(
                "SELECT concat_ws('|', status, schedule_version_id, result ->> 'version_id') FROM import_runs WHERE task_id = 't2'"
            )
                == "SUCCEEDED|\(first.versionID)|\(first.versionID)")
        guard case .alreadyDone = try await fixture.importing(second) else {
            Issue.record("the duplicate was not finished")
            return
        }
    }

    @Test func `a dry run names the duplicate and writes nothing`() async throws {
        let hospital = try await fixture.makeHospital()
        let first = StoreFixture.request("t1", hospital: hospital)
        _ = try await fixture.importing(first)
        let before = try await fixture.importedRows()
        let preview = try await fixture.store.previewImport(StoreFixture.request("t2", hospital: hospital))
        #expect(preview.duplicateOf == first.versionID)
        #expect(!preview.versionExists)
        #expect(try await fixture.importedRows() == before)
        #expect(try await fixture.number("SELECT count(*) FROM import_runs") == 1)
    }

    @Test func `force imports the same bytes again`() async throws {
        let hospital = try await fixture.makeHospital()
        _ = try await fixture.importing(StoreFixture.request("t1", hospital: hospital))
        let receipt = try await fixture.importing(StoreFixture.request("t2", hospital: hospital, force: true))
        guard case .stored(let stored) = receipt else {
            Issue.record("\(receipt)")
            return
        }
        #expect(stored.versionNo == 2)
    }

    @Test func `another range, other bytes or another hospital is no duplicate`() async throws {
        let hospital = try await fixture.makeHospital()
        let other = try await fixture.makeHospital("SOUTH")
        _ = try await fixture.importing(StoreFixture.request("t1", hospital: hospital))
        for request in [
            StoreFixture.request("t2", hospital: hospital, range: StoreFixture.range("2026-04-01", "2026-04-30")),
            StoreFixture.request("t3", hospital: hospital, bytes: StoreFixture.digest("c")),
            StoreFixture.request("t4", hospital: other),
        ] {
            guard case .stored = try await fixture.importing(request) else {
                Issue.record("\(request.task.taskID) was not stored")
                return
            }
        }
    }

    @Test func `two tasks with the same bytes at once make one version and one duplicate`() async throws {
        let hospital = try await fixture.makeHospital()
        async let first = fixture.importing(StoreFixture.request("t1", hospital: hospital), count: 500)
        async let second = fixture.importing(StoreFixture.request("t2", hospital: hospital), count: 500)
        let receipts = try await [first, second]
        #expect(receipts.count { if case .stored = $0 { true } else { false } } == 1)
        #expect(receipts.count { if case .duplicate = $0 { true } else { false } } == 1)
        #expect(try await fixture.number("SELECT count(*) FROM schedule_versions") == 1)
        #expect(try await fixture.number("SELECT count(*) FROM import_runs WHERE status = 'SUCCEEDED'") == 2)
        #expect(try await fixture.number("SELECT count(DISTINCT schedule_version_id) FROM import_runs") == 1)
        #expect(try await fixture.number("SELECT count(*) FROM audit_logs") == 1)
    }

    @Test func `a duplicate that committed while we waited for the lock is found at the last statement`() async throws {
        let hospital = try await fixture.makeHospital()
        let first = StoreFixture.request("t1", hospital: hospital)
        let second = StoreFixture.request("t2", hospital: hospital)
        _ = try await fixture.importing(first)
        // As if t1 had not committed yet when t2's first statement looked.
        _ = try await fixture.pool.query("UPDATE schedule_versions SET deleted_at = now()", operation: "test")
        let counter = StatementCounter(run: "t2", phase: "ods")
        let receipt = try await counter.counting {
            try await fixture.store.importSchedule(
                second,
                draft: { range in
                    // The transaction is open here and its first look is done; the schema's own pool is another session.
                    try runBlocking(fixture.pool, "UPDATE schedule_versions SET deleted_at = NULL")
                    return StoreFixture.draft(3, range: range, hospital: hospital)
                }, result: { stored, _ in Array(#"{"version_id": "\#(stored.versionID)"}"#.utf8) })
        }
        counter.counts.expectExactly(3)
        #expect(counter.counts.count(.ledger) == 1)
        guard case .duplicate(let version, 1, _) = receipt else {
            Issue.record("\(receipt)")
            return
        }
        #expect(version == first.versionID)
        #expect(try await fixture.number("SELECT count(*) FROM schedule_versions") == 1)
        #expect(
            try await fixture.text(
                "SELECT concat_ws('|', status, schedule_version_id) FROM import_runs WHERE task_id = 't2'")
                == "SUCCEEDED|\(first.versionID)")
    }
}
