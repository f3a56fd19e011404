import Foundation
import ODS
import ScheduleModel

/// Reads layout B, the coverage workbook: one sheet a block of the night, one row a worklist (domain 3.4 and 3.5).
struct GridLayoutReader {
    private let context: HospitalContext
    private let options: ImportOptions
    private let collector: MessageCollector
    private var sheet: GridSheetReader?
    private var names: Set<String> = []
    private var usable: [CoverageSheet] = []
    private var fitsLayout = false
    /// Rows of the sheets that have ended.
    private var ended = RowCounters()
    private var endedFacts = WorkbookFacts()

    /// The most worklist rows of a workbook, side grids included: a pool has some dozens in a dozen blocks, and a row that is
    /// repeated a million times must not fill the memory.
    static let mostRows = 20_000

    /// What was read so far.
    var facts: WorkbookFacts {
        guard let sheet = sheet?.facts else { return endedFacts }
        var facts = endedFacts
        facts.grids += sheet.grids
        facts.rows += sheet.rows
        facts.marks += sheet.marks
        return facts
    }

    /// Rows by fate so far.
    var counters: RowCounters {
        guard let sheet else { return ended }
        var counters = ended
        counters.total += sheet.counters.total
        counters.created += sheet.counters.created
        counters.failed += sheet.counters.failed
        return counters
    }

    init(context: HospitalContext, options: ImportOptions, collector: MessageCollector) {
        self.context = context
        self.options = options
        self.collector = collector
    }

    mutating func sheetBegan(name: String) throws {
        guard !name.hasPrefix("_") else { return }
        guard names.insert(name).inserted else {
            // Rules are named by sheet and row, so a second sheet of the name could not be kept apart.
            collector.add(
                ValidationMessage(
                    .warning, "INVALID_SHEET_NAME", "a sheet of this name was read before; skipped",
                    location: MessageLocation(sheet: name),
                    details: ["expected": "a name that no other sheet has", "actual": name]))
            return
        }
        sheet = GridSheetReader(
            name: name, vocabulary: context.vocabulary, collector: collector, room: Self.mostRows - endedFacts.rows)
    }

    mutating func row(_ row: ODSRow) throws {
        sheet?.row(row)
        try options.checkErrorRate(counters)
    }

    mutating func sheetEnded() throws {
        guard var last = sheet else { return }
        (ended, endedFacts) = (counters, facts)
        sheet = nil
        fitsLayout = fitsLayout || last.meaning != nil || last.hasHeader
        let grid = last.finish()
        if let meaning = last.meaning, let grid {
            usable.append(CoverageSheet(name: last.name, meaning: meaning, grid: grid))
        }
    }

    func finish() throws -> ScheduleDraft {
        guard fitsLayout else { throw WorkbookReader.unknownLayout }
        guard !usable.isEmpty else {
            throw PhaseError(
                "NO_VALID_SHEETS", "no sheet of the workbook can be used. see the warnings about each sheet",
                details: ["expected": "a coverage sheet with a header and a worklist row", "actual": "none"])
        }
        let range = options.range ?? defaultRange
        var unmapped = UnmappedWords()
        let worklists = self.worklists(noting: &unmapped)
        unmapped.report(to: collector)
        let windows = SheetOverlaps(sheets: usable, collector: collector).resolved()
        let rules = zip(usable, windows).flatMap { self.rules(of: $0, worklists: worklists, windows: $1) }
        let sorted = worklists.values.sorted { $0.labelKey < $1.labelKey }
        let planner = SlotPlanner(rules: rules, worklists: sorted, context: context)
        var facts = self.facts
        var shifts = ShiftList()
        try planner.eachShift(in: range, collector: collector) { shift in
            facts.shifts += 1
            if options.keepsShifts { shifts.append(shift) }
        }
        return ScheduleDraft(
            layout: .grid, worklists: sorted, rules: rules, shifts: shifts, range: range, report: collector.report,
            counters: counters, facts: facts)
    }

    /// The current month and the five after it.
    private var defaultRange: DateRange {
        let first = options.today.firstOfMonth
        let last = first.firstOfMonth(addingMonths: 5).lastOfMonth
        guard let range = DateRange(first, last) else { preconditionFailure("five months later is not earlier") }
        return range
    }

    private func worklists(noting unmapped: inout UnmappedWords) -> [String: WorklistDraft] {
        var worklists: [String: WorklistDraft] = [:]
        for sheet in usable {
            for row in sheet.grid.rows {
                let label = row.label
                if label.isUnmapped {
                    let place = MessageLocation.cell(sheet: sheet.name, row: row.number, column: sheet.grid.labelColumn)
                    unmapped.note(label.text, field: "Label", expected: WorklistLabel.expectation, location: place)
                }
                guard worklists[label.key] == nil else { continue }
                worklists[label.key] = WorklistDraft(
                    id: DeterministicID.worklist(hospital: context.id, labelKey: label.key), campusCode: label.campus,
                    label: label.text, labelKey: label.key, modality: label.modality, region: label.region,
                    studyType: label.studyType)
            }
        }
        return worklists
    }

    private func rules(
        of sheet: CoverageSheet, worklists: [String: WorklistDraft], windows: [String: ShiftWindow]
    ) -> [CoverageRuleDraft] {
        sheet.grid.rows.flatMap { row -> [CoverageRuleDraft] in
            guard let worklist = worklists[row.label.key], let window = windows[row.label.key] else { return [] }
            let roles: [String?] = row.roles.isEmpty ? [nil] : Set(row.roles).sorted()
            return roles.map { role in
                CoverageRuleDraft(
                    worklistID: worklist.id, shiftType: role, category: sheet.meaning.category,
                    dayType: sheet.meaning.dayType, scenario: sheet.meaning.scenario, window: window,
                    sheetName: sheet.name, sourceRow: row.number)
            }
        }
    }
}

/// A sheet that can be used.
struct CoverageSheet {
    let name: String
    let meaning: SheetName
    let grid: CoverageGrid
}
