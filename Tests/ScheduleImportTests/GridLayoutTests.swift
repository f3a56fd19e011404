import ODS
import ScheduleImport
import ScheduleModel
import Testing

@Suite struct GridLayoutTests {
    func read(_ sheets: [(name: String, rows: [[String]])]) throws -> ScheduleDraft {
        try Workbooks.read(Workbooks.flat(sheets), range: Workbooks.range("2026-03-02", "2026-03-08"))
    }

    let grid = [["", "MidC", "MidL"], ["NORTH CT Neuro", "x", ""], ["KIDS Neuro ", "", "X"]]

    @Test(arguments: [
        ("Mid Weekday Body 5 - 6 pm", "17:00–18:00"), ("Mid 5 pm - 6 pm", "17:00–18:00"),
        ("mid 10pm-Midnight", "22:00–00:00+1"), ("Mid  12am-1am", "00:00+1–01:00+1"),
        ("Mid noon – 5:30 pm", "12:00–17:30"),
        ("ON Weekend Neuro 1 am — 8 am", "01:00+1–08:00+1"), ("Mid Weekday 6 pm - 12 am", "18:00–00:00+1"),
    ])
    func `a sheet's name gives its block of the night`(name: String, window: String) throws {
        let draft = try read([(name, grid)])
        #expect(Set(draft.rules.map(\.window.description)) == [window])
    }

    @Test(arguments: ["Summary", "Mid", "Mid Weekday", "Mid 5 - 6", "Mid 13 pm - 2 am", "Midnight 5 pm - 6 pm"])
    func `a name that gives none skips the sheet with a warning`(name: String) throws {
        let draft = try read([("Mid 5 pm - 6 pm", grid), (name, grid)])
        #expect(draft.report.messages("INVALID_SHEET_NAME").map(\.location?.sheet) == [name])
        #expect(draft.counters.total == 2)
    }

    @Test func `a name that starts with an underscore is skipped silently`() throws {
        let draft = try read([("Mid 5 pm - 6 pm", grid), ("_notes", [["anything"]])])
        #expect(draft.report.total == 0)
    }

    @Test func `text that is no mark is reported with its cell`() throws {
        let draft = try read([("Mid 5 pm - 6 pm", [["", "MidC"], ["NORTH US", "yes"]])])
        #expect(draft.report.messages("UNRECOGNISED_MARK").map(\.location?.cell) == ["B2"])
        #expect(draft.report.count("UNCOVERED_WORKLIST") == 1)
    }

    @Test func `a mark under a header that is no role is reported, not lost`() throws {
        let draft = try read([("Mid 5 pm - 6 pm", [["", "MidC", "Mid9"], ["NORTH US", "", "x"]])])
        #expect(draft.report.messages("UNRECOGNISED_MARK").map(\.location?.cell) == ["C2"])
    }

    @Test func `two marks give two rules`() throws {
        let draft = try read([("Mid 5 pm - 6 pm", [["", "MidC", "MidL"], ["NORTH US", "x", "x"]])])
        #expect(draft.rules.map(\.shiftType) == ["MidC", "MidL"])
        #expect(draft.report.count("MULTIPLE_MARKS") == 1)
    }

    @Test(arguments: [
        ("NORTH CT Neuro", StudyType.neuro), ("HILL Body MR", .body), ("NORTH US", .body), ("LAKE DX Bone", .general),
        ("LAKE DX Chest/Abd", .body), ("KIDS Neuro ", .neuro), ("NORTH PET Scan", .general),
    ])
    func `the label's words say who can read a worklist`(label: String, study: StudyType) throws {
        let draft = try read([("Mid 5 pm - 6 pm", [["", "MidC"], [label, "x"]])])
        #expect(draft.worklists.map(\.studyType) == [study])
        #expect(draft.report.count("UNMAPPED_VALUE") == (label.contains("PET") ? 1 : 0))
    }

    @Test func `words in another order are the same worklist`() throws {
        let draft = try read([
            ("Mid 5 pm - 6 pm", [["", "MidC"], ["HILL CT Neuro", "x"]]),
            ("Mid 6 pm - 7 pm", [["", "MidC"], ["HILL Neuro CT", "x"]]),
        ])
        #expect(draft.worklists.map(\.labelKey) == ["hill ct neuro"])
    }

    @Test func `of two equally specific sheets that disagree the earlier counts`() throws {
        let draft = try read([
            ("Mid 5 pm - 7 pm", [["", "MidC", "MidL"], ["NORTH US", "x", ""]]),
            ("Mid 6 pm - 9 pm", [["", "MidC", "MidL"], ["NORTH US", "", "x"]]),
        ])
        #expect(draft.report.count("DUPLICATE_GRID") == 1)
        #expect(draft.rules.map { "\($0.shiftType ?? "-") \($0.window)" } == ["MidC 17:00–19:00", "MidL 19:00–21:00"])
    }

    static let unusable: [([[String]], ValidationCode)] = [
        ([["", "Technologist"], ["NORTH US", "x"]], "NO_SHIFT_COLUMNS"),
        ([["Worklists"], ["NORTH US"]], "NO_HEADER_ROW"),
        ([["", "MidC"]], "EMPTY_COVERAGE_GRID"),
    ]

    @Test(arguments: unusable)
    func `a workbook without one usable sheet says why`(rows: [[String]], code: ValidationCode) throws {
        let error = #expect(throws: ImportFailure.self) { try read([("Mid 5 pm - 6 pm", rows)]) }
        #expect(error?.message.code == "NO_VALID_SHEETS")
        #expect(error?.report.count(code) == 1)
    }

    @Test func `a workbook of neither layout is refused`() throws {
        let error = #expect(throws: ImportFailure.self) { try read([("Budget", [["Item", "Cost"], ["Tea", "4"]])]) }
        #expect(error?.message.code == "INVALID_FILE_FORMAT")
    }

    @Test func `a demanded layout that the content does not have is refused`() throws {
        let bytes = Workbooks.flat([("Mid 5 pm - 6 pm", grid)])
        let error = #expect(throws: ImportFailure.self) { try Workbooks.read(bytes, layout: .list) }
        #expect(error?.message.code == "INVALID_FILE_FORMAT")
    }

    @Test func `what is no workbook fails with the reader's code`() throws {
        let error = #expect(throws: ImportFailure.self) { try Workbooks.read(Array("hello".utf8)) }
        #expect(error?.message.code == "FILE_READ_ERROR")
    }

    @Test func `too many rows without a label stop the import`() throws {
        let rows = [["", "MidC"]] + Array(repeating: ["", "x"], count: 20)
        let failure = try #require(throws: ImportFailure.self) { try read([("Mid 5 pm - 6 pm", rows)]) }
        #expect(failure.message.code == "ERROR_RATE_EXCEEDED")
        #expect(failure.counters.failed == 20)
    }

    @Test func `a first sheet without a row is known by its name`() throws {
        let failure = try #require(throws: ImportFailure.self) { try read([("Mid 5 pm - 6 pm", [])]) }
        #expect(failure.message.code == "NO_VALID_SHEETS")
        let draft = try read([("Mid 5 pm - 6 pm", []), ("Mid 6 pm - 7 pm", grid)])
        #expect(draft.report.messages("NO_HEADER_ROW").map(\.location?.sheet) == ["Mid 5 pm - 6 pm"])
    }
}
