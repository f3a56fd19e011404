import Coverage
import Foundation
import ScheduleModel
import Testing

@Suite struct CoverageVerdictTests {
    /// Ten optional slots, so many of them filled.
    private func fixture(filled: Int) throws -> CoverageFixture {
        var fixture = try CoverageFixture(days: 10)
        for (index, date) in fixture.period.dates.enumerated() {
            let slot = try fixture.slot("DAY", on: date)
            if index < filled { fixture.assign(1, to: slot) }
        }
        return fixture
    }

    @Test func `four fifths are acceptable unless somebody says otherwise`() throws {
        #expect(try fixture(filled: 8).result().isAcceptable)
        #expect(try !fixture(filled: 7).result().isAcceptable)
        var strict = try fixture(filled: 8)
        strict.threshold = 80.01
        #expect(!strict.result().isAcceptable)
        let settings = try JSONDecoder().decode(
            HospitalSettings.self, from: Data(#"{"coverage":{"threshold":30}}"#.utf8))
        strict.threshold = nil
        strict.context = HospitalContext(
            id: id(1), code: "NORTH", zone: .utc, vocabulary: strict.context.vocabulary, settings: settings)
        strict.assignments.removeLast(5)
        #expect(strict.result().isAcceptable)
    }

    @Test func `a threshold of two decimals is met by exactly that percentage`() throws {
        for basisPoints in stride(from: 1, to: 10_000, by: 7) {
            var tally = CoverageTally()
            tally.required = 10_000
            tally.filled = basisPoints
            #expect(tally.basisPoints == basisPoints)
            #expect(tally.percentage >= Double(basisPoints) / 100)
        }
        // 1.10 is a threshold whose hundredfold is no whole number in binary.
        var fixture = try CoverageFixture()
        let slot = try fixture.slot("DAY", needs: 1000)
        for person in 0..<11 { fixture.assign(person, to: slot) }
        fixture.threshold = 1.1
        #expect(fixture.result().overall.percentage == 1.1)
        #expect(fixture.result().isAcceptable)
    }

    @Test func `one uncovered mandatory slot is not acceptable, a partly covered one is`() throws {
        var fixture = try fixture(filled: 10)
        let mandatory = try fixture.slot("Mid3", needs: 2)
        #expect(!fixture.result().isAcceptable)
        #expect(fixture.result().criticalGaps.map(\.slotID) == [fixture.slots[mandatory].id])
        fixture.assign(9, to: mandatory)
        #expect(fixture.result().isAcceptable)
        #expect(fixture.result().criticalGaps.count == 1)
    }

    @Test func `a mandatory slot that needs nobody is no gap`() throws {
        var fixture = try fixture(filled: 10)
        try fixture.slot("Mid3", needs: 0)
        #expect(fixture.result().isAcceptable)
    }

    @Test func `an effective gap is not acceptable`() throws {
        var fixture = try fixture(filled: 10)
        let mid = try fixture.slot("MidC")
        fixture.assign(1, to: mid)
        #expect(fixture.result().isAcceptable)
        fixture.assignments.removeLast()
        fixture.assign(1, .bodyOnly, to: mid)
        #expect(!fixture.result().isAcceptable)
        #expect(fixture.result().count("COVERAGE_GAPS") == 1)
    }

    @Test func `worklist gaps warn and do not change the verdict`() throws {
        var fixture = try fixture(filled: 10)
        try fixture.rule(nil, .mid, (17, 18))
        let result = fixture.result()
        #expect(result.isAcceptable)
        #expect(result.worklistGaps.count == 10)
        #expect(result.count("COVERAGE_GAPS") == 1)
        #expect(result.count("COVERAGE_COMPLETE") == 0)
    }

    @Test func `a date without any slot is listed and warns`() throws {
        var fixture = try CoverageFixture(days: 3)
        fixture.assign(1, to: try fixture.slot("DAY", on: fixture.period.start))
        fixture.assign(1, to: try fixture.slot("DAY", on: fixture.period.end))
        let result = fixture.result()
        #expect(result.missingDates == [fixture.period.start.adding(days: 1)])
        #expect(result.isAcceptable)
        #expect(result.count("COVERAGE_GAPS") == 1)
    }

    @Test func `gaps come mandatory first, then by date, start, type`() throws {
        var fixture = try CoverageFixture(days: 2)
        try fixture.slot("DAY", on: fixture.period.start)
        try fixture.slot("ON1", on: fixture.period.end)
        try fixture.slot("MidL", on: fixture.period.end)
        try fixture.slot("MidC", on: fixture.period.end)
        try fixture.slot("ON2", on: fixture.period.start)
        try fixture.slot("AFTERNOON", on: fixture.period.start)
        let types = fixture.result().gaps.map(\.shiftType)
        #expect(types == ["ON2", "MidC", "MidL", "ON1", "DAY", "AFTERNOON"])
    }

    @Test func `types that the vocabulary does not know are listed once each, sorted`() throws {
        var fixture = try CoverageFixture()
        for type in ["Zed", "Alpha", "Zed", "MidC"] { try fixture.slot(type) }
        #expect(fixture.result().unmatched == ["Alpha", "Zed"])
    }

    @Test func `weekdays without a MidC holder are reported, weekends are not`() throws {
        // Friday to Monday: two weekdays.
        var fixture = try CoverageFixture(days: 4)
        for date in fixture.period.dates { try fixture.slot("MidC", on: date) }
        #expect(fixture.result().report.messages.first { $0.code == "MISSING_MIDC" }?.details?["count"] == "2")
        fixture.assign(1, to: 0)
        fixture.assign(1, to: 3)
        #expect(fixture.result().count("MISSING_MIDC") == 0)
    }

    @Test func `where MidC is not in the vocabulary nobody misses it`() throws {
        let types = ShiftType.initial.filter { $0.code != "MidC" && $0.slotCode != "MidC" }
        var fixture = try CoverageFixture(types: types)
        fixture.assign(1, to: try fixture.slot("DAY"))
        #expect(fixture.result().count("MISSING_MIDC") == 0)
    }

    @Test func `the summary counts full, partial and uncovered with one decimal`() throws {
        var fixture = try CoverageFixture()
        let full = try fixture.slot("DAY")
        let partial = try fixture.slot("MORNING", needs: 2)
        try fixture.slot("DOUBLE")
        fixture.assign(1, to: full)
        fixture.assign(2, to: partial)
        #expect(fixture.result().summary == "1 (33.3 %) full, 1 (33.3 %) partial, 1 (33.3 %) uncovered")
    }
}
