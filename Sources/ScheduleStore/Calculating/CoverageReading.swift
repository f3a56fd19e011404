import Coverage
import Foundation
import Postgres
import ScheduleModel

/// The row of statement 7, read.
struct CoverageReading {
    /// What coverage is computed from.
    let input: CoverageInput
    /// The last calculation of the same version and period.
    let previous: PreviousCalculation?

    /// Reads the row.
    ///
    /// - Parameters:
    ///   - row: The one row of statement 7, or of its preview.
    ///   - request: What was asked for.
    /// - Throws: ``StoreError`` HOSPITAL_NOT_FOUND, INVALID_VERSION_STATE, INVALID_DATE_RANGE, or DATABASE_ERROR for a value
    ///   that cannot be read; `PostgresError` for a column that cannot.
    init(_ row: PostgresRow, request: CoverageRequest) throws {
        let versionID: Identifier<ScheduleVersion> = try Self.version(row, request: request)
        guard let period = DateRange(try row.date("period_start"), try row.date("period_end")) else {
            throw StoreError("INVALID_DATE_RANGE", "the period of version \(versionID) ends before it starts")
        }
        input = CoverageInput(
            versionID: versionID, period: period, dataRevision: try row.decode(Int64.self, "data_revision"),
            slots: try Self.slots(row), assignments: try Self.assignments(row), rules: try Self.rules(row))
        previous = try row.decodeOptional(UUID.self, "previous_id").map { id in
            PreviousCalculation(
                id: id, basisPoints: try row.decode(Int.self, "previous_basis_points"),
                isAcceptable: try row.decode(Bool.self, "previous_acceptable"),
                dataRevision: try row.decode(Int64.self, "previous_data_revision"),
                calculatedAt: try row.decode(Date.self, "previous_calculated_at"))
        }
    }

    /// The version that was found; internal, so that it can be asked for before the ledger's columns are read.
    static func version(_ row: PostgresRow, request: CoverageRequest) throws -> Identifier<ScheduleVersion> {
        if let version: Identifier<ScheduleVersion> = try row.optionalID("version_id") { return version }
        if let hospital = request.hospitalID, try !row.decode(Bool.self, "is_hospital_known") {
            throw StoreError.hospitalNotFound(hospital)
        }
        let owner = request.hospitalID.map { " of hospital \($0)" } ?? ""
        let version = request.versionID.map { "version \($0)" } ?? "STAGING or current PRODUCTION version"
        throw StoreError(
            "INVALID_VERSION_STATE", "no live \(version)\(owner) exists. name a version, or import a schedule first")
    }

    private static func slots(_ row: PostgresRow) throws -> [CoverageSlot] {
        let ids = try row.column(UUID.self, "slot_id")
        let types = try row.column(String.self, "slot_type")
        let days = try row.column(Int.self, "slot_day")
        let windows = try windows(row, "slot_window_start", "slot_window_end")
        let starts = try row.column(Double.self, "slot_starts_at")
        let ends = try row.column(Double.self, "slot_ends_at")
        let studies: [StudyType] = try words(row, "slot_study")
        let constraints: [Specialty] = try words(row, "slot_constraint")
        let desired = try row.column(Int.self, "slot_desired")
        let mandatory = try row.column(Bool.self, "slot_mandatory")
        return ids.indices.map { index in
            CoverageSlot(
                id: Identifier(ids[index]), shiftType: types[index], date: LocalDate(dayNumber: days[index]),
                window: windows[index], startsAt: Date(timeIntervalSince1970: starts[index]),
                endsAt: Date(timeIntervalSince1970: ends[index]), studyType: studies[index],
                constraint: constraints[index], desired: desired[index], isMandatory: mandatory[index])
        }
    }

    private static func assignments(_ row: PostgresRow) throws -> [CoverageAssignment] {
        let ids = try row.column(UUID.self, "assignment_id")
        let slots = try row.column(UUID.self, "assignment_slot")
        let people = try row.column(UUID.self, "assignment_person")
        let specialties: [Specialty] = try words(row, "assignment_specialty")
        return ids.indices.map { index in
            CoverageAssignment(
                id: Identifier(ids[index]), slotID: Identifier(slots[index]), personID: Identifier(people[index]),
                specialty: specialties[index])
        }
    }

    private static func rules(_ row: PostgresRow) throws -> [CoverageRuleRow] {
        let worklists = try row.column(UUID.self, "rule_worklist")
        let campuses = try row.column(String.self, "rule_campus")
        let labels = try row.column(String.self, "rule_label")
        let studies: [StudyType] = try words(row, "rule_study")
        let types = try row.column(String?.self, "rule_type")
        let categories: [ShiftCategory] = try words(row, "rule_category")
        let dayTypes: [DayType] = try words(row, "rule_day_type")
        let scenarios: [Scenario] = try words(row, "rule_scenario")
        let windows = try windows(row, "rule_window_start", "rule_window_end")
        return worklists.indices.map { index in
            CoverageRuleRow(
                worklistID: Identifier(worklists[index]), campusCode: campuses[index], label: labels[index],
                studyType: studies[index], shiftType: types[index], category: categories[index],
                dayType: dayTypes[index], scenario: scenarios[index], window: windows[index])
        }
    }

    private static func words<Word: RawRepresentable>(
        _ row: PostgresRow, _ column: String
    ) throws -> [Word] where Word.RawValue == String {
        try row.column(String.self, column).map { text in
            guard let word = Word(rawValue: text) else { throw StoreError.unreadable("a word in \(column)") }
            return word
        }
    }

    private static func windows(_ row: PostgresRow, _ start: String, _ end: String) throws -> [ShiftWindow] {
        try zip(row.column(Int.self, start), row.column(Int.self, end)).map { start, end in
            guard let window = ShiftWindow(startSeconds: start, endSeconds: end) else {
                throw StoreError.unreadable("a block that ends before it starts")
            }
            return window
        }
    }
}
