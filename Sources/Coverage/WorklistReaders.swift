import ScheduleModel

/// Finds the parts of evenings in which a worklist has no reader (domain 6.5).
///
/// Which rules apply on an evening depends on three bits only: weekend or not, and how each part of the night is shared. So the
/// rules are cut into elementary intervals once for each of the eight cases, and an evening only looks its roles up.
struct WorklistReaders {
    private let cases: [Case: [Interval]]
    private let context: HospitalContext

    private struct Case: Hashable {
        let dayType: DayType
        let mid: Scenario
        let overnight: Scenario

        func scenario(of category: ShiftCategory) -> Scenario { category == .mid ? mid : overnight }
    }

    /// A stretch of an evening in which one worklist's responsible roles do not change.
    private struct Interval {
        let worklist: CoverageRuleRow
        let window: ShiftWindow
        /// Sorted; empty where every rule is without a role.
        let roles: [String]
    }

    init(rules: [CoverageRuleRow], context: HospitalContext) {
        var cases: [Case: [Interval]] = [:]
        for dayType in [DayType.weekday, .weekend] {
            for mid in [Scenario.body, .neuro] {
                for overnight in [Scenario.body, .neuro] {
                    let key = Case(dayType: dayType, mid: mid, overnight: overnight)
                    cases[key] = Self.intervals(of: rules, in: key)
                }
            }
        }
        self.cases = cases
        self.context = context
    }

    /// The gaps of a period by date, campus, label and start; neighbours of one worklist and reason are merged.
    func gaps(in period: DateRange, nights: EffectiveRoles) -> [WorklistGap] {
        var gaps: [WorklistGap] = []
        for date in period.dates {
            let evening = nights.evenings[date] ?? EffectiveRoles.Evening()
            let key = Case(
                dayType: context.dayType(of: date), mid: evening.scenario(of: .mid),
                overnight: evening.scenario(of: .overnight))
            let start = gaps.count
            for interval in cases[key, default: []] {
                guard let reason = reason(for: interval, evening: evening),
                    context.zone.interval(of: interval.window, on: date) != nil
                else { continue }
                let gap = WorklistGap(
                    date: date, campus: interval.worklist.campusCode, label: interval.worklist.label,
                    worklistID: interval.worklist.worklistID, window: interval.window, reason: reason,
                    roles: interval.roles)
                if gaps.count > start, let merged = gaps[gaps.count - 1].merged(with: gap) {
                    gaps[gaps.count - 1] = merged
                } else {
                    gaps.append(gap)
                }
            }
        }
        return gaps
    }

    private func reason(for interval: Interval, evening: EffectiveRoles.Evening) -> WorklistGap.Reason? {
        guard !interval.roles.isEmpty else { return .noRole }
        var isHeld = false
        for role in interval.roles {
            for specialty in evening.holders[role, default: []] {
                if specialty.canRead(interval.worklist.studyType) { return nil }
                isHeld = true
            }
        }
        return isHeld ? .ineligibleHolder : .noHolder
    }

    private static func intervals(of rules: [CoverageRuleRow], in key: Case) -> [Interval] {
        var byWorklist: [Identifier<Worklist>: [CoverageRuleRow]] = [:]
        for rule in rules where rule.dayType == .any || rule.dayType == key.dayType {
            if rule.scenario == .any || rule.scenario == key.scenario(of: rule.category) {
                byWorklist[rule.worklistID, default: []].append(rule)
            }
        }
        var intervals: [Interval] = []
        for rules in byWorklist.values {
            let cuts = Set(rules.flatMap { [$0.window.startSeconds, $0.window.endSeconds] }).sorted()
            for (start, end) in zip(cuts, cuts.dropFirst()) {
                guard let window = ShiftWindow(startSeconds: start, endSeconds: end) else { continue }
                let inside = rules.filter { $0.window.intersection(window) != nil }
                let specific = inside.filter { $0.scenario != .any }
                let applying = specific.isEmpty ? inside : specific
                guard let worklist = applying.first else { continue }
                let roles = Set(applying.compactMap(\.shiftType)).sorted()
                intervals.append(Interval(worklist: worklist, window: window, roles: roles))
            }
        }
        return intervals.sorted {
            ($0.worklist.campusCode, $0.worklist.label, $0.worklist.worklistID, $0.window.startSeconds)
                < ($1.worklist.campusCode, $1.worklist.label, $1.worklist.worklistID, $1.window.startSeconds)
        }
    }
}

extension WorklistGap {
    /// This gap and the next as one, when they touch and have the same worklist, date and reason.
    func merged(with next: WorklistGap) -> WorklistGap? {
        guard worklistID == next.worklistID, date == next.date, reason == next.reason,
            window.endSeconds == next.window.startSeconds
        else { return nil }
        return WorklistGap(
            date: date, campus: campus, label: label, worklistID: worklistID, window: window.union(next.window),
            reason: reason, roles: Set(roles + next.roles).sorted())
    }
}
