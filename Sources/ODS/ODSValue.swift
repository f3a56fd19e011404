/// What a cell holds.
package enum ODSValue: Sendable, Equatable {
    /// Text, or any cell without a known type; paragraphs are parted by a line feed.
    case text(String)
    /// A number, percentage or amount of money.
    ///
    /// `shown` is the text a person sees (may be empty), `raw` the `office:value` as written.
    case number(Double, shown: String, raw: String)
    /// The `office:date-value` as written: `2026-03-02` or `2026-03-02T17:00:00`.
    case date(String)
    /// The `office:time-value`: seconds, nil when it is no ISO 8601 duration without years and months; and as written.
    case time(seconds: Int?, raw: String)
    case boolean(Bool)

    /// The day of a date cell: the first 10 characters of its value; nil for other cells.
    package var day: String? {
        guard case .date(let value) = self else { return nil }
        return String(value.prefix(10))
    }
}

/// One cell with something in it.
package struct ODSCell: Sendable, Equatable {
    /// The physical column, counted from 1.
    package let column: Int
    package let value: ODSValue

    /// Makes a cell.
    package init(column: Int, value: ODSValue) {
        self.column = column
        self.value = value
    }

    /// The cell as one text.
    ///
    /// Text is itself; a number is what a person sees, else as written; a date is its day; a time is `HH:MM`, with `:SS`
    /// when it has seconds; a boolean is `TRUE` or `FALSE`. Nothing is trimmed.
    package var text: String {
        switch value {
        case .text(let text): return text
        case .number(_, let shown, let raw): return shown.isEmpty ? raw : shown
        case .date(let raw): return String(raw.prefix(10))
        case .time(nil, let raw): return raw
        case .time(let seconds?, _): return Self.clock(seconds)
        case .boolean(let value): return value ? "TRUE" : "FALSE"
        }
    }

    private static func clock(_ seconds: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let minutes = "\(two(seconds / 3600)):\(two(seconds / 60 % 60))"
        return seconds % 60 == 0 ? minutes : "\(minutes):\(two(seconds % 60))"
    }
}
