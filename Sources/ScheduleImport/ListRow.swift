import Foundation
import ODS
import ScheduleModel

/// One data row of a dated list: its cells read strictly, with what is wrong with them.
struct ListRow {
    /// The physical row, from 1.
    let number: Int
    private(set) var messages: [ValidationMessage] = []
    private let header: ListHeader
    private let sheet: String
    private let cells: ODSCells

    init(_ row: ODSRow, header: ListHeader, sheet: String) {
        number = row.number
        self.header = header
        self.sheet = sheet
        cells = row.cells
    }

    /// Whether an error was found.
    var isRejected: Bool { messages.contains { $0.severity == .error } }

    /// A field's trimmed text; empty when the column or cell is not there.
    func text(_ field: ListHeader.Field) -> String { cell(field)?.trimmed ?? "" }

    /// A field's place.
    func location(_ field: ListHeader.Field) -> MessageLocation {
        guard let column = header.column(of: field) else { return MessageLocation(sheet: sheet, row: number) }
        return .cell(sheet: sheet, row: number, column: column)
    }

    /// The row's date: a date cell, or text of exactly `YYYY-MM-DD`.
    mutating func date(in range: DateRange?, notBefore earliest: LocalDate?) -> LocalDate? {
        guard let written = required(.date) else { return nil }
        let day: String? =
            switch cell(.date)?.value {
            case .date?: cell(.date)?.value.day
            case .text?: written
            default: nil
            }
        guard let date = day.flatMap({ LocalDate($0) }) else {
            error("INVALID_FORMAT", .date, "the date is not a real day", actual: written)
            return nil
        }
        if let range, !range.contains(date) {
            error("INVALID_DATE_RANGE", .date, "the date is outside the version", expected: "\(range)", actual: written)
            return nil
        }
        if let earliest, date < earliest {
            error("INVALID_DATE_RANGE", .date, "the date is past", expected: "\(earliest) or later", actual: written)
            return nil
        }
        return date
    }

    /// The slot that the row's shift type stands for, by the hospital's vocabulary.
    mutating func slot(in vocabulary: ShiftVocabulary) -> ShiftType? {
        guard let written = required(.shiftType) else { return nil }
        guard let type = vocabulary.type(named: written) else {
            error(
                "UNKNOWN_SHIFT_TYPE", .shiftType, "the hospital's vocabulary has no such shift type", actual: written)
            return nil
        }
        guard let slot = vocabulary.slot(of: type) else {
            error(
                "UNKNOWN_SHIFT_TYPE", .shiftType,
                "the shift type stands for the slot \(type.slotCode ?? ""), which the hospital's vocabulary does not have",
                actual: written)
            return nil
        }
        return slot
    }

    /// The row's head count: a whole number from 1 to 1,000.
    mutating func requiredStaffing() -> Int? {
        guard let written = required(.requiredStaffing) else { return nil }
        var actual = written
        let number: Int?
        switch cell(.requiredStaffing)?.value {
        case .number(let value, _, let raw)?:
            // As written, not as shown: 2.5 may show as 3.
            (number, actual) = (Int(exactly: value), raw)
        case .text?: number = Self.wholeNumber(written)
        default: number = nil
        }
        guard let number, (1...1000).contains(number) else {
            error(
                "INVALID_VALUE", .requiredStaffing, "required staffing is not a whole number from 1 to 1000",
                actual: actual)
            return nil
        }
        return number
    }

    /// The row's study and specialty words; `nil` when they are too long to be kept.
    mutating func words(_ table: inout ListWordTable) -> ListWords? {
        let (study, specialty) = (text(.studyType), text(.specialtyConstraint))
        // Bytes first: they are counted at once, and in lower case no text becomes four times as long.
        if study.utf8.count + specialty.utf8.count > ListWords.longest / 4 {
            let lengths = study.unicodeScalars.count + specialty.unicodeScalars.count
            let key = "\(study)|\(specialty)".lowercased().unicodeScalars.count
            guard lengths <= ListWords.longest, key <= ListWords.longestKey else {
                let longer = study.utf8.count > specialty.utf8.count
                error(
                    "INVALID_VALUE", longer ? .studyType : .specialtyConstraint,
                    "the study and specialty words are too long",
                    expected: "at most \(ListWords.longest) characters in both", actual: longer ? study : specialty)
                return nil
            }
        }
        return table.words(study: study, specialty: specialty)
    }

    mutating func warnDuplicate(date: LocalDate, slot: String, firstRow: Int) {
        messages.append(
            ValidationMessage(
                .warning, "DUPLICATE_ENTRY", "\(slot) on \(date) is there already; the first row counts",
                field: ListHeader.Field.date.rawValue, location: location(.date),
                details: [
                    "expected": "one row for each date, shift type, study and specialty", "actual": "\(date) \(slot)",
                    "first_row": "\(firstRow)",
                ]))
    }

    mutating func noteClockChange(slot: String, date: LocalDate) {
        messages.append(
            ValidationMessage(
                .info, "SKIPPED_BY_CLOCK_CHANGE", "\(slot) has no length on \(date), when the clocks change",
                field: ListHeader.Field.date.rawValue, location: location(.date),
                details: ["actual": "\(date) \(slot)"]))
    }

    /// A string of digits as a number; no sign, no fraction, no unit; `nil` also for one that no `Int` can hold.
    static func wholeNumber(_ text: some StringProtocol) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }

    private func cell(_ field: ListHeader.Field) -> ODSCell? {
        header.column(of: field).flatMap { cells.cell(inColumn: $0) }
    }

    private mutating func required(_ field: ListHeader.Field) -> String? {
        let written = text(field)
        guard written.isEmpty else { return written }
        error("MISSING_REQUIRED_FIELD", field, "\(field.rawValue) is blank", actual: "")
        return nil
    }

    private mutating func error(
        _ code: ValidationCode, _ field: ListHeader.Field, _ text: String, expected: String? = nil, actual: String
    ) {
        messages.append(
            ValidationMessage(
                .error, code, text, field: field.rawValue, location: location(field),
                details: ["expected": expected ?? field.expectation, "actual": actual]))
    }
}

extension ODSCell {
    /// The cell's text without white space at its ends, U+00A0 included.
    var trimmed: String {
        let text = text
        guard let first = text.utf8.first, let last = text.utf8.last else { return text }
        // Nearly every cell begins and ends with something that is seen.
        let seen: ClosedRange<UInt8> = 0x21...0x7E
        if seen.contains(first), seen.contains(last) { return text }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
