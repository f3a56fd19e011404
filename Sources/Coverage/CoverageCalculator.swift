import Foundation
package import ScheduleModel

/// Computes coverage: whether every required slot has enough eligible people and every worklist a reader (domain 6).
///
/// Acceptable means: at least one required slot, overall percentage at or above the threshold, no mandatory slot uncovered,
/// and no empty effective role. Worklist gaps and dates without slots are reported but do not change it.
///
/// Cost: O(n log n) in slots, assignments and dates × rules. Ids become dense numbers once; the inner loop does no hashing.
package struct CoverageCalculator: Sendable {
    private let context: HospitalContext
    private let threshold: Double

    /// Makes a calculator for one hospital.
    ///
    /// - Parameters:
    ///   - context: The hospital's vocabulary, zone and holidays.
    ///   - threshold: The overall percentage from which coverage is acceptable; `nil` takes the hospital's, else 80.
    package init(context: HospitalContext, threshold: Double? = nil) {
        self.context = context
        self.threshold = threshold ?? context.settings.coverage?.threshold ?? 80
    }

    /// Computes the result of one version and period.
    package func calculate(_ input: CoverageInput) -> CoverageResult {
        var result = CoverageResult(versionID: input.versionID, period: input.period, dataRevision: input.dataRevision)
        result.threshold = threshold
        let index = SlotIndex(input, reporting: &result.report)
        tally(index, into: &result)
        result.overlaps = AssignmentOverlap.all(in: index)
        let nights = EffectiveRoles(index: index, vocabulary: context.vocabulary)
        result.effectiveGaps = nights.gaps
        result.worklistGaps = WorklistReaders(rules: input.rules, context: context).gaps(
            in: input.period, nights: nights)
        result.missingDates = missingDates(index, period: input.period)
        result.isAcceptable = isAcceptable(result)
        report(index, nights: nights, into: &result)
        return result
    }

    private func tally(_ index: SlotIndex, into result: inout CoverageResult) {
        var unmatched: Set<String> = []
        for (slot, people) in zip(index.slots, index.eligibleCounts) {
            let desired = max(0, slot.desired)
            let minutes = Int(slot.endsAt.timeIntervalSince(slot.startsAt) / 60)
            func add(to tally: inout CoverageTally) { tally.add(desired: desired, assigned: people, minutes: minutes) }
            add(to: &result.overall)
            add(to: &result.byShiftType.tallies[slot.shiftType, default: CoverageTally()])
            add(to: &result.byPosition.tallies[slot.positionKey, default: CoverageTally()])
            add(to: &result.byStudyType.tallies[slot.studyType.rawValue, default: CoverageTally()])
            add(to: &result.byConstraint.tallies[slot.constraint.rawValue, default: CoverageTally()])
            add(to: &result.byDay.tallies[slot.date.description, default: CoverageTally()])
            add(to: &result.byWeek.tallies[slot.date.isoWeekText, default: CoverageTally()])
            add(to: &result.byDayType.tallies[context.dayType(of: slot.date).rawValue, default: CoverageTally()])
            add(to: &result.byWindow.tallies[slot.window.description, default: CoverageTally()])
            let status = SlotStatus(desired: desired, assigned: people)
            result.statusCounts[status, default: 0] += 1
            if people != desired {
                let shortfall = SlotShortfall(slot, required: desired, assigned: people, status: status)
                if people < desired { result.gaps.append(shortfall) } else { result.overallocated.append(shortfall) }
            }
            if context.vocabulary.type(code: slot.shiftType) == nil { unmatched.insert(slot.shiftType) }
        }
        result.gaps.sort { left, right in
            left.isMandatory == right.isMandatory ? left.sortKey < right.sortKey : left.isMandatory
        }
        result.overallocated.sort { $0.sortKey < $1.sortKey }
        result.unmatched = unmatched.sorted()
    }

    private func missingDates(_ index: SlotIndex, period: DateRange) -> [LocalDate] {
        let present = Set(index.slots.map(\.date))
        return period.dates.filter { !present.contains($0) }
    }

    private func isAcceptable(_ result: CoverageResult) -> Bool {
        result.overall.required > 0
            && result.overall.percentage >= threshold
            && result.effectiveGaps.isEmpty
            && !result.gaps.contains { $0.isMandatory && $0.status == .uncovered }
    }

    private func report(_ index: SlotIndex, nights: EffectiveRoles, into result: inout CoverageResult) {
        for gap in result.gaps where gap.status == .partial {
            result.report.append(
                ValidationMessage(
                    .warning, "INSUFFICIENT_COVERAGE",
                    "\(gap.shiftType) on \(gap.date) has \(gap.assigned) of \(gap.required) people",
                    field: gap.shiftType, details: ["date": "\(gap.date)"]))
        }
        let withoutMidC = datesWithoutMidC(index, period: result.period)
        if let first = withoutMidC.first {
            result.report.append(
                ValidationMessage(
                    .warning, "MISSING_MIDC",
                    "\(withoutMidC.count) weekdays have no MidC holder, the first is \(first)",
                    field: "MidC", details: ["count": "\(withoutMidC.count)", "first": "\(first)"]))
        }
        if !result.isAcceptable || !result.worklistGaps.isEmpty || !result.missingDates.isEmpty {
            result.report.append(
                ValidationMessage(
                    .warning, "COVERAGE_GAPS",
                    "coverage has gaps: \(result.gaps.count) slots, \(result.worklistGaps.count) worklist intervals, "
                        + "\(result.effectiveGaps.count) effective roles, \(result.missingDates.count) dates without slots",
                    details: [
                        "slots": "\(result.gaps.count)", "worklists": "\(result.worklistGaps.count)",
                        "effective_roles": "\(result.effectiveGaps.count)",
                        "missing_dates": "\(result.missingDates.count)", "acceptable": "\(result.isAcceptable)",
                    ]))
        } else if result.overall.filled == result.overall.required {
            result.report.append(
                ValidationMessage(.info, "COVERAGE_COMPLETE", "every required slot has enough eligible people"))
        }
    }

    /// Weekdays of the period on which nobody holds MidC; none where MidC is not in the vocabulary.
    private func datesWithoutMidC(_ index: SlotIndex, period: DateRange) -> [LocalDate] {
        guard context.vocabulary.type(code: "MidC") != nil else { return [] }
        var held: Set<LocalDate> = []
        for (slot, holders) in zip(index.slots, index.holders) where slot.shiftType == "MidC" && !holders.isEmpty {
            held.insert(slot.date)
        }
        return period.dates.filter { !context.isWeekend($0) && !held.contains($0) }
    }
}

