/// What a workbook holds as it was read, before anything is left out.
package struct WorkbookFacts: Sendable, Hashable {
    /// Sheets, those that are skipped included.
    package var sheets = 0
    /// Coverage grids on the sheets whose names can be used, side grids included; 0 for a dated list.
    package var grids = 0
    /// Worklist rows of those grids, or data rows of a dated list.
    package var rows = 0
    /// Marks in those grids.
    package var marks = 0
    /// Slots that the workbook asks for.
    package var shifts = 0

    /// Nothing yet.
    package init() {}
}
