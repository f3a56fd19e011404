import SAX
import ScheduleModel

/// Reads the data rows of a month page: strictly where it matters, leniently elsewhere (domain 5.2).
struct MonthRowReader {
    /// A role as it is written, and whether it starts after the midnight of its evening.
    private struct Role {
        let text: KnownText
        let startsNextDay: Bool
    }

    private let vocabulary: ShiftVocabulary
    private var texts = KnownTexts()
    private var dates = TextCache<LocalDate?>()
    private var times = TextCache<LocalTime?>()
    private var roles = TextCache<Role?>()
    private var locations = TextCache<KnownText?>()
    private var staff = TextCache<[KnownText]>()
    private var counts = TextCache<Bool>()

    init(vocabulary: ShiftVocabulary) {
        self.vocabulary = vocabulary
    }

    /// A row's shift; `nil` when something critical is missing, which is a message.
    mutating func read(_ row: HTMLTableRow, _ columns: MonthColumns, messages: inout [ValidationMessage]) -> RawShift? {
        let cells = Cells(row: row, columns: columns)
        let date = dates.value(of: cells[.date]) { FieldText.date(NameKey.collapsed($0)) }
        let start = times.value(of: cells[.start], make: FieldText.time)
        let end = times.value(of: cells[.end], make: FieldText.time)
        let role = self.role(cells[.position])
        checkCount(cells, messages: &messages)
        guard let date, let start, let end, let role else {
            if date == nil { messages.append(cells.missing(.date, "no date such as 2026-03-02")) }
            if role == nil { messages.append(cells.missing(.position, "no role")) }
            if start == nil { messages.append(cells.missing(.start, "no time such as 17:00")) }
            if end == nil { messages.append(cells.missing(.end, "no time such as 17:00")) }
            return nil
        }
        // Pages name the evening; a role that starts after midnight starts on the next day.
        let offset = role.startsNextDay && start.secondsSinceMidnight < FieldText.noon ? 1 : 0
        guard let window = FieldText.window(start: start, end: end, startDayOffset: offset) else { return nil }
        let location = self.location(cells[.location])
        let people = self.people(cells[.staff])
        return RawShift(
            row: row.number, date: date, role: role.text, window: window, location: location, people: people,
            staffID: nil)
    }

    private mutating func role(_ cell: ArraySlice<UInt8>) -> Role? {
        if let known = roles[cell] { return known }
        let text = NameKey.collapsed(cell.text)
        let startsNextDay = vocabulary.type(named: text)?.window.startDayOffset == 1
        let role = text.isEmpty ? nil : Role(text: texts.known(text), startsNextDay: startsNextDay)
        roles[cell] = .some(role)
        return role
    }

    private mutating func location(_ cell: ArraySlice<UInt8>) -> KnownText? {
        if let known = locations[cell] { return known }
        let text = NameKey.collapsed(cell.text)
        let location = text.isEmpty ? nil : texts.known(text)
        locations[cell] = .some(location)
        return location
    }

    private mutating func people(_ cell: ArraySlice<UInt8>) -> [KnownText] {
        if let known = staff[cell] { return known }
        let people = FieldText.names(cell.text).map { texts.known($0) }
        staff[cell] = people
        return people
    }

    private mutating func checkCount(_ cells: Cells, messages: inout [ValidationMessage]) {
        let isFine = counts.value(of: cells[.required]) { text in
            let written = NameKey.collapsed(text)
            return written.isEmpty || FieldText.number(written) != nil
        }
        guard !isFine else { return }
        messages.append(
            ValidationMessage(
                .warning, "INVALID_VALUE", "required staff is no whole number and is left out",
                field: MonthColumns.Field.required.rawValue, location: cells.location(of: .required),
                details: ["actual": NameKey.collapsed(cells[.required].text)]))
    }
}

/// The texts of one row by field: those of its attributes win over those of its cells.
private struct Cells {
    let row: HTMLTableRow
    let columns: MonthColumns

    subscript(field: MonthColumns.Field) -> ArraySlice<UInt8> {
        if !row.attributes.isEmpty, let name = field.attribute,
            let attribute = row.attributes.first(where: { $0.name == name })
        {
            return attribute.value[...]
        }
        return columns[field].map { row.text(at: $0) } ?? []
    }

    func missing(_ field: MonthColumns.Field, _ reason: String) -> ValidationMessage {
        ValidationMessage(
            .error, "MISSING_CELL", "the row has \(reason) and is left out", field: field.rawValue,
            location: location(of: field),
            details: [
                "row": "\(row.number)", "field": field.rawValue, "value": NameKey.collapsed(self[field].text),
                "reason": reason,
            ])
    }

    func location(of field: MonthColumns.Field) -> MessageLocation {
        let column = columns[field].map { $0 + 1 }
        return MessageLocation(
            row: row.number, column: column, cell: column.map { "R\(row.number)C\($0)" } ?? "R\(row.number)")
    }
}
