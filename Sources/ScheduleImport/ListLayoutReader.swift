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
    private var seen: Set<String> = []
    private var shifts: [ShiftDraft] = []
    private var unmapped = UnmappedWords()
    private(set) var counters = RowCounters()

    init(context: HospitalContext, options: ImportOptions, collector: MessageCollector, sheet: String) {
        self.context = context
        self.options = options
        self.collector = collector
        self.sheet = sheet
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
        if let draft {
            counters.created += 1
            shifts.append(draft)
        }
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
        guard let range = options.range ?? dataRange else {
            throw PhaseError(
                "ODS_IMPORT_FAILED", "no row of the sheet '\(sheet)' could be used. correct the rows named above")
        }
        guard counters.created > 0 else {
            throw PhaseError(
                "ODS_IMPORT_FAILED", "no row of the sheet '\(sheet)' could be used. correct the rows named above")
        }
        shifts.sort { ($0.date, $0.shiftType, $0.sourceRow ?? 0) < ($1.date, $1.shiftType, $1.sourceRow ?? 0) }
        return ScheduleDraft(
            layout: .list, shifts: shifts, range: range, report: collector.report, counters: counters)
    }

    private var dataRange: DateRange? {
        guard let first = shifts.map(\.date).min(), let last = shifts.map(\.date).max() else { return nil }
        return DateRange(first, last)
    }

    private mutating func readHeader(_ row: ODSRow) throws {
        let header = ListHeader(row)
        let missing = header.missing
        for field in missing.dropLast() { collector.add(Self.missingColumn(field, sheet: sheet).message) }
        if let last = missing.last { throw Self.missingColumn(last, sheet: sheet) }
        self.header = header
        lastRow = row.number
    }

    private static func missingColumn(_ field: ListHeader.Field, sheet: String) -> PhaseError {
        PhaseError(
            "MISSING_COLUMN", "the header of sheet '\(sheet)' has no column \(field.rawValue). add it",
            details: ["expected": field.rawValue])
    }

    /// One row's shift; `nil` when the row is rejected, a duplicate, or falls into a clock change.
    private mutating func read(_ row: inout ListRow) -> ShiftDraft? {
        let date = row.date(
            in: options.range, notBefore: context.settings.layoutA?.rejectPast == true ? options.today : nil)
        let type = row.shiftType(in: context.vocabulary)
        let staffing = row.requiredStaffing()
        guard let date, let type, let staffing, let slot = context.vocabulary.slot(of: type) else { return nil }
        let studyWord = row.text(.studyType)
        let specialtyWord = row.text(.specialtyConstraint)
        let sourceKey = "\(NameKey.collapsed(studyWord.lowercased()))|\(NameKey.collapsed(specialtyWord.lowercased()))"
        guard seen.insert("\(date)|\(slot.code)|\(sourceKey)").inserted else {
            row.warnDuplicate(date: date, slot: slot.code)
            return nil
        }
        let study = mapped(studyWord, to: StudyType.self, map: context.settings.layoutA?.studyMap)
        let constraint = mapped(specialtyWord, to: Specialty.self, map: context.settings.layoutA?.specialtyMap)
        if constraint == nil, !specialtyWord.isEmpty {
            unmapped.note(specialtyWord, field: "SpecialtyConstraint", location: row.location(.specialtyConstraint))
        }
        if study == nil, !studyWord.isEmpty {
            unmapped.note(studyWord, field: "StudyType", location: row.location(.studyType))
        }
        guard let interval = context.zone.interval(of: slot.window, on: date) else {
            row.noteClockChange(slot: slot.code, date: date)
            return nil
        }
        return ShiftDraft(
            shiftType: slot.code, date: date, window: slot.window, startsAt: interval.start, endsAt: interval.end,
            studyType: study ?? slot.studyType, constraint: constraint ?? slot.constraint, desiredCoverage: staffing,
            isMandatory: slot.isMandatory, sourceKey: sourceKey,
            sourceStudy: study == nil && !studyWord.isEmpty ? studyWord : nil,
            sourceSpecialty: constraint == nil && !specialtyWord.isEmpty ? specialtyWord : nil, sourceRow: row.number)
    }

    /// A word as one of the known values, directly or through the hospital's map.
    private func mapped<Value: RawRepresentable<String>>(
        _ word: String, to _: Value.Type, map: [String: String]?
    ) -> Value? {
        if let value = Value(rawValue: word.uppercased()) { return value }
        guard let map else { return nil }
        let key = NameKey.shiftType(word)
        let match = map.first { NameKey.shiftType($0.key) == key }
        return match.flatMap { Value(rawValue: $0.value) }
    }
}
