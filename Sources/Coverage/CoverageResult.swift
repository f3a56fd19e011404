package import Foundation
package import ScheduleModel

/// How well a slot is filled.
package enum SlotStatus: String, Sendable, Codable, Hashable {
    case notRequired = "NOT_REQUIRED"
    case full = "FULL"
    case partial = "PARTIAL"
    case uncovered = "UNCOVERED"
}

/// The numbers of one group of slots (domain 6.1).
package struct CoverageTally: Sendable, Hashable, Encodable {
    /// Σ desired.
    package var required = 0
    /// Σ min(assigned, desired).
    package var filled = 0
    /// Σ distinct eligible people.
    package var assigned = 0
    /// Σ (desired − filled) × minutes of the slot.
    package var uncoveredMinutes = 0

    /// Nothing yet.
    package init() {}

    /// Adds a slot.
    mutating func add(desired: Int, assigned: Int, minutes: Int) {
        let filled = min(assigned, desired)
        required += desired
        self.filled += filled
        self.assigned += assigned
        uncoveredMinutes += (desired - filled) * minutes
    }

    /// Hundredths of a percent, rounded half up in integers; 10,000 only when everything is filled or nothing is required.
    package var basisPoints: Int {
        guard required > 0, filled < required else { return 10_000 }
        return min(9_999, (20_000 * filled + required) / (2 * required))
    }

    /// Percent with two decimals, 0 to 100.
    package var percentage: Double { Double(basisPoints) / 100 }

    /// The status of the group as a whole.
    package var status: SlotStatus {
        required == 0 ? .notRequired : filled == required ? .full : filled == 0 ? .uncovered : .partial
    }

    private enum CodingKeys: String, CodingKey {
        case required, filled, assigned, percentage, status
        case coverage
        case uncoveredMinutes = "uncovered_minutes"
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(required, forKey: .required)
        try container.encode(filled, forKey: .filled)
        try container.encode(assigned, forKey: .assigned)
        try container.encode(percentage, forKey: .percentage)
        let ratio = required == 0 ? 1 : Double(filled) / Double(required)
        try container.encode((ratio * 10_000).rounded() / 10_000, forKey: .coverage)
        try container.encode(status, forKey: .status)
        try container.encode(uncoveredMinutes, forKey: .uncoveredMinutes)
    }
}

