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

    /// The slots of a period by date and type; one that a clock change leaves no length is reported and left out.
    func shifts(in range: DateRange, collector: MessageCollector) -> [ShiftDraft] {
        let plans = [DayType.weekday: plans(for: .weekday), .weekend: plans(for: .weekend)]
        return range.dates.flatMap { date in
            plans[context.dayType(of: date), default: []].compactMap { plan -> ShiftDraft? in
                guard let interval = context.zone.interval(of: plan.window, on: date) else {
                    collector.add(
                        ValidationMessage(
                            .info, "SKIPPED_BY_CLOCK_CHANGE",
                            "\(plan.type.code) has no length on \(date), when the clocks change", field: plan.type.code)
                    )
                    return nil
                }
                return ShiftDraft(
                    shiftType: plan.type.code, date: date, window: plan.window, startsAt: interval.start,
                    endsAt: interval.end,
                    studyType: plan.studyTypes.count == 1 ? plan.studyTypes.first ?? .general : .general,
                    constraint: plan.type.constraint, desiredCoverage: 1, isMandatory: true)
            }
        }
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
