/// Where in a workbook the reading was when it ended early.
package struct ODSPosition: Sendable, Equatable {
    /// The sheet's name.
    package let sheet: String
    /// The row, counted from 1.
    package let row: Int
    /// The column, counted from 1; nil between cells.
    package let column: Int?

    /// Makes a position.
    package init(sheet: String, row: Int, column: Int?) {
        self.sheet = sheet
        self.row = row
        self.column = column
    }
}
