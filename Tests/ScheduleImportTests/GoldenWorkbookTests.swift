import Foundation
import ODS
import ScheduleImport
import ScheduleModel
import Testing

/// The coverage workbook that domain.md describes sheet by sheet, as the shipped sample has it.
@Suite struct GoldenWorkbookTests {
    let draft: ScheduleDraft

    init() throws {
        draft = try Workbooks.read(
            Workbooks.sample("north-coverage.ods"), range: Workbooks.range("2026-03-01", "2026-03-31"))
    }

    @Test func `reading gives 12 sheets with 13 grids, 292 rows and 291 marks`() {
        #expect(draft.facts.sheets == 12)
        #expect(draft.facts.grids == 13)
        #expect(draft.facts.rows == 292)
        #expect(draft.facts.marks == 291)
        #expect(draft.facts.shifts == 31 * 5)
    }

    @Test func `twelve grids with 269 worklist rows and 268 marks are kept`() {
        #expect(draft.layout == .grid)
        #expect(draft.counters.total == 269)
        #expect(draft.counters.created == 269)
        #expect(draft.rules.count { $0.shiftType != nil } == 268)
        #expect(Set(draft.rules.map(\.sheetName)).count == 12)
        #expect(draft.worklists.count == 23)
    }

    @Test func `the one row without a mark stays as a rule without a role`() {
        let uncovered = draft.rules.filter { $0.shiftType == nil }
        #expect(uncovered.count == 1)
        #expect(uncovered.first?.sheetName == "Mid Weekend Body 5 pm - 12 am")
        #expect(draft.report.count("UNCOVERED_WORKLIST") == 1)
    }

    @Test func `the side grid is left out with a warning`() {
        let dropped = draft.report.messages("DUPLICATE_GRID")
        #expect(dropped.map(\.location) == [.cell(sheet: "Mid Weekend Neuro 5 pm - 12 am", row: 1, column: 21)])
        #expect(dropped.first?.details?["differing_rows"] == "2")
        #expect(dropped.first?.details?["labels"] == "HILL Neuro CT; HILL Neuro MR")
    }

    @Test func `sheets without a scenario are used, and say once a pair that they overlap`() {
        #expect(draft.report.count("OVERLAPPING_SHEETS") == 2)
        #expect(draft.rules.contains { $0.sheetName == "Mid Weekend 10pm-Midnight" && $0.scenario == .any })
        #expect(draft.rules.contains { $0.sheetName == "Mid  12am-1am" && $0.dayType == .any })
    }

    @Test(arguments: [("2026-03-06", "18:00–01:00+1"), ("2026-03-07", "17:00–01:00+1")])
    func `every date has five slots, and Mid3 starts at 18 on weekdays and 17 on weekends`(date: String, mid3: String) {
        let evening = draft.shifts.filter { $0.date.description == date }
        let windows = Dictionary(uniqueKeysWithValues: evening.map { ($0.shiftType, $0.window.description) })
        #expect(
            windows == [
                "MidC": "17:00–00:00+1", "MidL": "17:00–00:00+1", "Mid3": mid3, "ON1": "00:00+1–08:00+1",
                "ON2": "00:00+1–08:00+1",
            ])
    }

    @Test func `the night of the spring change is an hour shorter`() throws {
        let on1 = try #require(draft.shifts.first { $0.shiftType == "ON1" && $0.date.description == "2026-03-07" })
        #expect(on1.endsAt.timeIntervalSince(on1.startsAt) == 7 * 3600)
    }

    @Test func `without a range the workbook is for this month and the five after it`() throws {
        let draft = try Workbooks.read(Workbooks.sample("north-coverage.ods"))
        #expect(draft.range == (try Workbooks.range("2026-03-01", "2026-08-31")))
        #expect(draft.shifts.count == 184 * 5)
    }
}
