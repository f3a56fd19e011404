import ODS
import ScheduleImport
import ScheduleModel
import Testing

@Suite struct ListLayoutTests {
    let header = ["Date", "ShiftType", "RequiredStaffing", "SpecialtyConstraint", "StudyType"]

    func read(_ rows: [[String]], range: DateRange? = nil) throws -> ScheduleDraft {
        try Workbooks.read(Workbooks.flat([("Sheet1", [header] + rows)]), range: range, maxErrorRate: 1)
    }

    @Test func `the invalid fixture has 18 good rows and 9 bad ones, each with its cell`() throws {
        let draft = try Workbooks.read(Workbooks.sample("morning-list.ods"))
        #expect(draft.counters.total == 27)
        #expect(draft.counters.created == 18)
        #expect(draft.counters.failed == 9)
        #expect(draft.report.count("MISSING_REQUIRED_FIELD") == 3)
        #expect(draft.report.count("UNKNOWN_SHIFT_TYPE") == 3)
        #expect(draft.report.count("INVALID_VALUE") == 3)
        #expect(draft.report.messages.filter { $0.severity == .error }.allSatisfy { $0.location?.cell != nil })
    }

    @Test(arguments: ["3abc", "2.5", "+3", "-1", "0", "1001", "twenty", "３"])
    func `a head count that is no whole number from 1 to 1000 rejects the row`(text: String) throws {
        let draft = try read([["2026-03-06", "Morning", text, "", ""], ["2026-03-07", "Morning", "1", "", ""]])
        #expect(draft.counters.failed == 1)
        let message = try #require(draft.report.messages("INVALID_VALUE").first)
        #expect(message.location == .cell(sheet: "Sheet1", row: 2, column: 3))
        #expect(message.details?["actual"] == text)
    }

    @Test func `03 is three`() throws {
        #expect(try read([["2026-03-06", "Morning", "03", "", ""]]).shifts.map(\.desiredCoverage) == [3])
    }

    @Test(arguments: ["2026-02-30", "2026-3-06", "06.03.2026", "2026-03-06x", "yesterday"])
    func `a date that is no real day rejects the row`(text: String) throws {
        let draft = try read([[text, "Morning", "1", "", ""], ["2026-03-07", "Morning", "1", "", ""]])
        #expect(draft.report.count("INVALID_FORMAT") == 1)
    }

    @Test func `a date outside the version rejects the row`() throws {
        let draft = try read(
            [["2026-04-01", "Morning", "1", "", ""], ["2026-03-07", "Morning", "1", "", ""]],
            range: Workbooks.range("2026-03-01", "2026-03-31"))
        #expect(draft.report.messages("INVALID_DATE_RANGE").map(\.location?.row) == [2])
    }

    @Test func `the first of two equal rows counts`() throws {
        let draft = try read([["2026-03-06", "Night", "1", "ICU", ""], ["2026-03-06", "overnight", "2", "icu", ""]])
        #expect(draft.shifts.map(\.desiredCoverage) == [1])
        #expect(draft.report.messages("DUPLICATE_ENTRY").map(\.location?.row) == [3])
    }

    @Test func `an unknown word keeps the default and is said once with its count`() throws {
        let draft = try read([
            ["2026-03-06", "Morning", "1", "ICU", "Type-A"], ["2026-03-07", "Morning", "1", "ICU", "BODY"],
        ])
        #expect(draft.shifts.map(\.studyType) == [.general, .body])
        #expect(draft.shifts.map(\.sourceSpecialty) == ["ICU", "ICU"])
        #expect(draft.report.messages("UNMAPPED_VALUE").map { $0.details?["count"] } == ["2", "1"])
    }

    @Test func `an effective role becomes the slot that it stands for`() throws {
        #expect(try read([["2026-03-06", "ON Body", "1", "", ""]]).shifts.map(\.shiftType) == ["ON2"])
    }

    @Test func `columns may stand in any order under their synonyms, and blank rows are counted`() throws {
        let rows = [
            ["", "", ""], ["Staffing", "shift", "DATE"], ["2", "Day", "2026-03-06"], ["", "\u{a0}", ""],
            ["1", "Day", "2026-03-07"],
        ]
        let draft = try Workbooks.read(Workbooks.flat([("Any", rows)]))
        #expect(draft.counters.created == 2)
        #expect(draft.counters.skippedBlank == 1)
    }

    @Test func `a missing required column fails the import by name`() throws {
        let error = #expect(throws: ImportFailure.self) {
            try Workbooks.read(Workbooks.flat([("S", [["Date", "ShiftType"], ["2026-03-06", "Day"]])]))
        }
        #expect(error?.message.code == "MISSING_COLUMN")
        #expect(error?.message.details?["expected"] == "RequiredStaffing")
    }

    @Test func `more bad rows than allowed stop the import after twenty`() throws {
        let bad = (0..<40).map { _ in ["2026-03-06", "Technologist", "1"] }
        let error = #expect(throws: ImportFailure.self) {
            try Workbooks.read(Workbooks.flat([("S", [["Date", "ShiftType", "Required"]] + bad)]))
        }
        #expect(error?.message.code == "ERROR_RATE_EXCEEDED")
        #expect(error?.counters.total == 20)
    }

    @Test func `a list without a good row stores nothing`() throws {
        let error = #expect(throws: ImportFailure.self) { try read([["2026-03-06", "Technologist", "1", "", ""]]) }
        #expect(error?.message.code == "ODS_IMPORT_FAILED")
        #expect(error?.counters.failed == 1)
    }

    @Test func `rows outside the range of the version that it goes into are rejected afterwards`() throws {
        let rows = [["2026-03-06", "Day", "1", "", ""], ["2026-04-06", "Day", "1", "", ""]]
        let draft = try read(rows)
        let today = try #require(LocalDate("2026-03-06"))
        let importer = ScheduleImporter(context: try Workbooks.hospital(), options: ImportOptions(today: today))
        let adapted = try importer.adapt(draft, to: Workbooks.range("2026-03-01", "2026-03-31"))
        #expect(adapted.shifts.map(\.date.description) == ["2026-03-06"])
        #expect(adapted.counters.created == 1 && adapted.counters.failed == 1)
        #expect(adapted.report.messages("INVALID_DATE_RANGE").map(\.location?.row) == [3])
    }

    @Test func `too many rows outside that range stop the import`() throws {
        let inside = (10...14).map { ["2026-03-\($0)", "Day", "1", "", ""] }
        let outside = (10...28).map { ["2026-04-\($0)", "Day", "1", "", ""] }
        let draft = try read(inside + outside)
        let today = try #require(LocalDate("2026-03-06"))
        let importer = ScheduleImporter(context: try Workbooks.hospital(), options: ImportOptions(today: today))
        var told: [ValidationCode] = []
        let error = #expect(throws: ImportFailure.self) {
            try importer.adapt(draft, to: Workbooks.range("2026-03-01", "2026-03-31")) { told.append($0.code) }
        }
        #expect(error?.message.code == "ERROR_RATE_EXCEEDED")
        #expect(told.last == "ERROR_RATE_EXCEEDED")
    }
}
