import ODS
import ScheduleImport
import ScheduleModel
import Testing

/// Every code that a coverage workbook can raise (domain 3.4 and 4.3), provoked by a workbook.
@Suite struct GridCodeTests {
    typealias Row = WorkbookWriter.Row

    static let good: (String, [Row]) = ("Mid 5 pm - 6 pm", [["", "MidC", "MidL"], ["NORTH CT Neuro", "x", ""]])

    /// What is wrong with a workbook, and what is said of it.
    struct Wrong: Sendable, CustomTestStringConvertible {
        let code: ValidationCode
        let severity: Severity
        let location: MessageLocation
        let details: [String: String]
        let sheets: @Sendable () -> [(String, [Row])]

        var testDescription: String { "\(code.rawValue) \(location.cell ?? location.sheet ?? "")" }
    }

    static let wrongs = [
        Wrong(
            code: "INVALID_SHEET_NAME", severity: .warning, location: MessageLocation(sheet: "Budget"),
            details: ["actual": "Budget"]
        ) { [good, ("Budget", [["", "MidC"], ["NORTH US", "x"]])] },
        Wrong(
            code: "INVALID_SHEET_NAME", severity: .warning, location: MessageLocation(sheet: "Empty"),
            details: ["actual": "Empty"]
        ) { [("Empty", []), good] },
        Wrong(
            code: "INVALID_SHEET_NAME", severity: .warning, location: MessageLocation(sheet: good.0),
            details: ["expected": "a name that no other sheet has", "actual": good.0]
        ) { [good, good] },
        Wrong(
            code: "NO_HEADER_ROW", severity: .warning, location: MessageLocation(sheet: "Mid 6 pm - 7 pm", row: 2),
            details: ["actual": "Worklist, MidC"]
        ) { [good, ("Mid 6 pm - 7 pm", [[], ["Worklist", "MidC"], ["NORTH US", "x"]])] },
        Wrong(
            code: "NO_SHIFT_COLUMNS", severity: .warning, location: MessageLocation(sheet: "Mid 6 pm - 7 pm", row: 1),
            details: ["actual": "Technologist, Radiologist"]
        ) { [good, ("Mid 6 pm - 7 pm", [["", "Technologist", "Radiologist"], ["NORTH US", "x"]])] },
        Wrong(
            code: "EMPTY_COVERAGE_GRID", severity: .warning,
            location: MessageLocation(sheet: "Mid 6 pm - 7 pm", row: 1),
            details: ["actual": ""]
        ) { [good, ("Mid 6 pm - 7 pm", [["", "MidC", "MidL"]])] },
        Wrong(
            code: "DUPLICATE_GRID", severity: .warning,
            location: .cell(sheet: "Mid 6 pm - 7 pm", row: 1, column: 5),
            details: ["differing_rows": "2", "labels": "NORTH US; LAKE US", "actual": "one more, of 2 rows"]
        ) {
            [
                good,
                (
                    "Mid 6 pm - 7 pm",
                    [
                        ["", "MidC", "MidL", .empties(2), "MidC", "MidL"],
                        ["NORTH US", "x", "", .empties(1), "NORTH US", "", "x"],
                        ["KIDS Neuro ", "x", "", .empties(1), "KIDS Neuro", "X"],
                        ["LAKE US", "", "x"],
                    ]
                ),
            ]
        },
        Wrong(
            code: "DUPLICATE_GRID", severity: .warning, location: MessageLocation(sheet: "Mid 5:30 pm - 7 pm"),
            details: ["wins": good.0, "differing_rows": "1", "labels": "north ct neuro"]
        ) { [good, ("Mid 5:30 pm - 7 pm", [["", "MidC", "MidL"], ["NORTH Neuro CT", "", "x"]])] },
        Wrong(
            code: "UNRECOGNISED_MARK", severity: .warning,
            location: .cell(sheet: "Mid 6 pm - 7 pm", row: 2, column: 3), details: ["expected": "x", "actual": "xx"]
        ) { [good, ("Mid 6 pm - 7 pm", [["", "MidC", "MidL"], ["NORTH US", "x", " xx "]])] },
        Wrong(
            code: "UNRECOGNISED_MARK", severity: .warning,
            location: .cell(sheet: "Mid 6 pm - 7 pm", row: 3, column: 2), details: ["expected": "x", "actual": "yes"]
        ) { [good, ("Mid 6 pm - 7 pm", [["", "MidC", "MidL"], ["NORTH US", "x"], ["", "yes"]])] },
        Wrong(
            code: "UNCOVERED_WORKLIST", severity: .warning,
            location: .cell(sheet: "Mid 6 pm - 7 pm", row: 2, column: 1),
            details: ["worklist": "KIDS Neuro", "actual": "none"]
        ) { [good, ("Mid 6 pm - 7 pm", [["", "MidC", "MidL"], ["KIDS Neuro "]])] },
        Wrong(
            code: "MULTIPLE_MARKS", severity: .info, location: .cell(sheet: "Mid 6 pm - 7 pm", row: 2, column: 1),
            details: ["actual": "MidC, MidL", "worklist": "NORTH US"]
        ) { [good, ("Mid 6 pm - 7 pm", [["", "MidC", "MidL"], ["NORTH US", "x", "X"]])] },
        Wrong(
            code: "OVERLAPPING_SHEETS", severity: .info, location: MessageLocation(sheet: good.0),
            details: ["wins": "Mid Body 5:30 pm - 8 pm"]
        ) { [good, ("Mid Body 5:30 pm - 8 pm", [["", "MidC", "MidL"], ["NORTH CT Neuro", "", "x"]])] },
        Wrong(
            code: "UNMAPPED_VALUE", severity: .info, location: .cell(sheet: "Mid 6 pm - 7 pm", row: 2, column: 1),
            details: ["actual": "NORTH PET Scan", "count": "2"]
        ) {
            [
                good, ("Mid 6 pm - 7 pm", [["", "MidC", "MidL"], ["NORTH PET Scan", "x"]]),
                ("Mid 7 pm - 8 pm", [["", "MidC", "MidL"], ["NORTH PET Scan", "x"]]),
            ]
        },
        Wrong(
            code: "MISSING_REQUIRED_FIELD", severity: .error,
            location: .cell(sheet: "Mid 6 pm - 7 pm", row: 3, column: 1), details: ["actual": ""]
        ) { [good, ("Mid 6 pm - 7 pm", [["", "MidC", "MidL"], ["NORTH US", "x"], ["\u{a0}", "x"]])] },
        Wrong(
            code: "INVALID_VALUE", severity: .error, location: .cell(sheet: "Mid 6 pm - 7 pm", row: 3, column: 1),
            details: ["actual": "ABCDEFGHIJKLMNOPQRSTU CT Body"]
        ) {
            [
                good,
                (
                    "Mid 6 pm - 7 pm",
                    [
                        ["", "MidC", "MidL"], ["ABCDEFGHIJKLMNOPQRST CT Body", "x"],
                        ["ABCDEFGHIJKLMNOPQRSTU CT Body", "x"],
                    ]
                ),
            ]
        },
    ]

