import Postgres
import PostgresTestSupport
import ScheduleModel
import ScheduleStore
import Testing

@Suite(.requiresPostgres, .postgresSchema(migrated: true), .timeLimit(.minutes(2))) struct ImportTests {
    let fixture: StoreFixture

    init() throws { fixture = StoreFixture(try #require(PostgresSchemaTrait.current)) }

    @Test(arguments: [1, 100, 10_000]) func `an import of any size is three statements, one of which writes rows`(
        count: Int
    ) async throws {
        let hospital = try await fixture.makeHospital()
        let request = StoreFixture.request("t1", hospital: hospital)
        let (receipt, counts) = try await StatementCounter.counting(run: "t1", phase: "ods") {
            try await fixture.importing(request, count: count)
        }
        counts.expectExactly(3)
        counts.expect(operation: "insert-shifts", 1)
        guard case .stored(let stored) = receipt else {
            Issue.record("\(receipt)")
            return
        }
        #expect(stored.versionID == request.versionID)
        #expect(stored.versionNo == 1)
        #expect(stored.attempt == 1)
        #expect(stored.range == StoreFixture.march)
        #expect((stored.shiftCount, stored.ruleCount, stored.worklistCount) == (count, 2, 1))
        #expect(
            try await fixture.number(
                "SELECT count(*) FROM shift_instances WHERE schedule_version_id = \(request.versionID.uuid)") == count)
    }

    @Test func `what is stored says all that was read`() async throws {
        let hospital = try await fixture.makeHospital()
        let request = StoreFixture.request("t1", hospital: hospital)
        _ = try await fixture.importing(request, count: 2, failed: 1)
        let version = try await fixture.text(
            """
            SELECT concat_ws('|', status, version_no, effective_start_date, effective_end_date, source, source_name,
                source_sha256, layout, data_revision,
                validation_results #>> '{ods,messages,0,code}', validation_results #>> '{ods,context,warning_count}',
                validation_results #>> '{ods,context,rows,failed}')
            FROM schedule_versions
            """)
        #expect(
            version
                == "STAGING|1|2026-03-01|2026-03-31|ODS|march.ods|\(StoreFixture.digest("b"))|B|1|EMPTY_COVERAGE_GRID|1|1"
        )
        let slot = try await fixture.text(
            """
            SELECT concat_ws('|', shift_type, schedule_date, start_time, end_time, start_day_offset, end_day_offset,
                starts_at, ends_at - starts_at, study_type, specialty_constraint, desired_coverage, is_mandatory,
                source_key, source_row) FROM shift_instances ORDER BY schedule_date LIMIT 1
            """)
        #expect(
            slot
                == "ON1|2026-03-01|00:00:00|08:00:00|1|1|2026-03-02 00:00:00+00|08:00:00|NEURO|BOTH|1|t|key 0|2")
        let rules = try await fixture.text(
            "SELECT string_agg(concat_ws('|', sheet_name, shift_type, day_type), ',' ORDER BY source_row) FROM coverage_rules"
        )
        #expect(rules == "ON weekday|ON1|WEEKDAY,ON weekend|WEEKEND")
        let run = try await fixture.text(
            "SELECT concat_ws('|', status, outcome, attempt, schedule_version_id, result ->> 'shifts') FROM import_runs"
        )
        #expect(run == "SUCCEEDED|PARTIAL|1|\(request.versionID)|2")
        let audit = try await fixture.text(
            "SELECT concat_ws('|', action, resource, resource_id, new_values ->> 'shifts', task_id) FROM audit_logs")
        #expect(audit == "IMPORT_ODS|schedule_versions|\(request.versionID)|2|t1")
    }

    @Test func `a task delivered twice makes one version and gives its stored result back`() async throws {
        let hospital = try await fixture.makeHospital()
        let request = StoreFixture.request("t1", hospital: hospital)
        _ = try await fixture.importing(request)
        let before = try await fixture.importedRows()
        let (again, counts) = try await StatementCounter.counting(run: "t1", phase: "ods") {
            try await fixture.importing(request, count: 9)
        }
        counts.expectExactly(1)
        guard case .alreadyDone(let result) = again else {
            Issue.record("\(again)")
            return
        }
        #expect(String(decoding: result, as: UTF8.self).contains(#""shifts": 3"#))
        #expect(try await fixture.importedRows() == before)
        #expect(try await fixture.number("SELECT attempt FROM import_runs") == 1)
        #expect(try await fixture.number("SELECT last_version_no FROM hospitals") == 1)
    }

    @Test func `two deliveries of one task at once make one version`() async throws {
        let hospital = try await fixture.makeHospital()
        let request = StoreFixture.request("t1", hospital: hospital)
        async let first = fixture.importing(request, count: 500)
        async let second = fixture.importing(request, count: 500)
        let receipts = try await [first, second]
        #expect(receipts.count { if case .stored = $0 { true } else { false } } == 1)
        #expect(receipts.count { if case .alreadyDone = $0 { true } else { false } } == 1)
        #expect(try await fixture.number("SELECT count(*) FROM schedule_versions") == 1)
        #expect(try await fixture.number("SELECT count(*) FROM shift_instances") == 500)
    }

    @Test func `the same task id with another payload is a conflict that changes nothing`() async throws {
        let hospital = try await fixture.makeHospital()
        _ = try await fixture.importing(StoreFixture.request("t1", hospital: hospital))
        let before = try await fixture.importedRows()
        let other = StoreFixture.request("t1", hospital: hospital, payload: StoreFixture.digest("2"))
        let error = await #expect(throws: StoreError.self) { try await fixture.importing(other) }
        #expect(error?.code == "TASK_ID_CONFLICT")
        #expect(error?.isRetriable == false)
        #expect(try await fixture.importedRows() == before)
    }

    @Test func `an unknown hospital is refused`() async throws {
        let request = StoreFixture.request("t1", hospital: Identifier(DeterministicID.uuid("nobody")))
        let error = await #expect(throws: StoreError.self) { try await fixture.importing(request) }
        #expect(error?.code == "HOSPITAL_NOT_FOUND")
        let preview = await #expect(throws: StoreError.self) { try await fixture.store.previewImport(request) }
        #expect(preview?.code == "HOSPITAL_NOT_FOUND")
        #expect(try await fixture.importedRows() == 0)
    }

    @Test func `a failure while the result is made keeps nothing`() async throws {
        struct Failure: Error {}
        let hospital = try await fixture.makeHospital()
        let request = StoreFixture.request("t1", hospital: hospital)
        await #expect(throws: Failure.self) {
            try await fixture.store.importSchedule(
                request, draft: { StoreFixture.draft(3, range: $0, hospital: hospital) },
                result: { _, _ in throw Failure() })
        }
        #expect(try await fixture.importedRows() == 0)
        #expect(try await fixture.number("SELECT count(*) FROM import_runs") == 0)
        #expect(try await fixture.number("SELECT last_version_no FROM hospitals") == 0)
    }

    @Test func `a draft with rejected rows is refused where a part is not allowed`() async throws {
        let hospital = try await fixture.makeHospital()
        let request = StoreFixture.request("t1", hospital: hospital, allowPartial: false)
        let error = await #expect(throws: StoreError.self) { try await fixture.importing(request, failed: 1) }
        #expect(error?.code == "ODS_IMPORT_FAILED")
        #expect(try await fixture.importedRows() == 0)
    }

    @Test func `rows that collapse into one are noticed and nothing is kept`() async throws {
        let hospital = try await fixture.makeHospital()
        let request = StoreFixture.request("t1", hospital: hospital)
        let error = await #expect(throws: StoreError.self) {
            try await fixture.store.importSchedule(
                request,
                draft: { range in
                    var draft = StoreFixture.draft(2, range: range, hospital: hospital)
                    draft.shifts.append(contentsOf: draft.shifts.prefix(1))
                    return draft
                }, result: { _, _ in Array("{}".utf8) })
        }
        #expect(error?.code == "DATABASE_ERROR")
        #expect(try await fixture.importedRows() == 0)
    }

    @Test func `a shift type that the hospital does not have is a database error without values`() async throws {
        let hospital = try await fixture.makeHospital()
        let request = StoreFixture.request("t1", hospital: hospital)
        let error = await #expect(throws: StoreError.self) {
            try await fixture.store.importSchedule(
                request, draft: { StoreFixture.draft(1, range: $0, hospital: hospital, type: "NOSUCH") },
                result: { _, _ in Array("{}".utf8) })
        }
        #expect(error?.code == "DATABASE_ERROR")
        #expect(error?.description.contains("NOSUCH") == false)
        #expect(error?.description.contains("shift_type_fkey") == true)
    }

    @Test func `a version that exists and is empty keeps its own range`() async throws {
        let hospital = try await fixture.makeHospital()
        let request = StoreFixture.request("t1", hospital: hospital)
        _ = try await fixture.pool.query(
            """
            INSERT INTO schedule_versions (id, hospital_id, version_no, effective_start_date, effective_end_date, created_by,
                updated_by)
            VALUES (\(request.versionID.uuid), \(hospital.uuid), 7, '2026-05-01', '2026-05-03',
                \(Identifier<User>.system.uuid), \(Identifier<User>.system.uuid))
            """, operation: "test")
        #expect(try await fixture.store.previewImport(request).range == StoreFixture.range("2026-05-01", "2026-05-03"))
        guard case .stored(let stored) = try await fixture.importing(request) else {
            Issue.record("not stored")
            return
        }
        #expect(stored.range == StoreFixture.range("2026-05-01", "2026-05-03"))
        #expect(stored.versionNo == 7)
    }

    @Test(arguments: ["other hospital", "filled", "PRODUCTION", "ARCHIVED", "deleted"])
    func `a version that may not be filled is refused and stays as it is`(state: String) async throws {
        let hospital = try await fixture.makeHospital()
        let other = try await fixture.makeHospital("SOUTH")
        let request = StoreFixture.request("t2", hospital: hospital, bytes: StoreFixture.digest("c"))
        _ = try await fixture.pool.query(
            """
            INSERT INTO schedule_versions (id, hospital_id, version_no, effective_start_date, effective_end_date, status,
                data_revision, deleted_at, created_by, updated_by)
            VALUES (\(request.versionID.uuid), \(state == "other hospital" ? other.uuid : hospital.uuid), 90, '2026-03-01',
                '2026-03-31', \(state.uppercased() == state ? state : "STAGING"), \(state == "filled" ? 1 : 0),
                CASE WHEN \(state == "deleted") THEN now() END, \(Identifier<User>.system.uuid),
                \(Identifier<User>.system.uuid))
            """, operation: "test")
        let error = await #expect(throws: StoreError.self) { try await fixture.importing(request) }
        #expect(error?.code == "INVALID_VERSION_STATE")
        let preview = await #expect(throws: StoreError.self) { try await fixture.store.previewImport(request) }
        #expect(preview?.code == "INVALID_VERSION_STATE")
        #expect(try await fixture.importedRows() == 1)
        #expect(try await fixture.text("SELECT source_sha256 FROM schedule_versions") == nil)
    }
}
