import Foundation
import Logging
import Postgres
import PostgresTestSupport
import ScheduleModel
import ScheduleStore

/// A store on the running test's schema, and what a test needs to fill it.
struct StoreFixture {
    let store: ScheduleStore
    let pool: PostgresPool

    /// March 2026.
    static let march = range("2026-03-01", "2026-03-31")

    init(
        _ schema: PostgresSchema, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        pool = schema.pool
        let pools = PostgresPools(
            schema.configuration, sizes: [.ods: 2, .coverage: 2, .interactive: 1], logger: PostgresSchema.silent)
        store = ScheduleStore(pools: pools, logger: PostgresSchema.silent, now: now)
    }

    static func range(_ start: String, _ end: String) -> DateRange {
        guard let start = LocalDate(start), let end = LocalDate(end), let range = DateRange(start, end) else {
            preconditionFailure("a test names a period that does not exist")
        }
        return range
    }

    /// Text of 64 hexadecimal digits that stands for a digest.
    static func digest(_ digit: String = "a") -> String { String(repeating: digit, count: 64) }

    static func task(
        _ id: String, type: String = "ods:import", payload: String = digest("1"), worker: String? = nil
    ) -> TaskIdentity {
        TaskIdentity(queue: "north", taskID: id, taskType: type, payloadSHA256: payload, worker: worker)
    }

    static func request(
        _ id: String, hospital: Identifier<Hospital>, version: Identifier<ScheduleVersion>? = nil,
        bytes: String = digest("b"), range: DateRange = march, force: Bool = false, allowPartial: Bool = true,
        payload: String = digest("1")
    ) -> ImportRequest {
        ImportRequest(
            task: task(id, payload: payload), hospitalID: hospital,
            versionID: version ?? DeterministicID.version(queue: "north", taskID: id), sourceSHA256: bytes,
            sourceName: "march.ods", proposedRange: range, force: force, allowPartial: allowPartial)
    }

    /// A draft of so many slots on distinct keys, with a worklist and a rule.
    static func draft(
        _ count: Int, range: DateRange, hospital: Identifier<Hospital>, failed: Int = 0, type: String = "ON1"
    ) -> ScheduleDraft {
        let worklist = WorklistDraft(
            id: DeterministicID.worklist(hospital: hospital, labelKey: "north ct neuro"), campusCode: "NORTH",
            label: "NORTH CT Neuro", labelKey: "north ct neuro", modality: "CT", region: nil, studyType: .neuro)
        guard let window = ShiftWindow(startSeconds: 24 * 3600, endSeconds: 32 * 3600) else {
            preconditionFailure("the block ends after it starts")
        }
        let rules = [
            CoverageRuleDraft(
                worklistID: worklist.id, shiftType: type, category: .overnight, dayType: .weekday, scenario: .any,
                window: window, sheetName: "ON weekday", sourceRow: 3),
            CoverageRuleDraft(
                worklistID: worklist.id, shiftType: nil, category: .overnight, dayType: .weekend, scenario: .any,
                window: window, sheetName: "ON weekend", sourceRow: 4),
        ]
        let shifts = (0..<count).map { index in
            let date = range.start.adding(days: index % range.dayCount)
            let start = Date(timeIntervalSince1970: Double((date.dayNumber + 1) * 86_400))
            return ShiftDraft(
                shiftType: type, date: date, window: window, startsAt: start,
                endsAt: start.addingTimeInterval(8 * 3600), studyType: .neuro, constraint: .both, desiredCoverage: 1,
                isMandatory: true, sourceKey: "key \(index / range.dayCount)", sourceRow: index + 2)
        }
        var counters = RowCounters()
        (counters.total, counters.created, counters.failed) = (count + failed, count, failed)
        var report = ValidationReport()
        report.append(ValidationMessage(.warning, "EMPTY_COVERAGE_GRID", "sheet 2 has no marks"))
        return ScheduleDraft(
            layout: .grid, worklists: [worklist], rules: rules, shifts: ShiftList(shifts), range: range, report: report,
            counters: counters)
    }

    /// Imports so many slots.
    func importing(
        _ request: ImportRequest, count: Int = 3, failed: Int = 0
    ) async throws -> ImportReceipt {
        try await store.importSchedule(
            request, draft: { Self.draft(count, range: $0, hospital: request.hospitalID, failed: failed) },
            result: { stored, _ in
                Array(#"{"version_id": "\#(stored.versionID)", "shifts": \#(stored.shiftCount)}"#.utf8)
            })
    }

    /// Makes a hospital with the initial vocabulary.
    func makeHospital(_ code: String = "NORTH", settings: String = "{}") async throws -> Identifier<Hospital> {
        let id = Identifier<Hospital>(UUID())
        _ = try await pool.query(
            """
            INSERT INTO hospitals (id, code, name, timezone, settings)
            VALUES (\(id.uuid), \(code), \(code), 'America/New_York', \(PostgresJSON(settings)))
            """, operation: "test")
        let types = ShiftType.initial.sorted { ($0.slotCode ?? "", $0.code) < ($1.slotCode ?? "", $1.code) }
        _ = try await pool.query(
            """
            INSERT INTO shift_types (hospital_id, code, label, start_time, end_time, start_day_offset, end_day_offset,
                study_type, specialty_constraint, default_desired, mandatory, slot_code, effective_body_code,
                effective_neuro_code, synonyms, synonym_keys)
            SELECT \(id.uuid), u.*, '{}', '{}'
            FROM unnest(\(types.map(\.code)), \(types.map(\.label)), \(types.map { time($0.window.start) }),
                \(types.map { time($0.window.end) }), \(types.map(\.window.startDayOffset)),
                \(types.map(\.window.endDayOffset)), \(types.map(\.studyType.rawValue)),
                \(types.map(\.constraint.rawValue)), \(types.map(\.defaultDesired)), \(types.map(\.isMandatory)),
                \(types.map(\.slotCode)), \(types.map(\.effectiveBodyCode)), \(types.map(\.effectiveNeuroCode))) AS u
            """, operation: "test")
        return id
    }

    private func time(_ time: LocalTime) -> PostgresTime? {
        PostgresTime(secondsSinceMidnight: time.secondsSinceMidnight)
    }

    /// One number from the database.
    func number(_ query: PostgresQuery) async throws -> Int {
        let rows = try await pool.query(query, operation: "test")
        guard let row = rows.first, let name = rows.columnNames.first else { return 0 }
        return try row.decode(Int.self, name)
    }

    /// One text from the database, `nil` for NULL.
    func text(_ query: PostgresQuery) async throws -> String? {
        let rows = try await pool.query(query, operation: "test")
        guard let row = rows.first, let name = rows.columnNames.first else { return nil }
        return try row.decodeOptional(String.self, name)
    }

    /// Rows in all tables that an import writes.
    func importedRows() async throws -> Int {
        try await number(
            """
            SELECT (SELECT count(*) FROM schedule_versions) + (SELECT count(*) FROM shift_instances)
                + (SELECT count(*) FROM coverage_rules) + (SELECT count(*) FROM worklists)
                + (SELECT count(*) FROM audit_logs)
            """)
    }
}