    @Test(arguments: wrongs)
    func `each thing that is wrong is said with its place and what was found`(wrong: Wrong) throws {
        var workbook = WorkbookWriter()
        workbook.sheets = wrong.sheets().map { ($0.0, $0.1) }
        let draft = try Workbooks.read(workbook.archive, range: Workbooks.range("2026-03-02", "2026-03-08"))
        #expect(draft.report.messages.map(\.code) == [wrong.code])
        let message = try #require(draft.report.messages.first)
        #expect(message.severity == wrong.severity)
        #expect(message.location == wrong.location)
        for (name, value) in wrong.details { #expect(message.details?[name] == value, "\(name)") }
        // What is kept is still there.
        #expect(draft.rules.contains { $0.sheetName == Self.good.0 && $0.shiftType == "MidC" })
    }

    @Test func `a block that a clock change leaves no length is said and gets no slot`() throws {
        let workbook = WorkbookWriter(("ON 2 am - 3 am", [["", "ON1", "ON2"], ["NORTH US", "x"]]))
        let draft = try Workbooks.read(workbook.flat, range: Workbooks.range("2026-03-06", "2026-03-08"))
        #expect(draft.shifts.map(\.date.description) == ["2026-03-06", "2026-03-08"])
        #expect(
            draft.report.messages("SKIPPED_BY_CLOCK_CHANGE").map(\.details) == [["actual": "2026-03-07 ON1"]])
    }

    @Test func `another range says of a clock change only what was not said`() throws {
        let workbook = WorkbookWriter(("ON 2 am - 3 am", [["", "ON1", "ON2"], ["NORTH US", "x"]]))
        let draft = try Workbooks.read(workbook.flat, range: Workbooks.range("2026-03-06", "2026-03-08"))
        let importer = ScheduleImporter(
            context: try Workbooks.hospital(), options: ImportOptions(today: try #require(LocalDate("2026-03-06"))))
        var told: [ValidationMessage] = []
        let adapted = try importer.adapt(draft, to: Workbooks.range("2026-03-01", "2027-03-31")) { told.append($0) }
        #expect(told.map(\.details) == [["actual": "2027-03-13 ON1"]])
        #expect(adapted.report.finished == draft.report.finished + told)
        #expect(adapted.shifts.count == 396 - 2)
    }

    @Test func `more worklist rows than a workbook may have are cut with a warning`() throws {
        func read(_ count: Int) throws -> ScheduleDraft {
            let rows: [Row] = [["", "MidC", "MidL"], .init(["NORTH US", "x"], count: count)]
            return try Workbooks.read(
                WorkbookWriter(("Mid 5 pm - 6 pm", rows)).flat, range: Workbooks.range("2026-03-02", "2026-03-02"))
        }
        let most = try read(20_000)
        #expect(most.rules.count == 20_000 && most.report.total == 0)
        let cut = try read(20_002)
        #expect(cut.rules.count == 20_000 && cut.counters.total == 20_000)
        #expect(cut.report.messages.map(\.code) == ["LIMIT_TRUNCATED"])
        #expect(cut.report.messages.first?.location == MessageLocation(sheet: "Mid 5 pm - 6 pm", row: 20_002))
    }
}
