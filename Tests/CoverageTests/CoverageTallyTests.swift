import Coverage
import Foundation
import ScheduleModel
import Testing

/// The cases of domain 6.3, a test each.
@Suite struct CoverageTallyTests {
    @Test func `no shifts need nobody and are fully covered`() throws {
        let result = try CoverageFixture().result()
        #expect(result.overall.required == 0)
        #expect(result.overall.percentage == 100)
        #expect(result.summary == "no shifts")
        // An empty schedule is not a covered one.
        #expect(!result.isAcceptable)
        #expect(result.missingDates == [CoverageFixture.friday])
        #expect(result.count("COVERAGE_GAPS") == 1)
    }

    @Test func `without assignments every slot that needs somebody is uncovered`() throws {
        var fixture = try CoverageFixture(days: 3)
        for date in fixture.period.dates {
            try fixture.slot("ON1", on: date)
            try fixture.slot("DAY", on: date, needs: 2)
        }
        let result = fixture.result()
        #expect(result.overall.percentage == 0)
        #expect(result.statusCounts == [.uncovered: 6])
        #expect(result.gaps.count == 6)
        #expect(result.overall.uncoveredMinutes == 3 * (8 * 60 + 2 * 9 * 60))
        #expect(!result.isAcceptable)
    }

    @Test func `extra people never lift another slot`() throws {
        var fixture = try CoverageFixture()
        let on1 = try fixture.slot("ON1", needs: 2)
        let on2 = try fixture.slot("ON2", needs: 2)
        for person in 1...4 { fixture.assign(person, to: on1) }
        let result = fixture.result()
        #expect(result.overall.percentage == 50)
        #expect(result.overallocated.map(\.slotID) == [fixture.slots[on1].id])
        #expect(result.gaps.map(\.slotID) == [fixture.slots[on2].id])
        #expect(result.gaps.first?.status == .uncovered)
        #expect(result.statusCounts == [.full: 1, .uncovered: 1])
    }

    @Test func `sixty slots over thirty nights filled by five rotating people are fully covered`() throws {
        var fixture = try CoverageFixture(days: 30)
        for (night, date) in fixture.period.dates.enumerated() {
            let mid = try fixture.slot("MidC", on: date)
            let overnight = try fixture.slot("ON1", on: date)
            fixture.assign(2 * night % 5, to: mid)
            fixture.assign((2 * night + 1) % 5, to: overnight)
        }
        let result = fixture.result()
        #expect(result.overall.required == 60)
        #expect(result.overall.percentage == 100)
        #expect(result.isAcceptable)
        #expect(result.summary.contains("full coverage"))
        #expect(result.count("COVERAGE_COMPLETE") == 1)
    }

    @Test func `the same person twice on one slot counts once, with a warning`() throws {
        var fixture = try CoverageFixture()
        let slot = try fixture.slot("MidC", needs: 2)
        fixture.assign(1, to: slot)
        fixture.assign(1, to: slot)
        let result = fixture.result()
        #expect(result.overall.assigned == 1)
        #expect(result.overall.filled == 1)
        #expect(result.count("DUPLICATE_ASSIGNMENT") == 1)
        #expect(result.report.severityCounts[.error] == nil)
        #expect(result.overlaps.isEmpty)
    }

    @Test func `the same person on ON1 ten nights counts ten times`() throws {
        var fixture = try CoverageFixture(days: 10)
        for date in fixture.period.dates { fixture.assign(1, to: try fixture.slot("ON1", on: date)) }
        let result = fixture.result()
        #expect(result.overall.assigned == 10)
        #expect(result.overall.percentage == 100)
        #expect(result.count("DUPLICATE_ASSIGNMENT") == 0)
    }

    @Test(arguments: [
        (1000, 10, 1.00), (3, 1, 33.33), (3, 2, 66.67), (20_000, 19_999, 99.99), (20_000, 1, 0.01), (40_000, 1, 0),
        (8, 1, 12.5), (800, 1, 0.13), (7, 7, 100), (1, 0, 0),
    ])
    func `the percentage is rounded half away from zero, and is 100 only when all is filled`(
        required: Int, assigned: Int, percentage: Double
    ) throws {
        var fixture = try CoverageFixture()
        let slot = try fixture.slot("DAY", needs: required)
        for person in 0..<assigned { fixture.assign(person, to: slot) }
        let result = fixture.result()
        #expect(result.overall.percentage == percentage)
        #expect(result.overall.filled == assigned)
        let status: SlotStatus = assigned == 0 ? .uncovered : assigned == required ? .full : .partial
        #expect(result.statusCounts == [status: 1])
        #expect(result.count("INSUFFICIENT_COVERAGE") == (status == .partial ? 1 : 0))
    }

