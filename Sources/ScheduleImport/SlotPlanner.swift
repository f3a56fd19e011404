import ScheduleModel

/// Makes the dated slots of a coverage workbook (domain 3.5).
///
/// For each date one slot for each distinct slot of the roles that have a mark in a rule of that date's day type, from the
/// earliest window's start to the latest one's end. Scenarios do not matter here: which applies depends on who holds the slot.
struct SlotPlanner {
    let rules: [CoverageRuleDraft]
    let worklists: [WorklistDraft]
    let context: HospitalContext

    private struct Plan {
        let type: ShiftType
        var window: ShiftWindow
        var studyTypes: Set<StudyType>
    }

    /// Gives the slots of a period by date and type; one that a clock change leaves no length is reported and left out.
    ///
    /// - Parameters:
    ///   - range: The period.
    ///   - known: A period whose slots were made before: what is reported of its dates was reported then.
    ///   - collector: Gets the reports.
    ///   - body: Gets each slot.
    /// - Throws: `CancellationError`; what `body` throws.
    func eachShift(
        in range: DateRange, known: DateRange? = nil, collector: MessageCollector, _ body: (ShiftDraft) throws -> Void
    ) throws {
        let plans = [DayType.weekday: plans(for: .weekday), .weekend: plans(for: .weekend)]
        for date in range.dates {
            try Task.checkCancellation()
            for plan in plans[context.dayType(of: date), default: []] {
                if let shift = shift(plan, on: date) {
                    try body(shift)
                } else if known?.contains(date) != true {
                    collector.add(Self.skipped(plan.type.code, on: date))
                }
            }
        }
    }

    private func shift(_ plan: Plan, on date: LocalDate) -> ShiftDraft? {
        guard let interval = context.zone.interval(of: plan.window, on: date) else { return nil }
        return ShiftDraft(
            shiftType: plan.type.code, date: date, window: plan.window, startsAt: interval.start, endsAt: interval.end,
            studyType: plan.studyTypes.count == 1 ? plan.studyTypes.first ?? .general : .general,
            constraint: plan.type.constraint, desiredCoverage: 1, isMandatory: true)
    }

    private static func skipped(_ code: String, on date: LocalDate) -> ValidationMessage {
        ValidationMessage(
            .info, "SKIPPED_BY_CLOCK_CHANGE", "\(code) has no length on \(date), when the clocks change", field: code,
            details: ["actual": "\(date) \(code)"])
    }

    private func plans(for dayType: DayType) -> [Plan] {
        let studies = Dictionary(uniqueKeysWithValues: worklists.map { ($0.id, $0.studyType) })
        var plans: [String: Plan] = [:]
        for rule in rules where rule.dayType == .any || rule.dayType == dayType {
            guard let role = rule.shiftType.flatMap({ context.vocabulary.type(code: $0) }),
                let slot = context.vocabulary.slot(of: role)
            else { continue }
            var plan = plans[slot.code] ?? Plan(type: slot, window: rule.window, studyTypes: [])
            plan.window = plan.window.union(rule.window)
            if let study = studies[rule.worklistID] { plan.studyTypes.insert(study) }
            plans[slot.code] = plan
        }
        return plans.values.sorted { $0.type.code < $1.type.code }
    }
}
