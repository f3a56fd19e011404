/// One row of a page's table: the texts of its cells as they stand, spans not expanded.
package struct HTMLTableRow: Sendable, Equatable {
    /// The byte that stands in a cell's text for a line break of the page: a `br`, or the edge of a paragraph.
    ///
    /// Line ends of the source are only white space and come as spaces.
    package static let lineBreak = UInt8(ascii: "\n")

    /// One cell.
    package struct Cell: Sendable, Equatable {
        /// Where its text stands in ``HTMLTableRow/bytes``.
        package var text: Range<Int>
        /// Whether it is a `th`.
        package var isHeader: Bool
        /// How many columns it takes, 1 to 1,000.
        package var columnSpan: Int
        /// How many rows it reaches down, its own included, 1 to 65,534.
        package var rowSpan: Int

        /// Makes a cell.
        package init(text: Range<Int>, isHeader: Bool = false, columnSpan: Int = 1, rowSpan: Int = 1) {
            self.text = text
            self.isHeader = isHeader
            self.columnSpan = columnSpan
            self.rowSpan = rowSpan
        }
    }

    /// An attribute whose name begins with `data-`.
    package struct Attribute: Sendable, Equatable {
        /// The name in lower case.
        package let name: String
        /// The value in UTF-8, entities resolved.
        package let value: [UInt8]
    }

    /// The row's place in its own table, from 1; rows of nested tables are not counted.
    package var number: Int
    /// The texts of the cells one behind the other, in UTF-8, entities resolved; without those of nested tables.
    package var bytes: [UInt8] = []
    /// The cells in the order of the page.
    package var cells: [Cell] = []
    /// The `data-` attributes in the order of the page.
    package var attributes: [Attribute] = []
    /// Whether text was left out because of a limit.
    package var isCut = false

    /// An empty row.
    package init(number: Int) {
        self.number = number
    }

    /// A cell's text; empty where the row has no such cell.
    package func text(at column: Int) -> ArraySlice<UInt8> {
        column < cells.count ? bytes[cells[column].text] : []
    }

    /// Empties the row for the next one and keeps its memory.
    mutating func reset(number: Int) {
        self.number = number
        bytes.removeAll(keepingCapacity: true)
        cells.removeAll(keepingCapacity: true)
        attributes.removeAll(keepingCapacity: true)
        isCut = false
    }
}