    @Test func `a slot that needs nobody is not required, and somebody on it is too many`() throws {
        var fixture = try CoverageFixture()
        let unneeded = try fixture.slot("DAY", needs: 0)
        let needed = try fixture.slot("MidC")
        fixture.assign(1, to: unneeded)
        fixture.assign(2, to: needed)
        let result = fixture.result()
        #expect(result.statusCounts == [.notRequired: 1, .full: 1])
        #expect(result.overall.required == 1)
        #expect(result.overall.filled == 1)
        #expect(result.overall.percentage == 100)
        #expect(result.overallocated.map(\.slotID) == [fixture.slots[unneeded].id])
        #expect(result.overallocated.first?.status == .notRequired)
        #expect(result.gaps.isEmpty)
    }

    @Test func `an assignment to a slot that is not live is ignored`() throws {
        var fixture = try CoverageFixture()
        let gone = try fixture.slot("ON1")
        let slot = try fixture.slot("MidC")
        fixture.assign(1, to: gone)
        fixture.assign(1, to: slot)
        fixture.slots.remove(at: gone)
        let result = fixture.result()
        #expect(result.overall.assigned == 1)
        #expect(result.overall.required == 1)
    }

    @Test func `a body reader alone on a neuro slot does not cover it`() throws {
        var fixture = try CoverageFixture()
        fixture.assign(1, .bodyOnly, to: try fixture.slot("DAY", constraint: .neuroOnly))
        let result = fixture.result()
        #expect(result.overall.assigned == 0)
        #expect(result.statusCounts == [.uncovered: 1])
        #expect(result.count("SPECIALTY_CONFLICT") == 1)
        #expect(result.report.severityCounts[.warning, default: 0] >= 1)
    }

    @Test func `a negative need is an error and counts as none`() throws {
        var fixture = try CoverageFixture()
        fixture.assign(1, to: try fixture.slot("DAY", needs: -2))
        let result = fixture.result()
        #expect(result.overall.required == 0 && result.overall.filled == 0)
        #expect(result.statusCounts == [.notRequired: 1])
        #expect(result.report.severityCounts[.error] == 1)
    }

    @Test func `minutes are absolute: a spring night is an hour shorter`() throws {
        let zone = try #require(ScheduleZone("America/New_York"))
        var fixture = try CoverageFixture(from: try #require(LocalDate("2026-03-07")), zone: zone)
        try fixture.slot("ON1")
        try fixture.slot("ONBody", hours: (25, 32))
        #expect(fixture.result().byShiftType.tallies["ON1"]?.uncoveredMinutes == 7 * 60)
        #expect(fixture.result().byShiftType.tallies["ONBody"]?.uncoveredMinutes == 6 * 60)
    }

    @Test func `every grouping names its groups as specified`() throws {
        // Sunday 3 January 2027 lies in the last ISO week of 2026; Monday 4 January starts week 1.
        var fixture = try CoverageFixture(days: 2, from: try #require(LocalDate("2027-01-03")))
        try fixture.slot("MidC", on: fixture.period.start)
        try fixture.slot("ON1", on: fixture.period.end, constraint: .neuroOnly)
        let result = fixture.result()
        #expect(result.byShiftType.sorted.map(\.name) == ["MidC", "ON1"])
        #expect(result.byPosition.sorted.map(\.name) == ["MidC_GENERAL_BOTH", "ON1_NEURO_NEURO_ONLY"])
        #expect(result.byStudyType.sorted.map(\.name) == ["GENERAL", "NEURO"])
        #expect(result.byConstraint.sorted.map(\.name) == ["BOTH", "NEURO_ONLY"])
        #expect(result.byDay.sorted.map(\.name) == ["2027-01-03", "2027-01-04"])
        #expect(result.byWeek.sorted.map(\.name) == ["2026-W53", "2027-W01"])
        #expect(result.byDayType.sorted.map(\.name) == ["WEEKDAY", "WEEKEND"])
        #expect(result.byWindow.sorted.map(\.name).count == 2)
    }

    @Test func `a tally has the stored shape`() throws {
        var fixture = try CoverageFixture(days: 31)
        for (night, date) in fixture.period.dates.enumerated() {
            let slot = try fixture.slot("MidC", on: date)
            if night > 0 { fixture.assign(1, to: slot) }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let json = String(decoding: try encoder.encode(fixture.result().byPosition), as: UTF8.self)
        #expect(
            json
                == #"{"MidC_GENERAL_BOTH":{"assigned":30,"coverage":0.9677,"filled":30,"percentage":96.77,"#
                + #""required":31,"status":"PARTIAL","uncovered_minutes":420}}"#)
    }
}
