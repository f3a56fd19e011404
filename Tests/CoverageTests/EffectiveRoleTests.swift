import Coverage
import ScheduleModel
import Testing

/// Domain 6.4, seen through the gaps that it makes.
@Suite struct EffectiveRoleTests {
    /// One night with the two slots of a pair and a worklist for each of the four roles that they may be.
    private func night(
        _ first: String, _ second: String, _ category: ShiftCategory, body: String, neuro: String,
        holders: [(String, Specialty)]
    ) throws -> CoverageResult {
        var fixture = try CoverageFixture()
        let slots = [first: try fixture.slot(first, needs: 2), second: try fixture.slot(second, needs: 2)]
        for (person, holder) in holders.enumerated() {
            fixture.assign(person, holder.1, to: try #require(slots[holder.0]))
        }
        let hours = category == .mid ? (17, 24) : (25, 32)
        for (worklist, role) in [first, second, body, neuro].enumerated() {
            try fixture.rule(role, category, hours, worklist: worklist)
        }
        return fixture.result()
    }

    private func overnight(_ holders: [(String, Specialty)]) throws -> CoverageResult {
        try night("ON1", "ON2", .overnight, body: "ONBody", neuro: "ONNeuro", holders: holders)
    }

    private func roles(_ result: CoverageResult) -> [String] { result.worklistGaps.flatMap(\.roles) }

    @Test func `without a body reader everybody works in the slot's own role`() throws {
        let result = try overnight([("ON1", .both), ("ON2", .neuroOnly)])
        #expect(result.effectiveGaps.isEmpty)
        #expect(roles(result) == ["ONBody", "ONNeuro"])
    }

    @Test(arguments: [("ON1", "ON2"), ("ON2", "ON1")])
    func `a body reader on either slot works as body, the other holder as neuro`(body: String, other: String) throws {
        let result = try overnight([(body, .bodyOnly), (other, .both)])
        #expect(result.effectiveGaps.isEmpty)
        #expect(result.worklistGaps.isEmpty)
    }

    @Test func `two body readers leave the neuro role empty`() throws {
        let result = try overnight([("ON1", .bodyOnly), ("ON2", .bodyOnly)])
        #expect(result.effectiveGaps.map(\.role) == ["ONNeuro"])
        #expect(result.effectiveGaps.map(\.date) == [CoverageFixture.friday])
        #expect(roles(result) == ["ONNeuro"])
    }

    @Test func `a body reader alone leaves the neuro role empty too`() throws {
        let result = try overnight([("ON2", .bodyOnly)])
        #expect(result.effectiveGaps.map(\.role) == ["ONNeuro"])
        #expect(roles(result) == ["ON1", "ONNeuro"])
    }

    @Test func `nobody at all is the neuro scenario without an effective gap`() throws {
        let result = try overnight([])
        #expect(result.effectiveGaps.isEmpty)
        #expect(roles(result) == ["ON1", "ON2", "ONBody", "ONNeuro"])
        #expect(result.worklistGaps.allSatisfy { $0.reason == .noHolder })
    }

    @Test func `the evening's pair follows the same rule by itself`() throws {
        let result = try night(
            "MidC", "MidL", .mid, body: "MidBody", neuro: "MidNeuro",
            holders: [("MidC", .bodyOnly), ("MidC", .bodyOnly), ("MidL", .bodyOnly)])
        #expect(result.effectiveGaps.map(\.role) == ["MidNeuro"])
        #expect(roles(result) == ["MidNeuro"])
    }

    @Test func `the two pairs of one date do not touch each other`() throws {
        var fixture = try CoverageFixture()
        fixture.assign(1, .bodyOnly, to: try fixture.slot("MidC"))
        fixture.assign(2, .neuroOnly, to: try fixture.slot("MidL"))
        fixture.assign(3, to: try fixture.slot("ON1"))
        fixture.assign(4, to: try fixture.slot("ON2"))
        try fixture.rule("MidBody", .mid, (17, 24), worklist: 1, scenario: .body)
        try fixture.rule("ON1", .overnight, (25, 32), worklist: 2, scenario: .neuro)
        try fixture.rule("ONBody", .overnight, (25, 32), worklist: 3, scenario: .body)
        let result = fixture.result()
        // The body rule of the overnight block does not apply, and the other two have their holders.
        #expect(result.worklistGaps.isEmpty)
        #expect(result.effectiveGaps.isEmpty)
    }

    @Test func `each date decides by its own holders`() throws {
        var fixture = try CoverageFixture(days: 2)
        for (night, date) in fixture.period.dates.enumerated() {
            fixture.assign(night, night == 0 ? .both : .bodyOnly, to: try fixture.slot("ON1", on: date))
        }
        #expect(fixture.result().effectiveGaps.map(\.date) == [fixture.period.end])
    }

    @Test func `Mid3 is no part of a pair`() throws {
        var fixture = try CoverageFixture()
        fixture.assign(1, .bodyOnly, to: try fixture.slot("Mid3"))
        try fixture.rule("Mid3", .mid, (17, 18), scenario: .neuro)
        let result = fixture.result()
        #expect(result.effectiveGaps.isEmpty)
        #expect(result.worklistGaps.isEmpty)
    }
}