/// Slots grouped by one property: every slot is in exactly one group, so the groups add up to the whole.
package struct CoverageGroups: Sendable, Hashable, Encodable {
    /// Group name to numbers.
    package var tallies: [String: CoverageTally] = [:]

    /// The groups in the order of their names.
    package var sorted: [(name: String, tally: CoverageTally)] {
        tallies.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    package func encode(to encoder: any Encoder) throws {
        try tallies.encode(to: encoder)
    }
}

/// A slot that has fewer, or more, eligible people than it needs.
package struct SlotShortfall: Sendable, Hashable, Encodable {
    /// The slot's id.
    package let slotID: Identifier<ShiftInstance>
    /// The evening's date.
    package let date: LocalDate
    /// The shift type's code.
    package let shiftType: String
    /// When it starts.
    package let startsAt: Date
    /// When it ends.
    package let endsAt: Date
    /// How many people are wanted.
    package let required: Int
    /// How many eligible people are there.
    package let assigned: Int
    /// Whether it is critical.
    package let isMandatory: Bool
    /// How well it is filled.
    package let status: SlotStatus

    private enum CodingKeys: String, CodingKey {
        case slotID = "slot_id"
        case date
        case shiftType = "shift_type"
        case startsAt = "starts_at"
        case endsAt = "ends_at"
        case required, assigned
        case isMandatory = "mandatory"
        case status
    }
}

/// One person on two slots at the same time.
package struct AssignmentOverlap: Sendable, Hashable, Encodable {
    /// The person.
    package let personID: Identifier<Person>
    /// The assignment that starts later.
    package let assignmentID: Identifier<Assignment>
    /// The earlier one of the same person that ends last.
    package let earlierAssignmentID: Identifier<Assignment>
    /// The date of the later one.
    package let date: LocalDate

    private enum CodingKeys: String, CodingKey {
        case personID = "person_id"
        case assignmentID = "assignment_id"
        case earlierAssignmentID = "earlier_assignment_id"
        case date
    }
}

/// A part of an evening in which nobody reads a worklist (domain 6.5).
package struct WorklistGap: Sendable, Hashable, Encodable {
    /// Why nobody reads it.
    package enum Reason: String, Sendable, Codable, Hashable {
        case noRole = "NO_ROLE"
        case noHolder = "NO_HOLDER"
        case ineligibleHolder = "INELIGIBLE_HOLDER"
    }

    /// The evening's date.
    package let date: LocalDate
    /// The worklist's campus.
    package let campus: String
    /// The worklist's label.
    package let label: String
    /// The worklist.
    package let worklistID: Identifier<Worklist>
    /// When, by the wall clock.
    package let window: ShiftWindow
    /// Why.
    package let reason: Reason
    /// The responsible roles, sorted; empty for ``Reason/noRole``.
    package let roles: [String]

    private enum CodingKeys: String, CodingKey {
        case date, campus, label, reason, roles, window
        case worklistID = "worklist_id"
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(date, forKey: .date)
        try container.encode(campus, forKey: .campus)
        try container.encode(label, forKey: .label)
        try container.encode(worklistID, forKey: .worklistID)
        try container.encode(window.description, forKey: .window)
        try container.encode(reason, forKey: .reason)
        try container.encode(roles, forKey: .roles)
    }
}

/// An effective role that nobody works in on an evening shared the body way (domain 6.4).
package struct EffectiveGap: Sendable, Hashable, Encodable {
    /// The evening's date.
    package let date: LocalDate
    /// The empty role.
    package let role: String
}

/// What coverage says of one version and period; the same for the same rows in any order.
package struct CoverageResult: Sendable {
    /// The version.
    package var versionID: Identifier<ScheduleVersion>
    /// The period.
    package var period: DateRange
    /// The revision of the rows.
    package var dataRevision: Int64
    /// Everything.
    package var overall = CoverageTally()
    /// By shift type.
    package var byShiftType = CoverageGroups()
    /// By `shiftType_studyType_specialtyConstraint`.
    package var byPosition = CoverageGroups()
    /// By kind of study.
    package var byStudyType = CoverageGroups()
    /// By constraint.
    package var byConstraint = CoverageGroups()
    /// By date.
    package var byDay = CoverageGroups()
    /// By ISO week, such as `2026-W10`.
    package var byWeek = CoverageGroups()
    /// By WEEKDAY and WEEKEND.
    package var byDayType = CoverageGroups()
    /// By block of the evening.
    package var byWindow = CoverageGroups()
    /// Slots by status.
    package var statusCounts: [SlotStatus: Int] = [:]
    /// Slots short of people: mandatory first, then date, start, type, id.
    package var gaps: [SlotShortfall] = []
    /// Slots with more people than needed, by date, start, type, id.
    package var overallocated: [SlotShortfall] = []
    /// People on two slots at once, by date and assignment.
    package var overlaps: [AssignmentOverlap] = []
    /// Worklists without a reader, by date, campus, label, start.
    package var worklistGaps: [WorklistGap] = []
    /// Empty effective roles, by date and role.
    package var effectiveGaps: [EffectiveGap] = []
    /// Shift types of slots that the vocabulary does not know, sorted.
    package var unmatched: [String] = []
    /// Dates of the period without any slot.
    package var missingDates: [LocalDate] = []
    /// Whether the schedule may stand: see ``CoverageCalculator``.
    package var isAcceptable = false
    /// The threshold that was asked for, in percent.
    package var threshold = 0.0
    /// What was found, in order of date.
    package var report = ValidationReport()

    /// Gaps of mandatory slots.
    package var criticalGaps: [SlotShortfall] { gaps.filter(\.isMandatory) }

    /// One sentence for a person.
    package var summary: String {
        let counted = [SlotStatus.full, .partial, .uncovered].map { statusCounts[$0, default: 0] }
        let slots = counted.reduce(0, +)
        guard slots > 0 else { return "no shifts" }
        guard counted[0] < slots else { return "full coverage: all \(slots) shifts have enough people" }
        func share(_ count: Int) -> String {
            let tenths = (2000 * count + slots) / (2 * slots)
            return "\(count) (\(tenths / 10).\(tenths % 10) %)"
        }
        return "\(share(counted[0])) full, \(share(counted[1])) partial, \(share(counted[2])) uncovered"
    }

    /// A result without any row.
    init(versionID: Identifier<ScheduleVersion>, period: DateRange, dataRevision: Int64) {
        self.versionID = versionID
        self.period = period
        self.dataRevision = dataRevision
    }
}
