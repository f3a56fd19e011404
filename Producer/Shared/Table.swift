/// Rows in columns of equal width, for a person.
struct Table {
    /// Where a column's text stands.
    enum Alignment { case left, right }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []

    /// Makes an empty table; a column whose title begins with `>` is aligned right.
    init(_ titles: String...) {
        columns = titles.map { $0.hasPrefix(">") ? (String($0.dropFirst()), .right) : ($0, .left) }
    }

    /// Whether there is no row.
    var isEmpty: Bool { rows.isEmpty }

    /// Adds a row; missing cells are empty.
    mutating func add(_ cells: String...) {
        rows.append(columns.indices.map { $0 < cells.count ? SafeText.line(cells[$0]) : "" })
    }

    /// The table as lines, the titles first.
    var lines: [String] {
        let widths = columns.indices.map { column in
            rows.reduce(columns[column].title.count) { max($0, $1[column].count) }
        }
        return ([columns.map(\.title)] + rows).map { cells in
            let padded = zip(cells, zip(columns, widths)).map { cell, column in
                let fill = String(repeating: " ", count: max(0, column.1 - cell.count))
                return column.0.alignment == .right ? fill + cell : cell + fill
            }
            let line = padded.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }
}
