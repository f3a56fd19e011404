import Foundation
import ODS
import ScheduleModel

/// Reads layout A, the dated list: one row a shift (domain 3.2).
struct ListLayoutReader {
    private let context: HospitalContext
    private let options: ImportOptions
    private let collector: MessageCollector
    private let sheet: String
    private var header: ListHeader?
    private var lastRow = 0
    private var seen = ShiftKeys()
    private var words: ListWordTable
    private var shifts: [ShiftDraft] = []
    private var dates: DateRange?
    private var unmapped = UnmappedWords()
    private(set) var counters = RowCounters()

    init(context: HospitalContext, options: ImportOptions, collector: MessageCollector, sheet: String) {
        self.context = context
        self.options = options
        self.collector = collector
        self.sheet = sheet
        words = ListWordTable(context.settings.layoutA)
    }

    /// What was read so far.
    var facts: WorkbookFacts {
        var facts = WorkbookFacts()
        facts.rows = counters.total
        facts.shifts = counters.created
        return facts
    }

    mutating func row(_ row: ODSRow) throws {
        guard let header else { return try readHeader(row) }
        counters.skippedBlank += row.number - lastRow - 1
        lastRow = row.number
        counters.total += 1
        var cells = ListRow(row, header: header, sheet: sheet)
        let draft = read(&cells)
        for message in cells.messages { collector.add(message) }
        if cells.isRejected { counters.failed += 1 }
        if let draft { keep(draft) }
        try options.checkErrorRate(counters)
    }

    mutating func blankRow(_ number: Int) {
        guard header != nil else { return }
        counters.skippedBlank += number - lastRow
        lastRow = number
    }

    mutating func finish() throws -> ScheduleDraft {
        guard header != nil else { throw WorkbookReader.unknownLayout }
        unmapped.report(to: collector)
        guard counters.created > 0, let range = options.range ?? dates else {
            throw PhaseError(
                "ODS_IMPORT_FAILED",
                "no row of the sheet '\(ValidationMessage.quoted(sheet))' could be used. correct the rows named above",
                location: MessageLocation(sheet: sheet))
        }
        try Task.checkCancellation()
        shifts.sort { ($0.date, $0.shiftType, $0.sourceRow ?? 0) < ($1.date, $1.shiftType, $1.sourceRow ?? 0) }
        return ScheduleDraft(
            layout: .list, shifts: shifts, range: range, report: collector.report, counters: counters, facts: facts,
            dateColumn: MessageLocation(sheet: sheet, column: header?.column(of: .date)))
    }

    private mutating func keep(_ draft: ShiftDraft) {
        counters.created += 1
        if options.keepsShifts { shifts.append(draft) }
        dates = DateRange(min(dates?.start ?? draft.date, draft.date), max(dates?.end ?? draft.date, draft.date))
    }

    private mutating func readHeader(_ row: ODSRow) throws {
        let header = ListHeader(row)
        let missing = header.missing
        for field in missing.dropLast() { collector.add(missingColumn(field, in: row).message) }
        if let last = missing.last { throw missingColumn(last, in: row) }
        self.header = header
        lastRow = row.number
    }

    private func missingColumn(_ field: ListHeader.Field, in row: ODSRow) -> PhaseError {
        PhaseError(
            "MISSING_COLUMN",
            "the header of sheet '\(ValidationMessage.quoted(sheet))' has no column \(field.rawValue). add it",
            field: field.rawValue, location: MessageLocation(sheet: sheet),
            details: ["expected": field.rawValue, "actual": row.cells.map(\.trimmed).joined(separator: ", ")])
    }

    /// One row's shift; `nil` when the row is rejected, a duplicate, or falls into a clock change.
    private mutating func read(_ row: inout ListRow) -> ShiftDraft? {
        let date = row.date(
            in: options.range, notBefore: context.settings.layoutA?.rejectPast == true ? options.today : nil)
        let slot = row.slot(in: context.vocabulary)
        let staffing = row.requiredStaffing()
        let words = row.words(&words)
        guard let date, let slot, let staffing, let words else { return nil }
        if let first = seen.firstRow(date: date, slot: slot.code, words: words, row: row.number) {
            row.warnDuplicate(date: date, slot: slot.code, firstRow: first)
            return nil
        }
        let unknownSpecialty = words.constraint == nil ? note(.specialtyConstraint, of: row) : nil
        let unknownStudy = words.study == nil ? note(.studyType, of: row) : nil
        guard let interval = context.zone.interval(of: slot.window, on: date) else {
            row.noteClockChange(slot: slot.code, date: date)
            return nil
        }
        return ShiftDraft(
            shiftType: slot.code, date: date, window: slot.window, startsAt: interval.start, endsAt: interval.end,
            studyType: words.study ?? slot.studyType, constraint: words.constraint ?? slot.constraint,
            desiredCoverage: staffing, isMandatory: slot.isMandatory, sourceKey: words.sourceKey,
            sourceStudy: unknownStudy, sourceSpecialty: unknownSpecialty, sourceRow: row.number)
    }

    /// Counts a word without a mapping; `nil` when there is no word.
    private mutating func note(_ field: ListHeader.Field, of row: ListRow) -> String? {
        let word = row.text(field)
        guard !word.isEmpty else { return nil }
        unmapped.note(word, field: field.rawValue, expected: field.expectation, location: row.location(field))
        return word
    }
}
