import Coverage
import ScheduleModel
import Testing

@Suite struct OverlapTests {
    private func overlaps(_ hours: [(Int, Int)], people: [Int]? = nil) throws -> [[Int]] {
        var fixture = try CoverageFixture()
        for (index, block) in hours.enumerated() {
            fixture.assign(people?[index] ?? 1, to: try fixture.slot("T\(index)", hours: block))
        }
        let number = Dictionary(
            uniqueKeysWithValues: fixture.assignments.enumerated().map { ($0.element.id, $0.offset) })
        return fixture.result().overlaps.map { [number[$0.earlierAssignmentID] ?? -1, number[$0.assignmentID] ?? -1] }
    }

    @Test func `blocks that touch do not overlap`() throws {
        #expect(try overlaps([(17, 24), (24, 32)]).isEmpty)
    }

    @Test func `a later block is paired with the earlier one that ends last`() throws {
        #expect(
            try overlaps([(8, 20), (9, 10), (11, 12), (19, 21), (20, 22)]) == [[0, 1], [0, 2], [0, 3], [3, 4]])
    }

    @Test func `equal blocks overlap once`() throws {
        #expect(try overlaps([(8, 17), (8, 17)]) == [[0, 1]])
    }

    @Test func `two people never overlap`() throws {
        #expect(try overlaps([(8, 17), (8, 17), (9, 10)], people: [1, 2, 1]) == [[0, 2]])
    }

    @Test func `a night that runs into the next date's day shift overlaps it`() throws {
        var fixture = try CoverageFixture(days: 2)
        fixture.assign(1, to: try fixture.slot("ON1", on: fixture.period.start))
        fixture.assign(1, to: try fixture.slot("MORNING", on: fixture.period.end))
        let overlap = try #require(fixture.result().overlaps.first)
        #expect(overlap.date == fixture.period.end)
        #expect(overlap.earlierAssignmentID == fixture.assignments[0].id)
    }
}
