package import Foundation
package import ScheduleModel

/// Everything that coverage is computed from: the live rows of one version and period, in any order.
package struct CoverageInput: Sendable {
    /// The version.
    package var versionID: Identifier<ScheduleVersion>
    /// The period, both ends included.
    package var period: DateRange
    /// The version's revision that the rows belong to.
    package var dataRevision: Int64
    /// Live slots of the period.
    package var slots: [CoverageSlot]
    /// Live assignments of live people to those slots; one that names another slot is ignored.
    package var assignments: [CoverageAssignment]
    /// The version's coverage rules.
    package var rules: [CoverageRuleRow]

    /// Gathers the rows.
    package init(
        versionID: Identifier<ScheduleVersion>, period: DateRange, dataRevision: Int64 = 0, slots: [CoverageSlot],
        assignments: [CoverageAssignment], rules: [CoverageRuleRow] = []
    ) {
        self.versionID = versionID
        self.period = period
        self.dataRevision = dataRevision
        self.slots = slots
        self.assignments = assignments
        self.rules = rules
    }
}

/// A stored shift instance.
package struct CoverageSlot: Sendable, Hashable {
    /// Its id.
    package var id: Identifier<ShiftInstance>
    /// The shift type's code.
    package var shiftType: String
    /// The evening's date.
    package var date: LocalDate
    /// When, by the wall clock.
    package var window: ShiftWindow
    /// When it starts.
    package var startsAt: Date
    /// When it ends.
    package var endsAt: Date
    /// What it reads.
    package var studyType: StudyType
    /// Who may hold it.
    package var constraint: Specialty
    /// How many people are wanted; a negative number is reported and counts as 0.
    package var desired: Int
    /// Whether its absence is critical.
    package var isMandatory: Bool

    /// Describes a slot.
    package init(
        id: Identifier<ShiftInstance>, shiftType: String, date: LocalDate, window: ShiftWindow, startsAt: Date,
        endsAt: Date, studyType: StudyType, constraint: Specialty, desired: Int, isMandatory: Bool
    ) {
        self.id = id
        self.shiftType = shiftType
        self.date = date
        self.window = window
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.studyType = studyType
        self.constraint = constraint
        self.desired = desired
        self.isMandatory = isMandatory
    }
}

/// A stored assignment with what matters of its person.
package struct CoverageAssignment: Sendable, Hashable {
    /// Its id.
    package var id: Identifier<Assignment>
    /// The slot.
    package var slotID: Identifier<ShiftInstance>
    /// The person.
    package var personID: Identifier<Person>
    /// What the person can read.
    package var specialty: Specialty

    /// Describes an assignment.
    package init(
        id: Identifier<Assignment>, slotID: Identifier<ShiftInstance>, personID: Identifier<Person>,
        specialty: Specialty
    ) {
        self.id = id
        self.slotID = slotID
        self.personID = personID
        self.specialty = specialty
    }
}

/// A stored coverage rule with what matters of its worklist.
package struct CoverageRuleRow: Sendable, Hashable {
    /// The worklist.
    package var worklistID: Identifier<Worklist>
    /// The worklist's campus.
    package var campusCode: String
    /// The worklist's label as written.
    package var label: String
    /// Who can read the worklist.
    package var studyType: StudyType
    /// The responsible role; `nil` is an uncovered worklist.
    package var shiftType: String?
    /// The part of the night.
    package var category: ShiftCategory
    /// Which dates.
    package var dayType: DayType
    /// Which sharing.
    package var scenario: Scenario
    /// When.
    package var window: ShiftWindow

    /// Describes a rule.
    package init(
        worklistID: Identifier<Worklist>, campusCode: String, label: String, studyType: StudyType, shiftType: String?,
        category: ShiftCategory, dayType: DayType, scenario: Scenario, window: ShiftWindow
    ) {
        self.worklistID = worklistID
        self.campusCode = campusCode
        self.label = label
        self.studyType = studyType
        self.shiftType = shiftType
        self.category = category
        self.dayType = dayType
        self.scenario = scenario
        self.window = window
    }
}
