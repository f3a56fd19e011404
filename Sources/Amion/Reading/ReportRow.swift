import ScheduleModel

/// Reads the records of reports 625c and 619 (domain 5.3).
struct ReportRow {
    /// Places of the fields, from 0; a report may have one more before them.
    private enum Place {
        static let name = 0
        static let staffID = 1
        static let role = 3
        static let date = 6
        static let start = 7
        static let end = 8
        static let assignmentType = 15
    }

    /// How many fields every report has.
    static let leastFields = 9
    /// Pager, telephone, e-mail, messagable and note: they are a person's own and are not even kept while they are read.
    static let personalFields = 10..<15

    private let vocabulary: ShiftVocabulary
    private let options: CSVReportOptions
    private let offset: Int
    private var texts = KnownTexts()

    /// Makes a reader of records.
    ///
    /// - Parameters:
    ///   - vocabulary: Says which roles start after midnight of their evening.
    ///   - options: How dates are meant and which records count.
    ///   - offset: How many fields stand before the first.
    init(vocabulary: ShiftVocabulary, options: CSVReportOptions, offset: Int) {
        self.vocabulary = vocabulary
        self.options = options
        self.offset = offset
    }

    /// How many fields stand before the first when this is a record of a report: none, or a group; `nil` when it is none.
    static func offset(of record: CSVRecord) -> Int? {
        [0, 1].first { record.count >= leastFields + $0 && ReportText.date(record[Place.date + $0].text) != nil }
    }

    /// Whether a record is of the assignment types that were asked for.
    ///
    /// A report without that column, such as 619, is not filtered.
    func isWanted(_ record: CSVRecord) -> Bool {
        guard !options.assignmentTypes.isEmpty, record.count > Place.assignmentType + offset else { return true }
        return text(record, Place.assignmentType).contains { options.assignmentTypes.contains(String($0).lowercased()) }
    }

    /// A record's shift; `nil` when something critical is missing, which is a message.
    mutating func read(_ record: CSVRecord, messages: inout [ValidationMessage]) -> RawShift? {
        let written = ReportText.date(text(record, Place.date))
        let role = text(record, Place.role)
        let start = ReportText.time(text(record, Place.start))
        let end = ReportText.time(text(record, Place.end))
        guard let written, let start, let end, !role.isEmpty else {
            func miss(_ place: Int, _ field: MonthColumns.Field, _ reason: String) {
                messages.append(missing(record, place, field, reason))
            }
            if written == nil { miss(Place.date, .date, "no date such as 3-6-26") }
            if role.isEmpty { miss(Place.role, .position, "no assignment name") }
            if start == nil { miss(Place.start, .start, "no time such as 1700") }
            if end == nil { miss(Place.end, .end, "no time such as 1700") }
            return nil
        }
        let startsNextDay =
            vocabulary.type(named: role)?.window.startDayOffset == 1 && start.secondsSinceMidnight < FieldText.noon
        let date = startsNextDay && options.afterMidnightDate == .calendar ? written.adding(days: -1) : written
        guard let window = FieldText.window(start: start, end: end, startDayOffset: startsNextDay ? 1 : 0) else {
            return nil
        }
        let name = text(record, Place.name)
        let staffID = text(record, Place.staffID)
        return RawShift(
            row: record.line, date: date, role: texts.known(role), window: window, location: nil,
            people: name.isEmpty ? [] : [texts.known(name)], staffID: staffID.isEmpty ? nil : texts.known(staffID))
    }

    private func text(_ record: CSVRecord, _ place: Int) -> String { NameKey.collapsed(record[place + offset].text) }

    private func missing(
        _ record: CSVRecord, _ place: Int, _ field: MonthColumns.Field, _ reason: String
    ) -> ValidationMessage {
        let column = place + offset + 1
        return ValidationMessage(
            .error, "MISSING_CELL", "the row has \(reason) and is left out", field: field.rawValue,
            location: MessageLocation(row: record.line, column: column, cell: "R\(record.line)C\(column)"),
            details: [
                "row": "\(record.line)", "field": field.rawValue, "value": text(record, place), "reason": reason,
            ])
    }
}

/// Reads dates and times as reports write them (domain 5.3).
enum ReportText {
    /// Reads `3-6-26`, `3/6/26`, `3-6-2026` and `3/6/2026`; years 00 to 79 are of this century.
    static func date(_ text: String) -> LocalDate? {
        let trimmed = NameKey.collapsed(text)
        let separator: Character = trimmed.contains("/") ? "/" : "-"
        let parts = trimmed.split(separator: separator, omittingEmptySubsequences: false)
        guard parts.count == 3, let month = FieldText.number(parts[0]), let day = FieldText.number(parts[1]),
            let year = FieldText.number(parts[2]), parts[0].count <= 2, parts[1].count <= 2
        else { return nil }
        switch parts[2].count {
        case 2: return LocalDate(year: year + (year < 80 ? 2000 : 1900), month: month, day: day)
        case 4: return LocalDate(year: year, month: month, day: day)
        default: return nil
        }
    }

    /// Reads `1700`, `800` and `0`: one to four digits, padded from the left; `2400` is midnight.
    static func time(_ text: String) -> LocalTime? {
        let digits = NameKey.collapsed(text)
        guard (1...4).contains(digits.count), let number = FieldText.number(digits) else { return nil }
        return number == 2400 ? .midnight : LocalTime(hour: number / 100, minute: number % 100)
    }
}
