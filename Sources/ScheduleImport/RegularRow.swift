import ODS
import ScheduleModel

/// A row of a dated list as nearly all are: a date, a small whole number and three words, read from the bytes of its cells.
///
/// It is never made of a cell that ``ListRow`` would refuse or read as something else, so what it cannot read is left to that:
/// white space around a value, times, errors, everything that needs a message.
struct RegularRow {
    /// Days from 1970-01-01 to the row's date.
    let day: Int
    /// The head count, 1 to 1,000.
    let staffing: Int
    /// The cells of shift type, specialty and study.
    let words: RowWords

    /// Reads a row's cells; `nil` when it is not regular.
    init?(_ cells: ODSCells, columns: ListColumns) {
        guard let words = RowWords(cells, columns: columns),
            let date = cells.place(ofColumn: columns.date),
            let staffing = cells.place(ofColumn: columns.staffing)
        else { return nil }
        let bytes = cells.bytes.span
        guard let day = Self.day(cells.slices[date], bytes),
            let number = Self.wholeNumber(cells.slices[staffing], bytes)
        else { return nil }
        self.day = day
        self.staffing = number
        self.words = words
    }

    private static func day(_ slice: ODSCells.Slice, _ bytes: Span<UInt8>) -> Int? {
        let place: Range<Int32>
        switch slice.type {
        case .string:
            guard slice.text.count == LocalDate.textBytes else { return nil }
            place = slice.text
        case .date:
            // Of a date with a time the first ten characters count, and those are bytes only if no mark joins the tenth.
            let end = slice.raw.lowerBound + Int32(LocalDate.textBytes)
            guard end <= slice.raw.upperBound, end == slice.raw.upperBound || bytes[Int(end)] < 0x80 else { return nil }
            place = slice.raw.lowerBound..<end
        case .none, .number, .time, .boolean: return nil
        }
        return LocalDate(utf8: bytes.extracting(Int(place.lowerBound)..<Int(place.upperBound)))?.dayNumber
    }

    private static func wholeNumber(_ slice: ODSCells.Slice, _ bytes: Span<UInt8>) -> Int? {
        switch slice.type {
        case .number:
            // A number that shows as nothing but white space counts as blank.
            let shown = slice.text.isEmpty ? slice.raw : slice.text
            guard !shown.isEmpty, ODSCells.isSeen(bytes[Int(shown.lowerBound)]), slice.number >= 1,
                slice.number <= 1000, slice.number.rounded(.down) == slice.number
            else { return nil }
            return Int(slice.number)
        case .string:
            guard (1...4).contains(slice.text.count) else { return nil }
            var number = 0
            for index in Int(slice.text.lowerBound)..<Int(slice.text.upperBound) {
                let digit = bytes[index] &- UInt8(ascii: "0")
                guard digit < 10 else { return nil }
                number = number * 10 + Int(digit)
            }
            return (1...1000).contains(number) ? number : nil
        case .none, .date, .time, .boolean: return nil
        }
    }
}

/// Where the words of a list's row stand: shift type, specialty and study as they are written, white space included.
struct RowWords {
    let shift: Range<Int>
    let specialty: Range<Int>
    let study: Range<Int>

    /// The most bytes of the three together: rows with more are read without being remembered.
    private static let longest = 192

    /// Finds the words; `nil` when one of the cells is no text, or they are long.
    init?(_ cells: ODSCells, columns: ListColumns) {
        guard let shift = Self.text(cells, columns.shiftType), !shift.isEmpty,
            let specialty = Self.text(cells, columns.specialty), let study = Self.text(cells, columns.study),
            shift.count + specialty.count + study.count <= Self.longest
        else { return nil }
        self.shift = shift
        self.specialty = specialty
        self.study = study
    }

    /// The text of a column; empty where there is no cell, `nil` when it is none.
    private static func text(_ cells: ODSCells, _ column: Int) -> Range<Int>? {
        guard let place = cells.place(ofColumn: column) else { return 0..<0 }
        let slice = cells.slices[place]
        guard slice.type == .string else { return nil }
        return Int(slice.text.lowerBound)..<Int(slice.text.upperBound)
    }
}

/// The columns of a list, counted from 1; 0, which no cell has, for one that is not there.
struct ListColumns {
    let date: Int
    let shiftType: Int
    let staffing: Int
    let specialty: Int
    let study: Int

    init(_ header: ListHeader) {
        date = header.column(of: .date) ?? 0
        shiftType = header.column(of: .shiftType) ?? 0
        staffing = header.column(of: .requiredStaffing) ?? 0
        specialty = header.column(of: .specialtyConstraint) ?? 0
        study = header.column(of: .studyType) ?? 0
    }
}

extension ODSCells {
    /// Whether a byte is a character that is seen, so that a text that begins with it is not blank.
    static func isSeen(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7F }

    /// Whether no cell has anything but white space.
    var areBlank: Bool {
        for place in indices {
            let slice = slices[place]
            let shown = slice.type == .date || slice.text.isEmpty ? slice.raw : slice.text
            if !shown.isEmpty, slice.type != .time, slice.type != .boolean, Self.isSeen(bytes[Int(shown.lowerBound)]) {
                return false
            }
            if !self[place].trimmed.isEmpty { return false }
        }
        return true
    }
}
