import SAX

/// One table of a page while it is not known whether it is the schedule, and its columns once it is.
///
/// A header row tells at once. Without one the form of the first rows does: as many are kept as ``lookAheadRows`` says, so
/// that a table without a header takes no more memory however long it is.
struct MonthTable {
    /// How many rows a table may have before its header, or before one whose form tells the columns.
    static let lookAheadRows = 64

    private enum State {
        case unknown(rows: [HTMLTableRow])
        case schedule(MonthColumns)
        case other
    }

    private var state = State.unknown(rows: [])
    private var spans = RowSpans()

    /// Whether it is the schedule.
    var isSchedule: Bool {
        if case .schedule = state { true } else { false }
    }

    /// What a row brought.
    struct Data {
        let columns: MonthColumns
        /// Rows to read: none, the one, or also those before it.
        let rows: [HTMLTableRow]
    }

    /// Takes the next row.
    ///
    /// - Returns: Data, once the columns are known.
    mutating func take(_ row: HTMLTableRow) -> Data? {
        switch state {
        case .other: return nil
        case .schedule(let columns):
            let row = spans.expanded(row)
            return row.isHeader || row.isBlank ? nil : Data(columns: columns, rows: [row])
        case .unknown(var rows):
            state = .other
            let row = spans.expanded(row)
            if let columns = MonthColumns(header: row) {
                state = .schedule(columns)
                return Data(columns: columns, rows: [])
            }
            rows.append(row)
            state = .unknown(rows: rows)
            return rows.count < Self.lookAheadRows ? nil : decide()
        }
    }

    /// Decides by the form of the rows that were kept, at the table's end or when there are enough.
    ///
    /// - Returns: All of them, when one shows the columns: a bad row before it is data too.
    mutating func decide() -> Data? {
        guard case .unknown(let rows) = state else { return nil }
        state = .other
        let data = rows.filter { !$0.isHeader && !$0.isBlank }
        guard
            let columns = data.lazy.compactMap({ MonthColumns(fixedOrder: $0) }).first
                ?? data.lazy.compactMap({ MonthColumns(pattern: $0) }).first
        else { return nil }
        state = .schedule(columns)
        return Data(columns: columns, rows: data)
    }
}
