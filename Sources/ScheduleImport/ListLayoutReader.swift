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
    private var columns: ListColumns?
    private var known = KnownRows()
    private var spans: SpanTable
    /// Whether rows without anything to report are read from their bytes; tests compare with it off.
    private let readsRegularRows: Bool
    private var lastRow = 0
    private var seen = ShiftKeys()
    private var words: ListWordTable
    private var shifts = ShiftList()
    /// The first and the last day, in days since 1970-01-01.
    private var days: ClosedRange<Int>?
    private var unmapped = UnmappedWords()
    /// The earliest date that is taken, where past ones are not.
    private let earliest: LocalDate?
    private(set) var counters = RowCounters()

    init(
        context: HospitalContext, options: ImportOptions, collector: MessageCollector, sheet: String,
        readsRegularRows: Bool = true
    ) {
        self.context = context
        self.options = options
        self.collector = collector
        self.sheet = sheet
        self.readsRegularRows = readsRegularRows
        words = ListWordTable(context.settings.layoutA)
        spans = SpanTable(context.zone)
        earliest = context.settings.layoutA?.rejectPast == true ? options.today : nil
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
        if !takeRegular(row) { takeSlowly(row, header: header) }
        try options.checkErrorRate(counters)
    }

    /// Takes a row that has nothing to report and whose words are known, without making a text of it.
    ///
    /// - Parameter row: The row.
    /// - Returns: Whether it was taken; if not, nothing has changed, and the row is still to be read.
    private mutating func takeRegular(_ row: ODSRow) -> Bool {
        guard readsRegularRows, let columns, let regular = RegularRow(row.cells, columns: columns),
            let meaning = known.meaning(regular.words, in: row.cells.bytes.span)
        else { return false }
        let date = LocalDate(dayNumber: regular.day)
        if let range = options.range, !range.contains(date) { return false }
        if let earliest, date < earliest { return false }
        guard let span = spans.span(ofWindow: meaning.window, onDay: regular.day, in: &shifts),
            seen.firstRow(day: regular.day, key: meaning.key, row: row.number) == nil
        else { return false }
        if let place = meaning.unmappedSpecialty { unmapped.countAgain(place) }
        if let place = meaning.unmappedStudy { unmapped.countAgain(place) }
        keep(day: regular.day, kind: meaning.kind, span: span, staffing: regular.staffing, row: row.number)
        return true
    }

    private mutating func takeSlowly(_ row: ODSRow, header: ListHeader) {
        var cells = ListRow(row, header: header, sheet: sheet)
        read(&cells, of: row)
        for message in cells.messages { collector.add(message) }
        if cells.isRejected { counters.failed += 1 }
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
        shifts.sort()
        return ScheduleDraft(
            layout: .list, shifts: shifts, range: range, report: collector.report, counters: counters, facts: facts,
            dateColumn: MessageLocation(sheet: sheet, column: header?.column(of: .date)))
    }

    private var dates: DateRange? {
        days.flatMap { DateRange(LocalDate(dayNumber: $0.lowerBound), LocalDate(dayNumber: $0.upperBound)) }
    }

    private mutating func keep(day: Int, kind: UInt32, span: UInt32, staffing: Int, row: Int) {
        counters.created += 1
        if options.keepsShifts {
            shifts.append(day: day, kind: kind, span: span, desired: staffing, sourceRow: row)
        }
        guard let first = days?.lowerBound, let last = days?.upperBound else { return days = day...day }
        if day < first || day > last { days = min(first, day)...max(last, day) }
    }

    private mutating func readHeader(_ row: ODSRow) throws {
        let header = ListHeader(row)
        let missing = header.missing
        for field in missing.dropLast() { collector.add(missingColumn(field, in: row).message) }
        if let last = missing.last { throw missingColumn(last, in: row) }
        self.header = header
        columns = ListColumns(header)
        lastRow = row.number
    }

    private func missingColumn(_ field: ListHeader.Field, in row: ODSRow) -> PhaseError {
        PhaseError(
            "MISSING_COLUMN",
            "the header of sheet '\(ValidationMessage.quoted(sheet))' has no column \(field.rawValue). add it",
            field: field.rawValue, location: MessageLocation(sheet: sheet),
            details: ["expected": field.rawValue, "actual": row.cells.map(\.trimmed).joined(separator: ", ")])
    }

    /// Reads a row with all that is wrong with it, and keeps its shift unless it is rejected, there already, or falls into a
    /// clock change.
    private mutating func read(_ row: inout ListRow, of source: ODSRow) {
        let date = row.date(in: options.range, notBefore: earliest)
        let slot = row.slot(in: context.vocabulary)
        let staffing = row.requiredStaffing()
        let words = row.words(&words)
        guard let date, let slot, let staffing, let words else { return }
        let key = seen.key(slot: slot.code, words: words)
        if let first = seen.firstRow(day: date.dayNumber, key: key, row: row.number) {
            return row.warnDuplicate(date: date, slot: slot.code, firstRow: first)
        }
        let unknownSpecialty = words.constraint == nil ? note(.specialtyConstraint, of: row) : nil
        let unknownStudy = words.study == nil ? note(.studyType, of: row) : nil
        let window = spans.number(of: slot.window)
        guard let span = spans.span(ofWindow: window, onDay: date.dayNumber, in: &shifts) else {
            return row.noteClockChange(slot: slot.code, date: date)
        }
        let kind = number(
            of: ShiftKind(
                shiftType: slot.code, window: slot.window, studyType: words.study ?? slot.studyType,
                constraint: words.constraint ?? slot.constraint, isMandatory: slot.isMandatory,
                sourceKey: words.sourceKey, sourceStudy: unknownStudy?.word, sourceSpecialty: unknownSpecialty?.word))
        keep(day: date.dayNumber, kind: kind, span: span, staffing: staffing, row: row.number)
        learn(
            KnownRows.Meaning(
                key: key, window: window, kind: kind, unmappedSpecialty: unknownSpecialty?.place,
                unmappedStudy: unknownStudy?.place), from: source)
    }

    /// The number of a kind in the list of slots; of no meaning when that is not kept.
    private mutating func number(of kind: ShiftKind) -> UInt32 {
        options.keepsShifts ? shifts.number(of: kind) : 0
    }

    private mutating func learn(_ meaning: KnownRows.Meaning, from row: ODSRow) {
        guard readsRegularRows, let columns, let words = RowWords(row.cells, columns: columns) else { return }
        let bytes = row.cells.bytes
        if known.meaning(words, in: bytes.span) == nil { known.learn(meaning, words, in: bytes.span) }
    }

    /// Counts a word without a mapping; `nil` when there is no word.
    private mutating func note(_ field: ListHeader.Field, of row: ListRow) -> (word: String, place: Int)? {
        let word = row.text(field)
        guard !word.isEmpty else { return nil }
        let place = unmapped.note(
            word, field: field.rawValue, expected: field.expectation, location: row.location(field))
        return (word, place)
    }
}
