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
    private let cells: [Int: ODSCell]

    init(_ row: ODSRow, header: ListHeader, sheet: String) {
        number = row.number
        self.header = header
        self.sheet = sheet
        cells = Dictionary(row.cells.map { ($0.column, $0) }) { first, _ in first }
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
            error("INVALID_FORMAT", .date, "the date is not a real day", expected: "YYYY-MM-DD", actual: written)
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

    /// The row's shift type by the hospital's vocabulary.
    mutating func shiftType(in vocabulary: ShiftVocabulary) -> ShiftType? {
        guard let written = required(.shiftType) else { return nil }
        guard let type = vocabulary.type(named: written) else {
            error(
                "UNKNOWN_SHIFT_TYPE", .shiftType, "the hospital's vocabulary has no such shift type",
                expected: "a code or synonym of the vocabulary", actual: written)
            return nil
        }
        return type
    }

    /// The row's head count: a whole number from 1 to 1,000.
    mutating func requiredStaffing() -> Int? {
        guard let written = required(.requiredStaffing) else { return nil }
        let number: Int? =
            switch cell(.requiredStaffing)?.value {
            case .number(let value, _, _)?: Int(exactly: value)
            case .text?: Self.wholeNumber(written)
            default: nil
            }
        guard let number, (1...1000).contains(number) else {
            error(
                "INVALID_VALUE", .requiredStaffing, "required staffing is not a whole number from 1 to 1000",
                expected: "integer 1...1000", actual: written)
            return nil
        }
        return number
    }

    mutating func warnDuplicate(date: LocalDate, slot: String) {
        messages.append(
            ValidationMessage(
                .warning, "DUPLICATE_ENTRY", "\(slot) on \(date) is there already; the first row counts",
                location: MessageLocation(sheet: sheet, row: number)))
    }

    mutating func noteClockChange(slot: String, date: LocalDate) {
        messages.append(
            ValidationMessage(
                .info, "SKIPPED_BY_CLOCK_CHANGE", "\(slot) has no length on \(date), when the clocks change",
                location: MessageLocation(sheet: sheet, row: number)))
    }

    /// A string of digits as a number; no sign, no fraction, no unit, at most nine digits.
    static func wholeNumber(_ text: String) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 9, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }

    private func cell(_ field: ListHeader.Field) -> ODSCell? { header.column(of: field).flatMap { cells[$0] } }

    private mutating func required(_ field: ListHeader.Field) -> String? {
        let written = text(field)
        guard written.isEmpty else { return written }
        messages.append(
            ValidationMessage(
                .error, "MISSING_REQUIRED_FIELD", "\(field.rawValue) is blank", field: field.rawValue,
                location: location(field)))
        return nil
    }

    private mutating func error(
        _ code: ValidationCode, _ field: ListHeader.Field, _ text: String, expected: String, actual: String
    ) {
        messages.append(
            ValidationMessage(
                .error, code, text, field: field.rawValue, location: location(field),
                details: ["expected": expected, "actual": actual]))
    }
}
