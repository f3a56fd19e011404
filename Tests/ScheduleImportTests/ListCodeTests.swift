import ODS
import ScheduleImport
import ScheduleModel
import Testing

/// Every code that a dated list can raise (domain 3.2 and 4.3), provoked by a workbook.
@Suite struct ListCodeTests {
    /// A row that is wrong, in row 3, and what is said of it.
    struct Wrong: Sendable, CustomTestStringConvertible {
        let cells: [String]
        let severity: Severity
        let code: ValidationCode
        let field: String
        let cell: String
        let expected: String
        let actual: String

        var testDescription: String { "\(code.rawValue) \(actual)" }

        init(
            _ cells: [String], _ severity: Severity, _ code: ValidationCode, _ field: String, _ cell: String,
            expected: String, actual: String
        ) {
            self.cells = cells
            self.severity = severity
            self.code = code
            self.field = field
            self.cell = cell
            self.expected = expected
            self.actual = actual
        }
    }

    static let long = String(repeating: "w", count: 255)

    static let wrongs = [
        Wrong(
            ["", "Night", "1"], .error, "MISSING_REQUIRED_FIELD", "Date", "A3", expected: "YYYY-MM-DD", actual: ""),
        Wrong(
            ["2026-03-07", "\u{a0} ", "1"], .error, "MISSING_REQUIRED_FIELD", "ShiftType", "B3",
            expected: "a code or synonym of the vocabulary", actual: ""),
        Wrong(
            ["2026-03-07", "Night", ""], .error, "MISSING_REQUIRED_FIELD", "RequiredStaffing", "C3",
            expected: "integer 1...1000", actual: ""),
        Wrong(
            ["2026-02-29", "Night", "1"], .error, "INVALID_FORMAT", "Date", "A3", expected: "YYYY-MM-DD",
            actual: "2026-02-29"),
        Wrong(
            ["2026-03-32", "Night", "1"], .error, "INVALID_FORMAT", "Date", "A3", expected: "YYYY-MM-DD",
            actual: "2026-03-32"),
        Wrong(
            ["2026-04-01", "Night", "1"], .error, "INVALID_DATE_RANGE", "Date", "A3",
            expected: "2026-03-01...2026-03-31", actual: "2026-04-01"),
        Wrong(
            ["2026-02-28", "Night", "1"], .error, "INVALID_DATE_RANGE", "Date", "A3",
            expected: "2026-03-01...2026-03-31", actual: "2026-02-28"),
        Wrong(
            ["2026-03-07", "Radiologist", "1"], .error, "UNKNOWN_SHIFT_TYPE", "ShiftType", "B3",
            expected: "a code or synonym of the vocabulary", actual: "Radiologist"),
        Wrong(
            ["2026-03-07", "Night", "twenty"], .error, "INVALID_VALUE", "RequiredStaffing", "C3",
            expected: "integer 1...1000", actual: "twenty"),
        Wrong(
            ["2026-03-07", "Night", "1", "a", long], .error, "INVALID_VALUE", "StudyType", "E3",
            expected: "at most 254 characters in both", actual: String(repeating: "w", count: 119) + "…"),
        Wrong(
            ["2026-03-06", "Night", "9"], .warning, "DUPLICATE_ENTRY", "Date", "A3",
            expected: "one row for each date, shift type, study and specialty", actual: "2026-03-06 NIGHT"),
        Wrong(
            ["2026-03-07", "Night", "1", "ICU"], .info, "UNMAPPED_VALUE", "SpecialtyConstraint", "D3",
            expected: "BODY_ONLY, NEURO_ONLY, BOTH", actual: "ICU"),
        Wrong(
            ["2026-03-07", "Night", "1", "", "Type-A"], .info, "UNMAPPED_VALUE", "StudyType", "E3",
            expected: "GENERAL, BODY, NEURO", actual: "Type-A"),
    ]

    @Test(arguments: wrongs)
    func `each wrong row is said with sheet, row, column, cell, expected and actual`(wrong: Wrong) throws {
        let rows = [WorkbookWriter.Row(["2026-03-06", "Night", "1"]), .init(wrong.cells.map { .text($0) })]
        let found = try Workbooks.messages(
            WorkbookWriter.list(rows).archive, range: Workbooks.range("2026-03-01", "2026-03-31"))
        #expect(found.map(\.code) == [wrong.code])
        let message = try #require(found.first)
        #expect(message.severity == wrong.severity)
        #expect(message.field == wrong.field)
        let column = try #require(["A", "B", "C", "D", "E"].firstIndex(of: String(wrong.cell.prefix(1)))) + 1
        #expect(message.location == MessageLocation(sheet: "Sheet1", row: 3, column: column, cell: wrong.cell))
        #expect(message.details?["expected"] == wrong.expected)
        #expect(message.details?["actual"] == wrong.actual)
    }

