import Coverage
import ScheduleModel
import Testing

/// Domain 6.5.
@Suite struct WorklistGapTests {
    private func windows(_ result: CoverageResult) -> [[Int]] {
        result.worklistGaps.map { [$0.window.startSeconds / 3600, $0.window.endSeconds / 3600] }
    }

    @Test func `a rule without a role is a gap every night that it is for`() throws {
        var fixture = try CoverageFixture(days: 3)
        try fixture.rule(nil, .mid, (17, 24), day: .weekend)
        let result = fixture.result()
        #expect(result.worklistGaps.map(\.reason) == [.noRole, .noRole])
        #expect(result.worklistGaps.map(\.date) == [1, 2].map { CoverageFixture.friday.adding(days: $0) })
        #expect(result.worklistGaps.allSatisfy { $0.roles.isEmpty && $0.campus == "NORTH" })
    }

    @Test(arguments: [
        (StudyType.general, Specialty.bodyOnly, true), (.general, .neuroOnly, true), (.general, .both, true),
        (.body, .bodyOnly, true), (.body, .neuroOnly, false), (.body, .both, true),
        (.neuro, .bodyOnly, false), (.neuro, .neuroOnly, true), (.neuro, .both, true),
    ])
    func `a holder covers what the holder can read`(study: StudyType, specialty: Specialty, isCovered: Bool) throws {
        var fixture = try CoverageFixture()
        fixture.assign(1, specialty, to: try fixture.slot("Mid3"))
        try fixture.rule("Mid3", .mid, (17, 24), study: study)
        let reasons = fixture.result().worklistGaps.map(\.reason)
        #expect(reasons == (isCovered ? [] : [.ineligibleHolder]))
    }

    @Test func `one of several holders, or of several roles, is enough`() throws {
        var fixture = try CoverageFixture()
        let slot = try fixture.slot("Mid3", needs: 2)
        fixture.assign(1, .bodyOnly, to: slot)
        try fixture.rule("Mid3", .mid, (17, 24), study: .neuro)
        try fixture.rule("DAY", .mid, (17, 24), study: .neuro)
        #expect(fixture.result().worklistGaps.map(\.reason) == [.ineligibleHolder])
        #expect(fixture.result().worklistGaps.map(\.roles) == [["DAY", "Mid3"]])
        fixture.assign(2, .neuroOnly, to: slot)
        #expect(fixture.result().worklistGaps.isEmpty)
    }

    @Test func `a slot that nobody holds covers nothing`() throws {
        var fixture = try CoverageFixture()
        try fixture.slot("Mid3")
        try fixture.rule("Mid3", .mid, (17, 24))
        #expect(fixture.result().worklistGaps.map(\.reason) == [.noHolder])
    }

    @Test func `a rule with a scenario wins over one without, only where they overlap`() throws {
        var fixture = try CoverageFixture()
        fixture.assign(1, to: try fixture.slot("MidC"))
        try fixture.rule("MidC", .mid, (17, 24), scenario: .neuro)
        try fixture.rule("Mid3", .mid, (22, 25))
        let result = fixture.result()
        #expect(windows(result) == [[24, 25]])
        #expect(result.worklistGaps.map(\.reason) == [.noHolder])
    }

    @Test func `a rule of the other scenario does not apply`() throws {
        var fixture = try CoverageFixture()
        fixture.assign(1, to: try fixture.slot("MidC"))
        try fixture.rule(nil, .mid, (17, 24), scenario: .body)
        #expect(fixture.result().worklistGaps.isEmpty)
        fixture.assign(2, .bodyOnly, to: 0)
        #expect(fixture.result().worklistGaps.map(\.reason) == [.noRole])
    }

    @Test func `neighbouring gaps of one reason are one, of two reasons two`() throws {
        var fixture = try CoverageFixture()
        try fixture.rule("MidC", .mid, (17, 18))
        try fixture.rule("Mid3", .mid, (18, 20))
        try fixture.rule(nil, .mid, (20, 22))
        try fixture.rule("MidL", .mid, (23, 24))
        let result = fixture.result()
        #expect(windows(result) == [[17, 20], [20, 22], [23, 24]])
        #expect(result.worklistGaps.map(\.reason) == [.noHolder, .noRole, .noHolder])
        #expect(result.worklistGaps.map(\.roles) == [["Mid3", "MidC"], [], ["MidL"]])
    }

    @Test func `two worklists with the same gap stay two, in order`() throws {
        var fixture = try CoverageFixture()
        try fixture.rule(nil, .mid, (17, 18), worklist: 2)
        try fixture.rule(nil, .mid, (18, 19), worklist: 1)
        #expect(fixture.result().worklistGaps.map(\.label) == ["NORTH list 1", "NORTH list 2"])
    }

    @Test func `a block that the clock skips whole is no gap that night`() throws {
        let zone = try #require(ScheduleZone("America/New_York"))
        var fixture = try CoverageFixture(days: 2, from: try #require(LocalDate("2026-03-07")), zone: zone)
        try fixture.rule(nil, .overnight, (26, 27))
        #expect(fixture.result().worklistGaps.map(\.date) == [fixture.period.end])
    }

    @Test func `a holiday counts as a weekend`() throws {
        var fixture = try CoverageFixture()
        try fixture.rule(nil, .mid, (17, 18), day: .weekend)
        #expect(fixture.result().worklistGaps.isEmpty)
        fixture.context = HospitalContext(
            id: id(1), code: "NORTH", zone: .utc, holidays: [CoverageFixture.friday],
            vocabulary: fixture.context.vocabulary)
        #expect(fixture.result().worklistGaps.count == 1)
    }
}
