import ScheduleImport
import ScheduleModel
import Testing

/// The four dated lists that domain.md 3.2 describes, as `ops/samples/generate --fixtures` makes them.
@Suite struct ListFixtureTests {
    @Test func `the valid list is 150 shifts, one a day, of 2 to 11 people`() throws {
        let draft = try Workbooks.read(Workbooks.fixture("lists/valid.ods"))
        #expect(draft.counters.outcome == .success && draft.counters.total == 150 && draft.counters.created == 150)
        #expect(draft.range == (try Workbooks.range("2025-01-01", "2025-05-30")))
        #expect(Set(draft.shifts.map(\.date)).count == 150)
        #expect(Set(draft.shifts.map(\.desiredCoverage)) == Set(2...11))
        #expect(Set(draft.shifts.map(\.shiftType)) == ["MORNING", "AFTERNOON", "NIGHT"])
        #expect(draft.report.counts == ["UNMAPPED_VALUE": 8])
        #expect(draft.report.canPromote)
    }

    @Test func `the partial list has no study column and 50 shifts`() throws {
        let draft = try Workbooks.read(Workbooks.fixture("lists/partial.ods"))
        #expect(draft.counters.outcome == .success && draft.counters.created == 50)
        #expect(draft.range == (try Workbooks.range("2025-01-01", "2025-02-19")))
        #expect(draft.shifts.allSatisfy { $0.sourceStudy == nil })
    }

    @Test func `the invalid list is partial: 18 good rows and 9 bad`() throws {
        let draft = try Workbooks.read(Workbooks.sample("morning-list.ods"))
        #expect(draft.counters.outcome == .partial)
        #expect((draft.counters.total, draft.counters.created, draft.counters.failed) == (27, 18, 9))
        #expect(
            draft.report.counts.filter { $0.key != "UNMAPPED_VALUE" } == [
                "MISSING_REQUIRED_FIELD": 3, "UNKNOWN_SHIFT_TYPE": 3, "INVALID_VALUE": 3,
            ])
    }

    @Test func `the large list is 1200 shifts to the spring of 2028`() throws {
        let draft = try Workbooks.read(Workbooks.fixture("lists/large.ods"))
        #expect(draft.counters.outcome == .success && draft.counters.created == 1200)
        #expect(draft.range.end.description == "2028-04-14")
    }
}
