import Coverage
import Foundation
import ScheduleModel

/// Section 6 of the specification word for word, slowly: every list is searched, every evening walked minute by minute.
struct ReferenceCoverage {
    let input: CoverageInput
    let context: HospitalContext
    private let peopleOfSlot: [Identifier<ShiftInstance>: [CoverageAssignment]]

    // 6.1

    init(input: CoverageInput, context: HospitalContext) {
        self.input = input
        self.context = context
        var peopleOfSlot: [Identifier<ShiftInstance>: [CoverageAssignment]] = [:]
        for assignment in input.assignments {
            let others = peopleOfSlot[assignment.slotID, default: []]
            guard !others.contains(where: { $0.personID == assignment.personID }) else { continue }
            peopleOfSlot[assignment.slotID] = others + [assignment]
        }
        self.peopleOfSlot = peopleOfSlot
    }

    func people(on slot: CoverageSlot) -> [CoverageAssignment] { peopleOfSlot[slot.id, default: []] }

    func assigned(_ slot: CoverageSlot) -> Int {
        people(on: slot).filter {
            $0.specialty == .both || slot.constraint == .both || $0.specialty == slot.constraint
        }.count
    }

    func desired(_ slot: CoverageSlot) -> Int { slot.desired < 0 ? 0 : slot.desired }

    /// Required, filled, assigned, uncovered minutes.
    func tally(where isInGroup: (CoverageSlot) -> Bool) -> [Int] {
        var (required, filled, assigned, minutes) = (0, 0, 0, 0)
        for slot in input.slots where isInGroup(slot) {
            let here = self.assigned(slot)
            required += desired(slot)
            filled += min(here, desired(slot))
            assigned += here
            let short = desired(slot) - min(here, desired(slot))
            minutes += short * Int(slot.endsAt.timeIntervalSince(slot.startsAt)) / 60
        }
        return [required, filled, assigned, minutes]
    }

    /// In exact decimals: `100·filled/required`, half away from zero to two places, below 100 unless all is filled.
    func percentage(required: Int, filled: Int) -> Double {
        guard required > 0, filled < required else { return 100 }
        var exact = Decimal(filled) * 100 / Decimal(required)
        var rounded = Decimal()
        NSDecimalRound(&rounded, &exact, 2, .plain)
        return min(99.99, Double(rounded.description) ?? -1)
    }

    var gaps: [Identifier<ShiftInstance>] {
        input.slots.filter { assigned($0) < desired($0) }.sorted { left, right in
            if left.isMandatory != right.isMandatory { return left.isMandatory }
            if left.date != right.date { return left.date < right.date }
            if left.startsAt != right.startsAt { return left.startsAt < right.startsAt }
            if left.shiftType != right.shiftType { return left.shiftType < right.shiftType }
            return left.id < right.id
        }.map(\.id)
    }

    // 6.2

    struct Overlap: Hashable {
        let later, earlier: Identifier<Assignment>
    }

    var overlaps: Set<Overlap> {
        var stays: [(assignment: CoverageAssignment, slot: CoverageSlot)] = []
        for slot in input.slots {
            // A person counts once a slot: the assignment with the lowest id stands for all.
            for person in Set(people(on: slot).map(\.personID)) {
                let all = input.assignments.filter { $0.slotID == slot.id && $0.personID == person }
                if let first = all.min(by: { $0.id < $1.id }) { stays.append((first, slot)) }
            }
        }
        var overlaps: Set<Overlap> = []
        for later in stays {
            let earlier = stays.filter {
                $0.assignment.personID == later.assignment.personID && $0.assignment.id != later.assignment.id
                    && ($0.slot.startsAt, $0.assignment.id) < (later.slot.startsAt, later.assignment.id)
            }
            // The one that ends last; of equal ends the one that starts first.
            let last = earlier.min {
                if $0.slot.endsAt != $1.slot.endsAt { return $0.slot.endsAt > $1.slot.endsAt }
                return ($0.slot.startsAt, $0.assignment.id) < ($1.slot.startsAt, $1.assignment.id)
            }
            if let last, last.slot.endsAt > later.slot.startsAt, last.slot.startsAt < later.slot.endsAt {
                overlaps.insert(Overlap(later: later.assignment.id, earlier: last.assignment.id))
            }
        }
        return overlaps
    }

