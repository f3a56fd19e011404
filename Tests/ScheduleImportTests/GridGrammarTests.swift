import Foundation
import ScheduleImport
import ScheduleModel
import Testing

/// The grammar of coverage sheets (domain 3.4 and 3.5), sentence by sentence where `GridLayoutTests` does not go.
@Suite struct GridGrammarTests {
    typealias Row = WorkbookWriter.Row

    func read(
        _ sheets: [(String, [Row])], range: (String, String) = ("2026-03-02", "2026-03-08"),
        holidays: Set<LocalDate> = []
    ) throws -> ScheduleDraft {
        var workbook = WorkbookWriter()
        workbook.sheets = sheets.map { ($0.0, $0.1) }
        return try Workbooks.read(
            workbook.flat, range: Workbooks.range(range.0, range.1), hospital: Workbooks.hospital(holidays: holidays))
    }

    static let grid: [Row] = [["", "MidC", "MidL"], ["NORTH CT Neuro", "x", ""]]

    @Test(arguments: [
        ("Mid\u{a0}5 pm\u{a0}-\u{a0}6 pm", "17:00–18:00"), ("MID Weekday 5:15 - 6:45 PM", "17:15–18:45"),
        ("ON Midnight - 1am", "00:00+1–01:00+1"), ("Mid Noon-Midnight", "12:00–00:00+1"),
        ("Mid 12 pm - 12 am", "12:00–00:00+1"), ("ON 11:59 am - noon", "11:59+1–12:00+1"),
        ("Mid noon - 12:01 pm", "12:00–12:01"), ("ON 8 am - 8 am", "08:00+1–08:00+2"),
        ("Mid 5 pm - 5 pm", "17:00–17:00+1"),
    ])
    func `windows have every form, and one that starts before noon is the next morning`(
        name: String, window: String
    ) throws {
        #expect(Set(try read([(name, Self.grid)]).rules.map(\.window.description)) == [window])
    }

    @Test(arguments: [
        "Mid 10 - midnight", "Mid 5 - noon", "Mid 0 pm - 1 pm", "Mid 5:60 pm - 6 pm", "Mid 5:5 pm - 6 pm",
        "Mid 005 pm - 6 pm",
        "Mid 5 pm", "Mid 5 pm - 6 pm - 7 pm", "Mid Body Weekday 5 pm - 6 pm", "Weekday Mid 5 pm - 6 pm",
        "Mid 5 pm to 6 pm",
        "Mid５ pm - 6 pm",
    ])
    func `a name that is nearly one skips the sheet`(name: String) throws {
        let draft = try read([("Mid 5 pm - 6 pm", Self.grid), (name, Self.grid)])
        #expect(draft.report.messages.map(\.code) == ["INVALID_SHEET_NAME"])
    }

    @Test func `the longest name that can be stored is read, and one that is longer is not`() throws {
        func name(_ length: Int) -> String { "Mid" + String(repeating: " ", count: length - 14) + "5 pm - 6 pm" }
        #expect(try read([(name(255), Self.grid)]).report.total == 0)
        let draft = try read([("Mid 5 pm - 6 pm", Self.grid), (name(256), Self.grid)])
        #expect(draft.report.messages.map(\.code) == ["INVALID_SHEET_NAME"])
    }

