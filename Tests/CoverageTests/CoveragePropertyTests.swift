import Coverage
import Foundation
import ScheduleModel
import Testing

/// The calculator against the slow reference, and the properties of domain 6.3, on more than 10,000 small schedules.
@Suite struct CoveragePropertyTests {
    private static let schedules = 1300

    private let context: HospitalContext

    init() throws {
        let vocabulary = try ShiftVocabulary(ShiftType.initial)
        let holiday = try #require(LocalDate("2026-05-05"))
        context = HospitalContext(id: id(1), code: "NORTH", zone: .utc, holidays: [holiday], vocabulary: vocabulary)
    }

    private func calculate(_ input: CoverageInput) -> CoverageResult {
        CoverageCalculator(context: context).calculate(input)
    }

    private func schedules(
        seed: UInt64, count: Int = Self.schedules, _ body: (CoverageInput, inout SeededGenerator) throws -> Void
    ) throws {
        var random = SeededGenerator(seed: seed)
        let start = try #require(LocalDate("2026-05-01"))
        for _ in 0..<count {
            let first = start.adding(days: Int.random(in: 0..<7, using: &random))
            let input = try #require(RandomSchedule.make(context: context, from: first, using: &random))
            try body(input, &random)
        }
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `the calculator agrees with the reference`(seed: UInt64) throws {
        try schedules(seed: seed) { input, _ in
            let reference = ReferenceCoverage(input: input, context: context)
            let result = calculate(input)
            try #require(Self.numbers(result.overall) == reference.tally { _ in true })
            try #require(
                result.overall.percentage
                    == reference.percentage(required: result.overall.required, filled: result.overall.filled))
            for (name, tally) in result.byShiftType.tallies {
                try #require(Self.numbers(tally) == reference.tally { $0.shiftType == name })
            }
            for (name, tally) in result.byDay.tallies {
                try #require(Self.numbers(tally) == reference.tally { $0.date.description == name })
            }
            try #require(result.gaps.map(\.slotID) == reference.gaps)
            let over = Set(input.slots.filter { reference.assigned($0) > reference.desired($0) }.map(\.id))
            try #require(Set(result.overallocated.map(\.slotID)) == over)
            let overlaps = result.overlaps.map {
                ReferenceCoverage.Overlap(later: $0.assignmentID, earlier: $0.earlierAssignmentID)
            }
            try #require(Set(overlaps) == reference.overlaps && overlaps.count == reference.overlaps.count)
            try #require(result.effectiveGaps.map { "\($0.date) \($0.role)" } == reference.effectiveGaps)
            // All windows of these schedules lie on quarters of an hour.
            try #require(Self.minutes(result.worklistGaps, every: 15) == reference.gapMinutes(every: 15))
        }
    }

    @Test func `worklist gaps agree with the reference minute by minute`() throws {
        try schedules(seed: 51, count: 60) { input, _ in
            let reference = ReferenceCoverage(input: input, context: context)
            try #require(
                Self.minutes(calculate(input).worklistGaps, every: 1) == reference.gapMinutes(every: 1))
        }
    }

    @Test func `no two gaps of one worklist, date and reason touch`() throws {
        try schedules(seed: 749) { input, _ in
            let gaps = calculate(input).worklistGaps
            for (gap, next) in zip(gaps, gaps.dropFirst())
            where gap.worklistID == next.worklistID && gap.date == next.date {
                try #require(gap.window.endSeconds <= next.window.startSeconds)
                try #require(gap.window.endSeconds < next.window.startSeconds || gap.reason != next.reason)
            }
        }
    }

    @Test func `the order of the rows never shows`() throws {
        try schedules(seed: 402) { input, random in
            var shuffled = input
            shuffled.slots.shuffle(using: &random)
            shuffled.assignments.shuffle(using: &random)
            shuffled.rules.shuffle(using: &random)
            let (one, other) = (calculate(input), calculate(shuffled))
            try #require(one.overall == other.overall && one.byPosition == other.byPosition)
            try #require(one.byWeek == other.byWeek && one.byWindow == other.byWindow)
            try #require(one.gaps == other.gaps && one.overallocated == other.overallocated)
            try #require(one.overlaps == other.overlaps)
            try #require(one.effectiveGaps == other.effectiveGaps)
            try #require(one.worklistGaps == other.worklistGaps)
            try #require(one.unmatched == other.unmatched && one.missingDates == other.missingDates)
            try #require(one.isAcceptable == other.isAcceptable && one.summary == other.summary)
            try #require(Self.texts(one) == Self.texts(other))
        }
    }

    @Test func `an eligible assignment more never lowers the percentage`() throws {
        try schedules(seed: 636) { input, random in
            guard let slot = input.slots.randomElement(using: &random) else { return }
            var more = input
            let specialty = Specialty.allCases.filter { $0.isEligible(for: slot.constraint) }
            more.assignments.append(
                CoverageAssignment(
                    id: id(200_000), slotID: slot.id, personID: id(Int.random(in: 500...501, using: &random)),
                    specialty: specialty.randomElement(using: &random) ?? .both))
            let (before, after) = (calculate(input), calculate(more))
            try #require(after.overall.basisPoints >= before.overall.basisPoints)
            try #require(after.overall.assigned == before.overall.assigned + 1)
        }
    }

    @Test func `percentages are from 0 to 100, and every grouping adds up to the whole`() throws {
        try schedules(seed: 614) { input, _ in
            let result = calculate(input)
            let groupings = [
                result.byShiftType, result.byPosition, result.byStudyType, result.byConstraint, result.byDay,
                result.byWeek, result.byDayType, result.byWindow,
            ]
            for grouping in groupings {
                let sum = grouping.tallies.values.map(Self.numbers).reduce([0, 0, 0, 0]) { zip($0, $1).map(+) }
                try #require(sum == Self.numbers(result.overall))
                for tally in grouping.tallies.values {
                    try #require((0...100).contains(tally.percentage))
                    try #require((tally.percentage == 100) == (tally.filled == tally.required))
                }
            }
            try #require(result.statusCounts.values.reduce(0, +) == input.slots.count)
        }
    }

    private static func numbers(_ tally: CoverageTally) -> [Int] {
        [tally.required, tally.filled, tally.assigned, tally.uncoveredMinutes]
    }

    private static func texts(_ result: CoverageResult) -> [String] {
        result.report.finished.map { "\($0.code.rawValue) \($0.field ?? "") \($0.message)" }
    }

    private static func minutes(_ gaps: [WorklistGap], every step: Int) -> Set<GapMinute> {
        var minutes: Set<GapMinute> = []
        for gap in gaps {
            for minute in stride(from: gap.window.startSeconds / 60, to: gap.window.endSeconds / 60, by: step) {
                minutes.insert(
                    GapMinute(date: gap.date, worklist: gap.worklistID, minute: minute, reason: gap.reason))
            }
        }
        return minutes
    }
}