    // 6.4

    private func holders(_ types: [String], on date: LocalDate) -> [Specialty] {
        input.slots.filter { $0.date == date && types.contains($0.shiftType) }
            .flatMap { people(on: $0).map(\.specialty) }
    }

    private func pair(_ category: ShiftCategory) -> [String] { category == .mid ? ["MidC", "MidL"] : ["ON1", "ON2"] }

    func scenario(_ category: ShiftCategory, on date: LocalDate) -> Scenario {
        holders(pair(category), on: date).contains(.bodyOnly) ? .body : .neuro
    }

    /// Who works in a role, whether it is a slot's or an effective one.
    func workers(in role: String, on date: LocalDate) -> [Specialty] {
        for (category, body, neuro) in [(ShiftCategory.mid, "MidBody", "MidNeuro"), (.overnight, "ONBody", "ONNeuro")]
        where role == body || role == neuro {
            guard scenario(category, on: date) == .body else { return [] }
            return holders(pair(category), on: date).filter { ($0 == .bodyOnly) == (role == body) }
        }
        return holders([role], on: date)
    }

    var effectiveGaps: [String] {
        var gaps: [String] = []
        for date in input.period.dates {
            for (category, neuro) in [(ShiftCategory.mid, "MidNeuro"), (.overnight, "ONNeuro")]
            where scenario(category, on: date) == .body && workers(in: neuro, on: date).isEmpty {
                gaps.append("\(date) \(neuro)")
            }
        }
        return gaps
    }

    // 6.5

    /// Every so many minutes of every evening, from 16:00 to 10:00, those in which a worklist has no reader.
    func gapMinutes(every step: Int) -> Set<GapMinute> {
        var minutes: Set<GapMinute> = []
        for date in input.period.dates {
            let dayType: DayType = date.isoWeekday >= 6 || context.holidays.contains(date) ? .weekend : .weekday
            let applying = input.rules.filter {
                ($0.dayType == .any || $0.dayType == dayType)
                    && ($0.scenario == .any || $0.scenario == scenario($0.category, on: date))
            }
            for worklist in Set(applying.map(\.worklistID)) {
                let own = applying.filter { $0.worklistID == worklist }
                for minute in stride(from: 16 * 60, to: 34 * 60, by: step) {
                    let inside = own.filter {
                        $0.window.startSeconds <= minute * 60 && minute * 60 < $0.window.endSeconds
                    }
                    let specific = inside.filter { $0.scenario != .any }
                    guard let reason = reason(specific.isEmpty ? inside : specific, on: date) else { continue }
                    minutes.insert(GapMinute(date: date, worklist: worklist, minute: minute, reason: reason))
                }
            }
        }
        return minutes
    }

    private func reason(_ rules: [CoverageRuleRow], on date: LocalDate) -> WorklistGap.Reason? {
        guard let study = rules.first?.studyType else { return nil }
        let roles = rules.compactMap(\.shiftType)
        guard !roles.isEmpty else { return .noRole }
        let workers = roles.flatMap { self.workers(in: $0, on: date) }
        guard !workers.isEmpty else { return .noHolder }
        let canRead = workers.contains { specialty in
            switch study {
            case .general: true
            case .body: specialty == .bodyOnly || specialty == .both
            case .neuro: specialty == .neuroOnly || specialty == .both
            }
        }
        return canRead ? nil : .ineligibleHolder
    }
}

/// One minute, counted from 00:00 of the schedule date, in which nobody reads a worklist.
struct GapMinute: Hashable {
    let date: LocalDate
    let worklist: Identifier<Worklist>
    let minute: Int
    let reason: WorklistGap.Reason
}
