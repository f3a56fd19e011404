import SAX

/// Expands the spans of a table's rows, one row after the other (HTML, section 4.9.12).
struct RowSpans {
    /// The most columns that spans may make.
    private static let maxColumns = 64

    private struct Reaching {
        let text: [UInt8]
        var left: Int
    }

    /// Cells that reach down from rows above, by column.
    private var reaching: [Int: Reaching] = [:]

    /// The row as a rectangle: a cell for each column that a cell of it, or of a row above, takes.
    mutating func expanded(_ row: HTMLTableRow) -> HTMLTableRow {
        guard !reaching.isEmpty || row.cells.contains(where: { $0.columnSpan > 1 || $0.rowSpan > 1 }) else {
            return row
        }
        var wide = HTMLTableRow(number: row.number)
        wide.attributes = row.attributes
        wide.isCut = row.isCut
        for (column, cell) in row.cells.enumerated() {
            appendReaching(to: &wide)
            for _ in 0..<cell.columnSpan where wide.cells.count < Self.maxColumns {
                if cell.rowSpan > 1 {
                    reaching[wide.cells.count] = Reaching(text: Array(row.text(at: column)), left: cell.rowSpan - 1)
                }
                wide.append(row.text(at: column), isHeader: cell.isHeader)
            }
        }
        appendReaching(to: &wide)
        return wide
    }

    private mutating func appendReaching(to row: inout HTMLTableRow) {
        while row.cells.count < Self.maxColumns, var cell = reaching[row.cells.count] {
            cell.left -= 1
            reaching[row.cells.count] = cell.left > 0 ? cell : nil
            row.append(cell.text[...], isHeader: false)
        }
    }
}

extension HTMLTableRow {
    /// Whether it has header cells.
    var isHeader: Bool { cells.contains(where: \.isHeader) }

    /// Whether there is nothing to read.
    var isBlank: Bool { attributes.isEmpty && bytes[...].isBlank }

    fileprivate mutating func append(_ text: ArraySlice<UInt8>, isHeader: Bool) {
        let start = bytes.count
        bytes += text
        cells.append(Cell(text: start..<bytes.count, isHeader: isHeader))
    }
}