    @Test func `a missing day type or scenario means any`() throws {
        let names = ["Mid 5 pm - 6 pm", "Mid Weekend 6 pm - 7 pm", "ON Neuro 1 am - 2 am", "ON weekday body 2am-3am"]
        let draft = try read(names.map { ($0, Self.grid) })
        #expect(
            draft.rules.map { "\($0.category.rawValue) \($0.dayType.rawValue) \($0.scenario.rawValue)" } == [
                "MID ANY ANY", "MID WEEKEND ANY", "ON ANY NEURO", "ON WEEKDAY BODY",
            ])
    }

    @Test func `one role and an empty corner make a header, one role and a filled corner do not`() throws {
        let one = try read([("Mid 5 pm - 6 pm", [["", "MidC"], ["NORTH US", "x"]])])
        #expect(one.rules.count == 1)
        let two = try read([("Mid 5 pm - 6 pm", [["Worklist", "MidC", "mid-l"], ["NORTH US", "", "x"]])])
        #expect(two.rules.map(\.shiftType) == ["MidL"])
        let later = try read([
            ("Mid 5 pm - 6 pm", [["Evenings"], ["Worklist", "MidC"], ["", "MidC"], ["NORTH US", "x"]])
        ])
        #expect(later.rules.map(\.sourceRow) == [4])
    }

    @Test func `a header is compared as a whole, so DX Bone is no ON`() throws {
        let draft = try read([("Mid 5 pm - 6 pm", [["DX Bone", "On call"], ["", "MidC"], ["NORTH US", "x"]])])
        #expect(draft.rules.map(\.sourceRow) == [3])
    }

    @Test func `a gap of one column is no new grid, a gap of two is`() throws {
        let one = try read([("Mid 5 pm - 6 pm", [["", "MidC", "", "MidL"], ["NORTH US", "", "", "x"]])])
        #expect(one.rules.map(\.shiftType) == ["MidL"] && one.facts.grids == 1)
        let two = try read([
            ("Mid 5 pm - 6 pm", [["", "MidC", "", "", "MidL"], ["NORTH US", "x", "", "NORTH US", "x"]])
        ])
        #expect(two.rules.map(\.shiftType) == ["MidC"] && two.facts.grids == 2)
        #expect(two.facts.rows == 2 && two.facts.marks == 2)
        #expect(two.report.messages.map(\.code) == ["DUPLICATE_GRID"])
    }

    @Test func `empty cells keep columns, and the label's column is no role`() throws {
        let draft = try read([
            ("Mid 5 pm - 6 pm", [["Day", "MidC", "", "MidL"], ["x", "", "", "X"], ["NORTH US", .empties(2), " x "]])
        ])
        #expect(draft.rules.map(\.shiftType) == ["MidL", "MidL"])
        #expect(draft.worklists.map(\.label).sorted() == ["NORTH US", "x"])
    }

    @Test func `two columns of one role are one rule`() throws {
        let draft = try read([("Mid 5 pm - 6 pm", [["", "Mid3", "Mid 3"], ["NORTH US", "x", "x"]])])
        #expect(draft.rules.map(\.shiftType) == ["Mid3"])
        #expect(draft.report.total == 0)
    }

    @Test(arguments: [
        ("NORTH CT Neuro Body", "NORTH Body Neuro CT"), ("NORTH Bone US", "NORTH US Bone"),
        ("A CT MR Body", "A MR CT Body"),
    ])
    func `the order of a label's words never matters`(first: String, second: String) throws {
        func worklist(_ label: String) throws -> WorklistDraft? {
            try read([("Mid 5 pm - 6 pm", [["", "MidC"], [.text(label), "x"]])]).worklists.first
        }
        let (one, two) = (try #require(try worklist(first)), try #require(try worklist(second)))
        #expect(one.labelKey == two.labelKey && one.id == two.id)
        #expect(one.modality == two.modality && one.region == two.region && one.studyType == two.studyType)
    }

    @Test func `a holiday is a weekend`() throws {
        let sheets: [(String, [Row])] = [
            ("Mid Weekday 5 pm - 6 pm", [["", "MidC"], ["NORTH US", "x"]]),
            ("Mid Weekend 5 pm - 6 pm", [["", "MidL"], ["NORTH US", "x"]]),
        ]
        let wednesday = try #require(LocalDate("2026-03-04"))
        let draft = try read(sheets, holidays: [wednesday])
        #expect(draft.shifts.map(\.shiftType) == ["MidC", "MidC", "MidL", "MidC", "MidC", "MidL", "MidL"])
    }

    @Test func `the nights of the clock changes are an hour shorter and longer`() throws {
        let sheet: (String, [Row]) = ("ON 1 am - 8 am", [["", "ON1", "ON2"], ["NORTH US", "x"]])
        func hours(_ day: String) throws -> Double {
            let shift = try #require(try read([sheet], range: (day, day)).shifts.first)
            #expect(shift.window.description == "01:00+1–08:00+1")
            return shift.endsAt.timeIntervalSince(shift.startsAt) / 3600
        }
        #expect(try hours("2026-03-06") == 7)
        #expect(try hours("2026-03-07") == 6)
        #expect(try hours("2026-10-31") == 8)
    }

    @Test func `a slot runs from the earliest to the latest block of its roles, whatever the scenario`() throws {
        let draft = try read(
            [
                ("Mid Body 5 pm - 6 pm", [["", "Mid Neuro"], ["NORTH CT Neuro", "x"]]),
                ("Mid Neuro 7 pm - 11 pm", [["", "MidC"], ["NORTH CT Body", "x"]]),
            ], range: ("2026-03-02", "2026-03-02"))
        #expect(draft.shifts.map { "\($0.shiftType) \($0.window)" } == ["MidC 17:00–23:00"])
        #expect(draft.shifts.map(\.studyType) == [.general])
        #expect(draft.shifts.map(\.desiredCoverage) == [1] && draft.shifts.allSatisfy(\.isMandatory))
    }
}