    @Test func `a slot that a clock change leaves no length is said and left out`() throws {
        // 02:00 to 03:00 of 2026-03-08 does not exist in New York, and belongs to the evening before.
        let brief = ShiftType(
            code: "BRIEF", window: try #require(ShiftWindow(startSeconds: 26 * 3600, endSeconds: 27 * 3600)))
        let draft = try Workbooks.read(
            WorkbookWriter.list([["2026-03-06", "Brief", "1"], ["2026-03-07", "Brief", "1"]]).archive,
            hospital: Workbooks.hospital(adding: [brief]))
        #expect(draft.shifts.map(\.date.description) == ["2026-03-06"])
        let message = try #require(draft.report.messages("SKIPPED_BY_CLOCK_CHANGE").first)
        #expect(message.severity == .info)
        #expect(message.location == .cell(sheet: "Sheet1", row: 3, column: 1))
        #expect(message.details?["actual"] == "2026-03-07 BRIEF")
        #expect(draft.counters.outcome == .success)
    }

    @Test func `a role whose slot the vocabulary lacks rejects the row instead of losing it`() throws {
        let orphan = ShiftType(
            code: "Orphan", window: try #require(ShiftWindow(startSeconds: 0, endSeconds: 3600)), slotCode: "Nobody")
        let draft = try Workbooks.read(
            WorkbookWriter.list([["2026-03-06", "Night", "1"], ["2026-03-06", "Orphan", "1"]]).flat,
            hospital: Workbooks.hospital(adding: [orphan]))
        #expect(draft.counters.failed == 1)
        #expect(draft.report.messages("UNKNOWN_SHIFT_TYPE").map(\.location?.cell) == ["B3"])
    }

    @Test func `the thousandth message is kept, and past it one note has the counts of every code`() throws {
        func read(bad: Int) throws -> [ValidationMessage] {
            let rows = [
                WorkbookWriter.Row(["2026-03-06", "Night", "1"]), .init(["2026-03-07", "Night", "none"], count: bad),
                .init(["2026-03-07", "Technologist", "1"]),
            ]
            return try Workbooks.messages(WorkbookWriter.list(rows).flat)
        }
        let all = try read(bad: 999)
        #expect(all.count == 1000)
        #expect(all.last?.code == "UNKNOWN_SHIFT_TYPE")
        let cut = try read(bad: 1000)
        #expect(cut.count == 1001)
        #expect(cut.prefix(1000).allSatisfy { $0.code == "INVALID_VALUE" })
        #expect(cut.last?.code == "MESSAGES_TRUNCATED")
        #expect(cut.last?.severity == .info)
        #expect(cut.last?.details == ["INVALID_VALUE": "1000", "UNKNOWN_SHIFT_TYPE": "1"])
    }

    @Test func `a quoted value is cut to 120 characters and shows what is hidden`() throws {
        let (fits, long) = (String(repeating: "a", count: 120), String(repeating: "a", count: 121))
        let rows = [fits, long, "x\u{202E}evil\u{2028}s"].map {
            WorkbookWriter.Row([.text("2026-03-06"), .text($0), "1"])
        }
        let found = try Workbooks.messages(WorkbookWriter.list([["2026-03-06", "Night", "1"]] + rows).archive)
        #expect(
            found.map { $0.details?["actual"] } == [
                fits, String(repeating: "a", count: 119) + "…", #"x\u{202E}evil\u{2028}s"#,
            ])
    }

    @Test func `past the allowed share of bad rows the reading stops, once twenty were read`() throws {
        func read(good: Int, bad: Int, rate: Double) throws -> [ValidationCode] {
            let rows = [
                WorkbookWriter.Row(["2026-03-06", "Night", "1"], count: good),
                .init(["2026-03-07", "Night", "none"], count: bad), .init(["2026-03-08", "Night", "1"], count: 30),
            ]
            return try Workbooks.messages(WorkbookWriter.list(rows).flat, maxErrorRate: rate).map(\.code)
        }
        func stops(_ codes: [ValidationCode]) -> Bool { codes.last == "ERROR_RATE_EXCEEDED" }
        // Nineteen rows are too few to judge; of twenty, ten are half, eleven more.
        #expect(try !stops(read(good: 10, bad: 10, rate: 0.5)))
        #expect(try stops(read(good: 9, bad: 11, rate: 0.5)))
        #expect(try !stops(read(good: 1, bad: 18, rate: 0.9)))
        #expect(try stops(read(good: 1, bad: 19, rate: 0.9)))
        #expect(try !stops(read(good: 1, bad: 999, rate: 1)))
        #expect(try stops(read(good: 19, bad: 1, rate: 0)))
    }

    @Test func `past dates are refused only where the hospital says so`() throws {
        let workbook = WorkbookWriter.list([["2026-03-05", "Night", "1"], ["2026-03-06", "Night", "1"]]).flat
        #expect(try Workbooks.read(workbook).report.total == 0)
        let settings = try Workbooks.settings(#"{"layout_a": {"reject_past": true}}"#)
        let draft = try Workbooks.read(workbook, hospital: Workbooks.hospital(settings: settings))
        let message = try #require(draft.report.messages("INVALID_DATE_RANGE").first)
        #expect(message.location?.cell == "A2")
        #expect(message.details == ["expected": "2026-03-06 or later", "actual": "2026-03-05"])
        #expect(draft.shifts.map(\.date.description) == ["2026-03-06"])
    }
}
