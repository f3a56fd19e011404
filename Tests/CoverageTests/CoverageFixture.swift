import Coverage
import Foundation
import ScheduleModel
import Testing

/// Ids that a test can name by number.
func id<Entity>(_ number: Int) -> Identifier<Entity> {
    let n = UInt32(truncatingIfNeeded: number)
    return Identifier(
        UUID(
            uuid: (
                1, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, UInt8(n >> 24), UInt8(n >> 16 & 255), UInt8(n >> 8 & 255),
                UInt8(n & 255)
            )))
}

/// A hospital with the initial vocabulary, a version that is filled in step by step, and its calculation.
struct CoverageFixture {
    /// Friday, a weekday night.
    static let friday = LocalDate(dayNumber: 20_518)

    var context: HospitalContext
    var period: DateRange
    var slots: [CoverageSlot] = []
    var assignments: [CoverageAssignment] = []
    var rules: [CoverageRuleRow] = []
    var threshold: Double?

    init(
        days: Int = 1, from start: LocalDate = friday, zone: ScheduleZone = .utc, types: [ShiftType] = ShiftType.initial
    )
        throws
    {
        context = HospitalContext(
            id: id(1), code: "NORTH", zone: zone, vocabulary: try ShiftVocabulary(types))
        period = try #require(DateRange(start, start.adding(days: days - 1)))
    }

    /// Adds a slot of a type, by default with the type's own window, study and constraint.
    @discardableResult
    mutating func slot(
        _ type: String, on date: LocalDate? = nil, needs desired: Int = 1, study: StudyType? = nil,
        constraint: Specialty? = nil, isMandatory: Bool? = nil, hours: (Int, Int)? = nil
    ) throws -> Int {
        let known = context.vocabulary.type(code: type)
        let date = date ?? period.start
        let own = known?.window ?? ShiftWindow(startSeconds: 17 * 3600, endSeconds: 24 * 3600)
        let window = hours.map { ShiftWindow(startSeconds: $0.0 * 3600, endSeconds: $0.1 * 3600) } ?? own
        let chosen = try #require(window)
        let interval = try #require(context.zone.interval(of: chosen, on: date))
        slots.append(
            CoverageSlot(
                id: id(1000 + slots.count), shiftType: type, date: date, window: chosen, startsAt: interval.start,
                endsAt: interval.end, studyType: study ?? known?.studyType ?? .general,
                constraint: constraint ?? known?.constraint ?? .both, desired: desired,
                isMandatory: isMandatory ?? known?.isMandatory ?? false))
        return slots.count - 1
    }

    /// Puts a person on a slot.
    mutating func assign(_ person: Int, _ specialty: Specialty = .both, to slot: Int) {
        assignments.append(
            CoverageAssignment(
                id: id(100_000 + assignments.count), slotID: slots[slot].id, personID: id(person), specialty: specialty)
        )
    }

    /// Adds a rule of one worklist.
    mutating func rule(
        _ role: String?, _ category: ShiftCategory, _ hours: (Int, Int), worklist: Int = 1, study: StudyType = .general,
        day: DayType = .any, scenario: Scenario = .any
    ) throws {
        rules.append(
            CoverageRuleRow(
                worklistID: id(worklist), campusCode: "NORTH", label: "NORTH list \(worklist)", studyType: study,
                shiftType: role, category: category, dayType: day, scenario: scenario,
                window: try #require(ShiftWindow(startSeconds: hours.0 * 3600, endSeconds: hours.1 * 3600))))
    }

    var input: CoverageInput {
        CoverageInput(
            versionID: id(7), period: period, dataRevision: 3, slots: slots, assignments: assignments, rules: rules)
    }

    /// Computes the result.
    func result() -> CoverageResult { CoverageCalculator(context: context, threshold: threshold).calculate(input) }
}

extension CoverageResult {
    /// How often a code was reported.
    func count(_ code: ValidationCode) -> Int { report.counts[code, default: 0] }
}
