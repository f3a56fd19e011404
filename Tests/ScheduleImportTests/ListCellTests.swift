import ODS
import ScheduleImport
import ScheduleModel
import Testing

/// What the cells of a dated list may hold (domain 3.2).
@Suite struct ListCellTests {
    @Test func `date cells and number cells count as stored, not as shown`() throws {
        let draft = try Workbooks.read(
            WorkbookWriter.list([
                [.date("2026-03-06"), "Night", .number("3", shown: "three")],
                [.date("2026-03-07T00:00:00"), "Night", .number("4.0", shown: "")],
            ]).archive)
        #expect(draft.shifts.map(\.date.description) == ["2026-03-06", "2026-03-07"])
        #expect(draft.shifts.map(\.desiredCoverage) == [3, 4])
    }

    @Test func `a number that only looks whole is rejected with what is stored`() throws {
        let found = try Workbooks.messages(
            WorkbookWriter.list([
                ["2026-03-06", "Night", "1"], ["2026-03-07", "Night", .number("2.5", shown: "3")],
                ["2026-03-08", "Night", .time("PT3H")], [.number("46087", shown: "2026-03-06"), "Night", "1"],
                [.time("PT17H"), "Night", "1"], [.date("2026-13-06"), "Night", "1"],
            ]).flat)
        #expect(
            found.map(\.code) == [
                "INVALID_VALUE", "INVALID_VALUE", "INVALID_FORMAT", "INVALID_FORMAT", "INVALID_FORMAT",
            ])
        #expect(
            found.map { $0.details?["actual"] } == ["2.5", "03:00", "2026-03-06", "17:00", "2026-13-06"])
    }

    @Test(arguments: [("1", 1), ("1000", 1000), ("000000000012", 12)])
    func `the smallest and the largest head count are taken`(text: String, count: Int) throws {
        let draft = try Workbooks.read(WorkbookWriter.list([.init(["2026-03-06", "Night", .text(text)])]).flat)
        #expect(draft.shifts.map(\.desiredCoverage) == [count])
    }

    @Test(arguments: ["0", "1001", "99999999999999999999"])
    func `one less and one more are not`(text: String) throws {
        let found = try Workbooks.messages(WorkbookWriter.list([.init(["2026-03-06", "Night", .text(text)])]).flat)
        #expect(found.map(\.code) == ["INVALID_VALUE", "ODS_IMPORT_FAILED"])
    }

    @Test func `cells are trimmed, also of no-break spaces`() throws {
        let draft = try Workbooks.read(
            WorkbookWriter.list([
                ["\u{a0}2026-03-06 ", "\u{a0}Mid\u{a0}C ", " 2\u{a0}", "\u{a0}Body_Only", " neuro\u{a0}"]
            ])
            .archive)
        let shift = try #require(draft.shifts.first)
        #expect(shift.shiftType == "MidC" && shift.desiredCoverage == 2)
        #expect(shift.constraint == .bodyOnly && shift.studyType == .neuro)
        #expect(draft.report.total == 0)
    }

    @Test(arguments: [
        ["Date", "Shift", "Required", "Specialty", "Study"],
        ["DATE", "shift type", "required_staffing", "specialty constraint", "STUDY TYPE"],
        ["\u{a0}date_", "SHIFT_TYPE", "Staffing", "SpecialtyConstraint", "study_type"],
    ])
    func `headers are found under their synonyms, whatever case, spaces and underscores`(header: [String]) throws {
        let workbook = WorkbookWriter(
            ("Any", [.init(header.map { .text($0) }), ["2026-03-06", "Night", "2", "BODY_ONLY", "NEURO"]]))
        let shift = try #require(try Workbooks.read(workbook.flat).shifts.first)
        #expect(shift.desiredCoverage == 2 && shift.constraint == .bodyOnly && shift.studyType == .neuro)
    }

    @Test func `unknown columns are ignored, and a row with a note only is no blank row`() throws {
        let workbook = WorkbookWriter(
            (
                "Any",
                [
                    ["Notes", "Date", "ShiftType", "RequiredStaffing"], ["see below", "2026-03-06", "Night", "1"],
                    ["a note", "", "", ""], .init([.empties(4)]), ["", "2026-03-07", "Night", "1"],
                    .init([.empties(1024)], count: 1_000_000),
                ]
            ))
        let draft = try Workbooks.read(workbook.archive)
        #expect(draft.counters.created == 2 && draft.counters.failed == 1)
        #expect(draft.counters.skippedBlank == 1)
        #expect(draft.report.messages("MISSING_REQUIRED_FIELD").map(\.location?.cell) == ["B3", "C3", "D3"])
    }

    @Test func `only the first sheet is read`() throws {
        var workbook = WorkbookWriter.list([["2026-03-06", "Night", "1"]])
        workbook.sheets.append(("Mid 5 pm - 6 pm", [["", "MidC"], ["NORTH US", "x"]]))
        workbook.sheets.append(("Other", [["Date", "ShiftType"], ["nonsense", "Tea"]]))
        let draft = try Workbooks.read(workbook.flat)
        #expect(draft.layout == .list && draft.counters.total == 1 && draft.report.total == 0)
        #expect(draft.facts.sheets == 3 && draft.facts.rows == 1)
    }

    @Test func `a hospital's own words are mapped, and of two spellings of one word always the same counts`() throws {
        let settings = try Workbooks.settings(
            """
            {"layout_a": {"study_map": {"Type-A": "BODY", "type a": "NEURO", "Type B": "NEURO"},
                "specialty_map": {"ICU": "NEURO_ONLY", "broken": "NO_SUCH"}}}
            """)
        let rows: [WorkbookWriter.Row] = [
            ["2026-03-06", "Night", "1", "icu", "TYPE_A"], ["2026-03-07", "Night", "1", "broken", "type-b"],
        ]
        let draft = try Workbooks.read(
            WorkbookWriter.list(rows).flat, hospital: Workbooks.hospital(settings: settings))
        #expect(draft.shifts.map(\.studyType) == [.body, .neuro])
        #expect(draft.shifts.map(\.constraint) == [.neuroOnly, .both])
        #expect(draft.shifts.map(\.sourceStudy) == [nil, nil])
        #expect(draft.shifts.map(\.sourceSpecialty) == [nil, "broken"])
    }

    @Test func `rows with other words are other shifts, also after normalising`() throws {
        let rows: [WorkbookWriter.Row] = [
            ["2026-03-06", "Night", "1", "ICU", "A"], ["2026-03-06", "Night", "1", "icu ", "a"],
            ["2026-03-06", "Night", "1", "A", "ICU"], ["2026-03-06", "Night", "1", "ICU", "A"],
            ["2026-03-07", "Night", "1", "ICU", "A"], ["2026-03-06", "Day", "1", "ICU", "A"],
        ]
        let draft = try Workbooks.read(WorkbookWriter.list(rows).flat)
        #expect(draft.shifts.map(\.sourceRow) == [7, 2, 4, 6])
        #expect(draft.shifts.map(\.sourceKey) == ["a|icu", "a|icu", "icu|a", "a|icu"])
        #expect(draft.report.messages("DUPLICATE_ENTRY").map { $0.details?["first_row"] } == ["2", "2"])
        #expect(draft.report.messages("UNMAPPED_VALUE").map { $0.details?["count"] } == ["3", "3", "1", "1"])
    }

    @Test func `words that just fit are kept`() throws {
        let (study, specialty) = (String(repeating: "s", count: 127), String(repeating: "p", count: 127))
        let row = WorkbookWriter.Row(["2026-03-06", "Night", "1", .text(specialty), .text(study)])
        let draft = try Workbooks.read(WorkbookWriter.list([row]).flat)
        #expect(draft.shifts.map(\.sourceKey) == ["\(study)|\(specialty)"])
        let longer = WorkbookWriter.Row(["2026-03-06", "Night", "1", .text(specialty), .text(study + "s")])
        #expect(try Workbooks.messages(WorkbookWriter.list([longer]).flat).first?.code == "INVALID_VALUE")
    }

    @Test func `without shifts to keep the same is counted and said`() throws {
        let bytes = WorkbookWriter.list([
            ["2026-03-06", "Night", "1"], ["2026-03-09", "Night", "1", "ICU"], ["2026-03-06", "Night", "none"],
        ]).flat
        let today = try #require(LocalDate("2026-03-06"))
        let kept = try Workbooks.read(bytes)
        let counted = try ScheduleImporter(
            context: Workbooks.hospital(), options: ImportOptions(today: today, keepsShifts: false)
        ).read(bytes)
        #expect(counted.shifts.isEmpty)
        #expect(counted.facts == kept.facts && counted.facts.shifts == 2)
        #expect(counted.range == kept.range && counted.counters == kept.counters)
        #expect(counted.report.messages.map(\.code) == kept.report.messages.map(\.code))
    }
}