extension SlotStatus {
    /// The status of a slot that wants `desired` and has `assigned` eligible people.
    init(desired: Int, assigned: Int) {
        self = desired == 0 ? .notRequired : assigned >= desired ? .full : assigned == 0 ? .uncovered : .partial
    }
}

extension CoverageSlot {
    /// `shiftType_studyType_specialtyConstraint`.
    var positionKey: String { "\(shiftType)_\(studyType.rawValue)_\(constraint.rawValue)" }
}

extension SlotShortfall {
    init(_ slot: CoverageSlot, required: Int, assigned: Int, status: SlotStatus) {
        self.init(
            slotID: slot.id, date: slot.date, shiftType: slot.shiftType, startsAt: slot.startsAt, endsAt: slot.endsAt,
            required: required, assigned: assigned, isMandatory: slot.isMandatory, status: status)
    }

    /// Date, start, type, id.
    var sortKey: (LocalDate, Date, String, String) { (date, startsAt, shiftType, slotID.description) }
}

extension LocalDate {
    /// The ISO 8601 week, such as `2026-W10`: the week's Thursday decides the year.
    var isoWeekText: String {
        let thursday = adding(days: 4 - isoWeekday)
        let year = thursday.components.year
        let firstOfYear = LocalDate(year: year, month: 1, day: 1) ?? thursday
        let week = (thursday.dayNumber - firstOfYear.dayNumber) / 7 + 1
        return "\(year)-W\(week < 10 ? "0" : "")\(week)"
    }
}
