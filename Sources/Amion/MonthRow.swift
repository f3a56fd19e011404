import ScheduleModel

/// One data row of a month page: read strictly where it matters, leniently elsewhere.
struct MonthRow {
    /// What a row says.
    struct Shift {
        let row: Int
        let date: LocalDate
        let role: String
        let window: ShiftWindow
        let location: String?
        let names: [String]

        func assignment(_ name: String) -> ScrapedAssignment {
            ScrapedAssignment(
                sourceRow: row, date: date, role: role, window: window, location: location, name: name, staffID: nil)
        }
    }

    let row: PageTable.Row
    let columns: MonthColumns
    let vocabulary: ShiftVocabulary

    /// The row's shift; `nil` when something critical is missing, which is a message.
    func read(messages: inout [ValidationMessage]) -> Shift? {
        let role = NameKey.collapsed(text(.position))
        let date = FieldText.date(NameKey.collapsed(text(.date)))
        let start = FieldText.time(text(.start))
        let end = FieldText.time(text(.end))
        checkRequired(messages: &messages)
        guard let date, let start, let end, !role.isEmpty else {
            if date == nil { messages.append(missing(.date, "no date such as 2026-03-02")) }
            if role.isEmpty { messages.append(missing(.position, "no role")) }
            if start == nil { messages.append(missing(.start, "no time such as 17:00")) }
            if end == nil { messages.append(missing(.end, "no time such as 17:00")) }
            return nil
        }
        // Pages name the evening; a role that starts after midnight starts on the next day.
        let startsNextDay =
            vocabulary.type(named: role)?.window.startDayOffset == 1 && start.secondsSinceMidnight < 43_200
        guard let window = FieldText.window(start: start, end: end, startDayOffset: startsNextDay ? 1 : 0) else {
            return nil
        }
        let location = NameKey.collapsed(text(.location))
        return Shift(
            row: row.number, date: date, role: role, window: window, location: location.isEmpty ? nil : location,
            names: FieldText.names(text(.staff)))
    }

    private func text(_ field: MonthColumns.Field) -> String {
        if let name = field.attribute, let value = row.attributes[name] { return value }
        guard let column = columns[field], row.cells.indices.contains(column) else { return "" }
        return row.cells[column]
    }

    private func checkRequired(messages: inout [ValidationMessage]) {
        let written = NameKey.collapsed(text(.required))
        guard !written.isEmpty, FieldText.number(written) == nil else { return }
        messages.append(
            ValidationMessage(
                .warning, "INVALID_VALUE", "required staff is no whole number and is left out",
                field: MonthColumns.Field.required.rawValue, location: location(of: .required),
                details: ["actual": written]))
    }

    private func missing(_ field: MonthColumns.Field, _ reason: String) -> ValidationMessage {
        ValidationMessage(
            .error, "MISSING_CELL", "the row has \(reason) and is left out", field: field.rawValue,
            location: location(of: field),
            details: [
                "row": "\(row.number)", "field": field.rawValue, "value": NameKey.collapsed(text(field)),
                "reason": reason,
            ])
    }

    private func location(of field: MonthColumns.Field) -> MessageLocation {
        let column = columns[field].map { $0 + 1 }
        return MessageLocation(
            row: row.number, column: column, cell: column.map { "R\(row.number)C\($0)" } ?? "R\(row.number)")
    }
}
