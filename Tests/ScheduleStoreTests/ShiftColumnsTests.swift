import Foundation
import Postgres
import ScheduleModel
import Testing

@testable import ScheduleStore

/// What the one write sends is, byte for byte, what the columns made of whole slots would be.
@Suite struct ShiftColumnsTests {
    private static let version = Identifier<ScheduleVersion>(DeterministicID.uuid("columns"))

    private static let words = ["", "a|icu", "quote \" and \\", "{brace},comma", "NULL", "naïve|öß", "tab\there"]

    private func shifts(_ count: Int, seed: UInt64) throws -> [ShiftDraft] {
        var random = SplitMix(state: seed)
        let zone = try #require(ScheduleZone("America/New_York"))
        return try (0..<count).map { _ in
            let from = Int.random(in: 0...30, using: &random) * 3600
            let window = try #require(
                ShiftWindow(startSeconds: from, endSeconds: from + Int.random(in: 1...12, using: &random) * 1800))
            // Around both clock changes of 2026, and dates far from them.
            let date = LocalDate(
                dayNumber: [20_519, 20_757, 20_600, -1, 2_932_896 - 2].randomElement(using: &random).map {
                    $0 + Int.random(in: -1...1, using: &random)
                } ?? 0)
            let start = zone.instant(of: date, secondsAfterMidnight: window.startSeconds)
            let word = Self.words.randomElement(using: &random)
            return ShiftDraft(
                shiftType: ["ON1", "Mid \"C\"", "DAY"].randomElement(using: &random) ?? "", date: date, window: window,
                startsAt: start, endsAt: start.addingTimeInterval(1800),
                studyType: StudyType.allCases.randomElement(using: &random) ?? .general,
                constraint: Specialty.allCases.randomElement(using: &random) ?? .both,
                desiredCoverage: Int.random(in: 1...1000, using: &random),
                isMandatory: Bool.random(using: &random), sourceKey: word ?? "",
                sourceStudy: Bool.random(using: &random) ? word : nil,
                sourceSpecialty: Bool.random(using: &random) ? word : nil,
                sourceRow: Bool.random(using: &random) ? Int.random(in: 1...1_048_576, using: &random) : nil)
        }
    }

    @Test(arguments: [0, 1, 2, 300])
    func `columns written from the list are those of its slots`(count: Int) throws {
        let shifts = try shifts(count, seed: 7)
        let list = ShiftList(shifts)
        #expect(Array(list) == shifts)
        let columns = ShiftColumns(list)
        func expectSame<Value: PostgresEncodable>(
            _ column: PostgresText, _ value: (ShiftDraft) -> Value,
            at location: SourceLocation = #_sourceLocation
        ) {
            let expected: PostgresQuery = "\(shifts.map(value))"
            let parameter = expected.parameters[0]
            #expect(column.bytes == expected.text(of: parameter), sourceLocation: location)
            #expect(column.type == parameter.type, sourceLocation: location)
        }
        expectSame(columns.ids(Self.version)) { DeterministicID.shift(version: Self.version, $0).uuid }
        expectSame(columns.common(\.shiftType), \.shiftType)
        expectSame(columns.dates(), \.date.postgres)
        expectSame(columns.common(\.window.start.postgres), \.window.start.postgres)
        expectSame(columns.common(\.window.end.postgres), \.window.end.postgres)
        expectSame(columns.common(\.window.startDayOffset), \.window.startDayOffset)
        expectSame(columns.common(\.window.endDayOffset), \.window.endDayOffset)
        expectSame(columns.instants(\.start), \.startsAt)
        expectSame(columns.instants(\.end), \.endsAt)
        expectSame(columns.common(\.studyType.rawValue), \.studyType.rawValue)
        expectSame(columns.common(\.constraint.rawValue), \.constraint.rawValue)
        expectSame(columns.desired(), \.desiredCoverage)
        expectSame(columns.common(\.isMandatory), \.isMandatory)
        expectSame(columns.common(\.sourceKey), \.sourceKey)
        expectSame(columns.common(\.sourceStudy), \.sourceStudy)
        expectSame(columns.common(\.sourceSpecialty), \.sourceSpecialty)
        expectSame(columns.sourceRows(), \.sourceRow)
    }

    @Test func `a list is sorted by date, then code, then row`() throws {
        let shifts = try shifts(300, seed: 11)
        var list = ShiftList(shifts)
        list.sort()
        let keys = list.map { ($0.date.dayNumber, $0.shiftType, $0.sourceRow ?? 0) }
        let expected = shifts.map { ($0.date.dayNumber, $0.shiftType, $0.sourceRow ?? 0) }.sorted { $0 < $1 }
        #expect(keys.map(\.0) == expected.map(\.0) && keys.map(\.1) == expected.map(\.1))
        #expect(keys.map(\.2) == expected.map(\.2))
    }
}

/// A generator that gives the same numbers at each run (SplitMix64).
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
