import SAX
import ScheduleModel

/// A table of a page as a rectangle: spans expanded, nested tables left alone.
struct PageTable {
    /// One row.
    struct Row {
        /// The physical row in its table, from 1.
        let number: Int
        /// Cell texts by column, from 0; white space collapsed but for line breaks.
        let cells: [String]
        /// The row's own attributes, such as `data-date`.
        let attributes: [String: String]
        /// Whether it has header cells.
        let isHeader: Bool

        /// Whether there is nothing to read.
        var isBlank: Bool {
            cells.allSatisfy { NameKey.collapsed($0).isEmpty } && !attributes.keys.contains { $0.hasPrefix("data-") }
        }
    }

    /// The most columns that spans may make.
    private static let maxColumns = 64
    /// The most rows that one cell may span.
    private static let maxRowSpan = 1000

    let rows: [Row]

    init(_ table: HTMLElement) {
        var rows: [Row] = []
        // Cells that reach down from rows above: column to text and rows left.
        var reaching: [Int: (text: String, left: Int)] = [:]
        for (place, row) in Self.rowElements(of: table).enumerated() {
            var cells: [String] = []
            var isHeader = false
            func fillReaching() {
                while let cell = reaching[cells.count], cells.count < Self.maxColumns {
                    reaching[cells.count] = cell.left > 1 ? (cell.text, cell.left - 1) : nil
                    cells.append(cell.text)
                }
            }
            for cell in row.childElements where cell.name == "td" || cell.name == "th" {
                fillReaching()
                isHeader = isHeader || cell.name == "th"
                let text = cell.text
                let rowSpan = min(Self.span(cell, "rowspan"), Self.maxRowSpan)
                for _ in 0..<Self.span(cell, "colspan") where cells.count < Self.maxColumns {
                    if rowSpan > 1 { reaching[cells.count] = (text, rowSpan - 1) }
                    cells.append(text)
                }
            }
            fillReaching()
            let attributes = Dictionary(row.attributes.map { ($0.name, $0.value) }) { first, _ in first }
            rows.append(Row(number: place + 1, cells: cells, attributes: attributes, isHeader: isHeader))
        }
        self.rows = rows
    }

    /// The rows that belong to the table itself, whether or not they stand in a `tbody`.
    private static func rowElements(of table: HTMLElement) -> [HTMLElement] {
        table.childElements.flatMap { child -> [HTMLElement] in
            switch child.name {
            case "tr": [child]
            case "thead", "tbody", "tfoot": child.childElements.filter { $0.name == "tr" }
            default: []
            }
        }
    }

    private static func span(_ cell: HTMLElement, _ name: String) -> Int {
        min(max(1, cell.attribute(name).flatMap { FieldText.number($0) } ?? 1), maxColumns)
    }
}
