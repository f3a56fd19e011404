import Coverage
import Foundation
import Postgres
import PostgresTestSupport
import ScheduleModel
import Testing

@testable import ScheduleStore

@Suite(.requiresPostgres, .postgresSchema(migrated: true), .timeLimit(.minutes(2))) struct CoverageStoreTests {
    let fixture: StoreFixture

    init() throws { fixture = StoreFixture(try #require(PostgresSchemaTrait.current)) }

    private func request(
        _ task: String = "c1", hospital: Identifier<Hospital>?, version: Identifier<ScheduleVersion>? = nil,
        period: DateRange? = nil
    ) -> CoverageRequest {
        CoverageRequest(
            task: StoreFixture.task(task, type: "coverage:calculate"), hospitalID: hospital, versionID: version,
            period: period)
    }

    private func calculate(
        _ request: CoverageRequest, hospital: Identifier<Hospital>
    ) async throws -> CoverageReceipt {
        let context = try await fixture.store.hospital(id: hospital)
        return try await fixture.store.calculateCoverage(
            request, compute: { input, _ in CoverageCalculator(context: context).calculate(input) },
            result: { result, previous in
                let before = previous.map { "\($0.basisPoints)" } ?? "null"
                return Array(#"{"percentage": \#(result.overall.percentage), "before": \#(before)}"#.utf8)
            })
    }

    /// Puts so many new people on each slot of a version.
    private func staff(_ version: Identifier<ScheduleVersion>, perSlot: Int = 1) async throws {
        _ = try await fixture.pool.query(
            """
            INSERT INTO persons (email, name, specialty)
            SELECT 'p' || n || '@north.example', 'P' || n, 'BOTH' FROM generate_series(1, \(perSlot)) n
            """, operation: "test")
        _ = try await fixture.pool.query(
            """
            INSERT INTO assignments (person_id, shift_instance_id, schedule_date, created_by)
            SELECT p.id, s.id, s.schedule_date, \(Identifier<User>.system.uuid) FROM persons p, shift_instances s
            WHERE s.schedule_version_id = \(version.uuid)
            """, operation: "test")
    }

    @Test(arguments: [1, 100, 10_000]) func `a calculation over any number of assignments is two statements`(
        count: Int
    ) async throws {
        let hospital = try await fixture.makeHospital()
        let imported = StoreFixture.request("t1", hospital: hospital)
        _ = try await fixture.importing(imported, count: count)
        try await staff(imported.versionID)
        _ = try await fixture.store.hospital(id: hospital)
        let (receipt, counts) = try await StatementCounter.counting(run: "c1", phase: "coverage") {
            try await calculate(request(hospital: hospital, version: imported.versionID), hospital: hospital)
        }
        counts.expectExactly(2)
        guard case .stored(let result, imported.versionID) = receipt else {
            Issue.record("\(receipt)")
            return
        }
        #expect(result.overall.required == count)
        #expect(result.overall.filled == count)
        #expect(result.period == StoreFixture.march)
        #expect(result.dataRevision == 1)
    }

    @Test func `what is read is what was imported`() async throws {
        let hospital = try await fixture.makeHospital()
        let imported = StoreFixture.request("t1", hospital: hospital)
        _ = try await fixture.importing(imported, count: 1)
        try await staff(imported.versionID)
        let draft = StoreFixture.draft(1, range: StoreFixture.march, hospital: hospital)
        let shift = try #require(draft.shifts.first)
        let context = try await fixture.store.hospital(id: hospital)
        _ = try await fixture.store.previewCoverage(request(hospital: hospital, version: imported.versionID)) {
            input, _ in
            #expect(
                input.slots == [
                    CoverageSlot(
                        id: DeterministicID.shift(version: imported.versionID, shift), shiftType: "ON1",
                        date: shift.date, window: shift.window, startsAt: shift.startsAt, endsAt: shift.endsAt,
                        studyType: .neuro, constraint: .both, desired: 1, isMandatory: true)
                ])
            #expect(input.assignments.map(\.specialty) == [.both])
            #expect(input.assignments.map(\.slotID) == input.slots.map(\.id))
            #expect(input.rules.count == 2)
            #expect(Set(input.rules.map(\.shiftType)) == ["ON1", nil])
            #expect(input.rules.map(\.label) == ["NORTH CT Neuro", "NORTH CT Neuro"])
            #expect(input.rules.map(\.window) == [shift.window, shift.window])
            return CoverageCalculator(context: context).calculate(input)
        }
        #expect(try await fixture.number("SELECT count(*) FROM import_runs WHERE phase = 'coverage'") == 0)
    }

    @Test func `the stored calculation, the ledger and the audit trail agree`() async throws {
        let hospital = try await fixture.makeHospital()
        let imported = StoreFixture.request("t1", hospital: hospital)
        _ = try await fixture.importing(imported, count: 3)
        try await staff(imported.versionID)
        _ = try await fixture.pool.query(
            "UPDATE assignments SET deleted_at = now() WHERE schedule_date = '2026-03-01'", operation: "test")
        _ = try await calculate(request(hospital: hospital, version: imported.versionID), hospital: hospital)
        #expect(
            try await fixture.text(
                """
                SELECT concat_ws('|', overall_percentage, acceptable, query_count, data_revision, task_id,
                    calculation_period_start_date, coverage_by_position #>> '{ON1_NEURO_BOTH,filled}',
                    coverage_by_position #>> '{ON1_NEURO_BOTH,coverage}', coverage_summary ->> 'total_required',
                    coverage_summary ->> 'average_coverage', jsonb_array_length(coverage_summary -> 'critical_gaps'),
                    jsonb_typeof(validation_errors -> 'messages'))
                FROM coverage_calculations
                """) == "66.67|f|2|1|c1|2026-03-01|2|0.6667|3|66.67|1|array")
        #expect(
            try await fixture.text(
                "SELECT concat_ws('|', status, attempt, schedule_version_id, result) FROM import_runs WHERE task_id = 'c1'"
            )
                == "SUCCEEDED|1|\(imported.versionID)|" + #"{"before": null, "percentage": 66.67}"#)
        #expect(
            try await fixture.number(
                """
                SELECT count(*) FROM audit_logs a JOIN coverage_calculations c ON c.id = a.resource_id
                WHERE a.action = 'CALCULATE_COVERAGE' AND a.new_values ->> 'acceptable' = 'false'
                """) == 1)
    }

    @Test(arguments: ["shift_instances", "assignments", "persons"]) func `only live rows count`(
        table: String
    ) async throws {
        let hospital = try await fixture.makeHospital()
        let imported = StoreFixture.request("t1", hospital: hospital)
        _ = try await fixture.importing(imported, count: 2)
        try await staff(imported.versionID)
        switch table {
        case "shift_instances": try await delete("UPDATE shift_instances SET deleted_at = now()")
        case "assignments": try await delete("UPDATE assignments SET deleted_at = now()")
        default: try await delete("UPDATE persons SET deleted_at = now()")
        }
        let receipt = try await calculate(request(hospital: hospital, version: imported.versionID), hospital: hospital)
        guard case .stored(let result, _) = receipt else {
            Issue.record("\(receipt)")
            return
        }
        #expect(result.overall.required == (table == "shift_instances" ? 0 : 2))
        #expect(result.overall.assigned == 0)
    }

    private func delete(_ query: PostgresQuery) async throws {
        _ = try await fixture.pool.query(query, operation: "test")
    }

    @Test func `the next calculation of the same period sees the one before`() async throws {
        let hospital = try await fixture.makeHospital()
        let imported = StoreFixture.request("t1", hospital: hospital)
        _ = try await fixture.importing(imported, count: 2)
        _ = try await calculate(request("c1", hospital: hospital, version: imported.versionID), hospital: hospital)
        try await staff(imported.versionID)
        let period = StoreFixture.range("2026-03-01", "2026-03-02")
        let seen: [PostgresQuery] = [
            "SELECT result ->> 'before' FROM import_runs WHERE task_id = 'c2'",
            "SELECT result ->> 'before' FROM import_runs WHERE task_id = 'c3'",
        ]
        _ = try await calculate(request("c2", hospital: hospital, version: imported.versionID), hospital: hospital)
        _ = try await calculate(
            request("c3", hospital: hospital, version: imported.versionID, period: period), hospital: hospital)
        #expect(try await fixture.text(seen[0]) == "0")
        #expect(try await fixture.text(seen[1]) == nil)
    }

    @Test func `a calculation delivered twice is stored once`() async throws {
        let hospital = try await fixture.makeHospital()
        let imported = StoreFixture.request("t1", hospital: hospital)
        _ = try await fixture.importing(imported)
        let asked = request(hospital: hospital, version: imported.versionID)
        async let first = calculate(asked, hospital: hospital)
        async let second = calculate(asked, hospital: hospital)
        let receipts = try await [first, second]
        #expect(receipts.count { if case .stored = $0 { true } else { false } } == 1)
        #expect(receipts.count { if case .alreadyDone = $0 { true } else { false } } == 1)
        #expect(try await fixture.number("SELECT count(*) FROM coverage_calculations") == 1)
    }

    @Test func `without a version the newest staging one is taken, else the production one in force`() async throws {
        let hospital = try await fixture.makeHospital()
        let april = StoreFixture.range("2026-04-01", "2026-04-30")
        let requests = [
            StoreFixture.request("t1", hospital: hospital),
            StoreFixture.request("t2", hospital: hospital, range: april),
            StoreFixture.request("t3", hospital: hospital, range: StoreFixture.range("2026-05-01", "2026-05-31")),
        ]
        for request in requests { _ = try await fixture.importing(request) }
        func chosen(_ task: String, _ period: DateRange? = nil) async throws -> Identifier<ScheduleVersion>? {
            let receipt = try await calculate(request(task, hospital: hospital, period: period), hospital: hospital)
            if case .stored(_, let version) = receipt { return version }
            return nil
        }
        #expect(try await chosen("c1") == requests[2].versionID)
        try await delete("UPDATE schedule_versions SET status = 'PRODUCTION'")
        #expect(try await chosen("c2", april) == requests[1].versionID)
        let summer = StoreFixture.range("2026-06-01", "2026-06-30")
        let error = await #expect(throws: StoreError.self) { try await chosen("c3", summer) }
        #expect(error?.code == "INVALID_VERSION_STATE")
    }

    @Test func `the version of another hospital is refused, as is an unknown hospital`() async throws {
        let hospital = try await fixture.makeHospital()
        let other = try await fixture.makeHospital("SOUTH")
        let imported = StoreFixture.request("t1", hospital: other)
        _ = try await fixture.importing(imported)
        let foreign = await #expect(throws: StoreError.self) {
            try await calculate(request(hospital: hospital, version: imported.versionID), hospital: hospital)
        }
        #expect(foreign?.code == "INVALID_VERSION_STATE")
        let unknown = await #expect(throws: StoreError.self) {
            try await calculate(
                request(hospital: Identifier(DeterministicID.uuid("nobody")), version: nil), hospital: hospital)
        }
        #expect(unknown?.code == "HOSPITAL_NOT_FOUND")
        #expect(try await fixture.number("SELECT count(*) FROM import_runs WHERE phase = 'coverage'") == 0)
    }

    @Test func `the hospital comes from the version where it is not given`() async throws {
        let hospital = try await fixture.makeHospital()
        let imported = StoreFixture.request("t1", hospital: hospital)
        _ = try await fixture.importing(imported)
        _ = try await calculate(request(hospital: nil, version: imported.versionID), hospital: hospital)
        #expect(try await fixture.text("SELECT hospital_id::text FROM coverage_calculations") == "\(hospital)")
    }

    @Test func `another payload under the same task id is a conflict`() async throws {
        let hospital = try await fixture.makeHospital()
        _ = try await fixture.importing(StoreFixture.request("t1", hospital: hospital))
        var asked = request(hospital: hospital)
        _ = try await calculate(asked, hospital: hospital)
        asked.task.payloadSHA256 = StoreFixture.digest("9")
        let error = await #expect(throws: StoreError.self) { try await calculate(asked, hospital: hospital) }
        #expect(error?.code == "TASK_ID_CONFLICT")
    }

    @Test func `a stale attempt stores no calculation`() async throws {
        let hospital = try await fixture.makeHospital()
        let imported = StoreFixture.request("t1", hospital: hospital)
        _ = try await fixture.importing(imported)
        let asked = request(hospital: hospital, version: imported.versionID)
        let context = try await fixture.store.hospital(id: hospital)
        let store = fixture.store
        let receipt: CoverageReceipt = try await store.transaction(.coverage) { transaction in
            let rows = try await transaction.query(CoverageStatements.read(asked), operation: "read-version")
            let row = try #require(rows.first)
            let claim = try LedgerClaim(row, task: asked.task)
            let reading = try CoverageReading(row, request: asked)
            // A newer delivery's upsert.
            _ = try await transaction.query(
                "UPDATE import_runs SET attempt = attempt + 1 WHERE task_id = 'c1'", operation: "test")
            let document = try CoverageDocument(
                CoverageCalculator(context: context).calculate(reading.input), ledgerResult: Array("{}".utf8))
            return try await store.store(document, claim: claim, request: asked, in: transaction)
        }
        guard case .superseded = receipt else {
            Issue.record("\(receipt)")
            return
        }
        #expect(try await fixture.number("SELECT count(*) FROM coverage_calculations") == 0)
        #expect(try await fixture.number("SELECT count(*) FROM import_runs WHERE phase = 'coverage'") == 0)
    }
}
