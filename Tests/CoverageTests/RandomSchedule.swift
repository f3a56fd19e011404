import Coverage
import Foundation
import ScheduleModel

/// Small schedules with everything that coverage heeds: pairs, zero and negative needs, duplicates, all rules' forms.
enum RandomSchedule {
    private static let types = ["ON1", "ON2", "MidC", "MidL", "Mid3", "DAY", "Odd"]
    private static let roles: [String?] = [
        "ON1", "ON2", "ONBody", "ONNeuro", "MidC", "MidL", "MidBody", "MidNeuro", "Mid3", nil,
    ]
    private static let needs = [1, 1, 1, 1, 2, 2, 3, 0, -1]
    /// Quarters of hours, so that windows are cut at odd places and minutes are few.
    private static let step = 900

    /// One schedule of one to three days.
    static func make(context: HospitalContext, from start: LocalDate, using random: inout SeededGenerator)
        -> CoverageInput?
    {
        let days = Int.random(in: 1...3, using: &random)
        guard let period = DateRange(start, start.adding(days: days - 1)) else { return nil }
        let specialties = (0..<6).map { _ in Specialty.allCases.randomElement(using: &random) ?? .both }
        var input = CoverageInput(versionID: id(7), period: period, slots: [], assignments: [])
        for number in 0..<Int.random(in: 0...9, using: &random) {
            if let slot = slot(number, in: period, context: context, using: &random) { input.slots.append(slot) }
        }
        for number in 0..<Int.random(in: 0...14, using: &random) {
            let person = Int.random(in: 0..<6, using: &random)
            // Now and then an assignment of a slot that is not there.
            let slot = Int.random(in: 0...9, using: &random)
            input.assignments.append(
                CoverageAssignment(
                    id: id(100_000 + number), slotID: id(1000 + slot), personID: id(person),
                    specialty: specialties[person]))
        }
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            if let rule = rule(using: &random) { input.rules.append(rule) }
        }
        return input
    }

    private static func slot(
        _ number: Int, in period: DateRange, context: HospitalContext, using random: inout SeededGenerator
    ) -> CoverageSlot? {
        let type = types.randomElement(using: &random) ?? "DAY"
        let date = period.start.adding(days: Int.random(in: 0..<period.dayCount, using: &random))
        var window = context.vocabulary.type(code: type)?.window
        if window == nil || Bool.random(using: &random) { window = self.window(using: &random) }
        guard let window, let interval = context.zone.interval(of: window, on: date) else { return nil }
        return CoverageSlot(
            id: id(1000 + number), shiftType: type, date: date, window: window, startsAt: interval.start,
            endsAt: interval.end, studyType: StudyType.allCases.randomElement(using: &random) ?? .general,
            constraint: Specialty.allCases.randomElement(using: &random) ?? .both,
            desired: needs.randomElement(using: &random) ?? 1, isMandatory: Bool.random(using: &random))
    }

    private static func rule(using random: inout SeededGenerator) -> CoverageRuleRow? {
        let worklist = Int.random(in: 0...2, using: &random)
        guard let window = window(using: &random) else { return nil }
        return CoverageRuleRow(
            worklistID: id(worklist), campusCode: ["NORTH", "KIDS"][worklist % 2], label: "list \(worklist)",
            studyType: [.general, .body, .neuro][worklist], shiftType: roles.randomElement(using: &random) ?? nil,
            category: ShiftCategory.allCases.randomElement(using: &random) ?? .mid,
            dayType: DayType.allCases.randomElement(using: &random) ?? .any,
            scenario: Scenario.allCases.randomElement(using: &random) ?? .any, window: window)
    }

    private static func window(using random: inout SeededGenerator) -> ShiftWindow? {
        let start = Int.random(in: 68...116, using: &random)
        let length = Int.random(in: 1...14, using: &random)
        return ShiftWindow(startSeconds: start * step, endSeconds: (start + length) * step)
    }
}
