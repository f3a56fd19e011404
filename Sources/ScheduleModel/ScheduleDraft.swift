package import Foundation

/// Which of the two workbook layouts a file has.
package enum WorkbookLayout: String, Sendable, Codable, Hashable {
    /// A dated list: one row a shift.
    case list = "A"
    /// A coverage workbook: one row a worklist and block.
    case grid = "B"
}

/// A worklist read from a workbook, not yet stored.
package struct WorklistDraft: Sendable, Hashable {
    /// `worklist:{hospital_id}:{label_key}`.
    package let id: Identifier<Worklist>
    /// Such as `NORTH`.
    package let campusCode: String
    /// As written, trimmed.
    package let label: String
    /// Campus and sorted tokens, lower case.
    package let labelKey: String
    /// CT, MR, US, DX or nothing.
    package let modality: String?
    /// Such as `Neuro`.
    package let region: String?
    /// Who can read it.
    package let studyType: StudyType

    /// Makes a draft.
    package init(
        id: Identifier<Worklist>, campusCode: String, label: String, labelKey: String, modality: String?,
        region: String?, studyType: StudyType
    ) {
        self.id = id
        self.campusCode = campusCode
        self.label = label
        self.labelKey = labelKey
        self.modality = modality
        self.region = region
        self.studyType = studyType
    }
}

/// A coverage rule read from a workbook, not yet stored; its id is made when the version is known.
package struct CoverageRuleDraft: Sendable, Hashable {
    /// What is read.
    package let worklistID: Identifier<Worklist>
    /// Who reads it; `nil` is an uncovered worklist.
    package let shiftType: String?
    /// The part of the night.
    package let category: ShiftCategory
    /// Which dates.
    package let dayType: DayType
    /// Which sharing.
    package let scenario: Scenario
    /// When.
    package let window: ShiftWindow
    /// The sheet it stands on.
    package let sheetName: String
    /// The physical row, from 1.
    package let sourceRow: Int

    /// Makes a draft.
    package init(
        worklistID: Identifier<Worklist>, shiftType: String?, category: ShiftCategory, dayType: DayType,
        scenario: Scenario, window: ShiftWindow, sheetName: String, sourceRow: Int
    ) {
        self.worklistID = worklistID
        self.shiftType = shiftType
        self.category = category
        self.dayType = dayType
        self.scenario = scenario
        self.window = window
        self.sheetName = sheetName
        self.sourceRow = sourceRow
    }
}

/// A shift instance ready to be stored; its id is made when the version is known.
package struct ShiftDraft: Sendable, Hashable {
    /// The slot's code.
    package let shiftType: String
    /// The evening's date.
    package let date: LocalDate
    /// When, by the wall clock.
    package let window: ShiftWindow
    /// When it starts.
    package let startsAt: Date
    /// When it ends, after ``startsAt``.
    package let endsAt: Date
    /// What it reads.
    package let studyType: StudyType
    /// Who may hold it.
    package let constraint: Specialty
    /// How many people are wanted.
    package let desiredCoverage: Int
    /// Whether its absence is critical.
    package let isMandatory: Bool
    /// Tells slots of one date and type apart: layout A's normalised `study|specialty`, else empty.
    package let sourceKey: String
    /// The study word as written, when it was not mapped.
    package let sourceStudy: String?
    /// The specialty word as written, when it was not mapped.
    package let sourceSpecialty: String?
    /// The physical row it came from, from 1.
    package let sourceRow: Int?

    /// Makes a draft.
    package init(
        shiftType: String, date: LocalDate, window: ShiftWindow, startsAt: Date, endsAt: Date, studyType: StudyType,
        constraint: Specialty, desiredCoverage: Int, isMandatory: Bool, sourceKey: String = "",
        sourceStudy: String? = nil, sourceSpecialty: String? = nil, sourceRow: Int? = nil
    ) {
        self.shiftType = shiftType
        self.date = date
        self.window = window
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.studyType = studyType
        self.constraint = constraint
        self.desiredCoverage = desiredCoverage
        self.isMandatory = isMandatory
        self.sourceKey = sourceKey
        self.sourceStudy = sourceStudy
        self.sourceSpecialty = sourceSpecialty
        self.sourceRow = sourceRow
    }
}

/// Everything that one workbook says, validated: what the one write stores.
package struct ScheduleDraft: Sendable {
    /// Which layout it was.
    package var layout: WorkbookLayout
    /// Distinct worklists (layout B).
    package var worklists: [WorklistDraft]
    /// Rules (layout B).
    package var rules: [CoverageRuleDraft]
    /// Slots in order of date and type.
    package var shifts: ShiftList
    /// The dates it is for.
    package var range: DateRange
    /// All messages of the reading.
    package var report: ValidationReport
    /// Rows by fate.
    package var counters: RowCounters
    /// What was read, what is left out included.
    package var facts: WorkbookFacts
    /// Sheet and column of a list's dates (layout A).
    package var dateColumn: MessageLocation?

    /// Makes a draft.
    package init(
        layout: WorkbookLayout, worklists: [WorklistDraft] = [], rules: [CoverageRuleDraft] = [],
        shifts: ShiftList = [], range: DateRange, report: ValidationReport, counters: RowCounters,
        facts: WorkbookFacts = WorkbookFacts(), dateColumn: MessageLocation? = nil
    ) {
        self.layout = layout
        self.worklists = worklists
        self.rules = rules
        self.shifts = shifts
        self.range = range
        self.report = report
        self.counters = counters
        self.facts = facts
        self.dateColumn = dateColumn
    }
}

/// Rows by fate (domain 4.2).
package struct RowCounters: Sendable, Hashable, Codable {
    /// Rows that were not blank.
    package var total = 0
    /// Rows stored.
    package var created = 0
    /// Rows rejected.
    package var failed = 0
    /// Blank rows passed over.
    package var skippedBlank = 0

    /// No rows yet.
    package init() {}

    /// Percent of ``total`` that were created; 100 when there were none.
    package var successRate: Double { total == 0 ? 100 : (10_000 * Double(created) / Double(total)).rounded() / 100 }

    /// How the phase ended, given whether anything failed it as a whole.
    package var outcome: Outcome { failed == 0 ? .success : created > 0 ? .partial : .failed }

    private enum CodingKeys: String, CodingKey {
        case total, created, failed
        case skippedBlank = "skipped_blank"
    }
}

/// One scraped assignment after normalisation: a person's name on a role and date.
package struct ScrapedAssignment: Sendable, Hashable, Codable {
    /// Where on its page it stood, from 1.
    package let sourceRow: Int
    /// The evening's date.
    package let date: LocalDate
    /// The role as written.
    package let role: String
    /// When, by the wall clock of the schedule date.
    package let window: ShiftWindow
    /// The place, when the page names one.
    package let location: String?
    /// The name as written.
    package let name: String
    /// The source's own id of the person, when it has one.
    package let staffID: String?

    /// Makes a row.
    package init(
        sourceRow: Int, date: LocalDate, role: String, window: ShiftWindow, location: String?, name: String,
        staffID: String?
    ) {
        self.sourceRow = sourceRow
        self.date = date
        self.role = role
        self.window = window
        self.location = location
        self.name = name
        self.staffID = staffID
    }
}
