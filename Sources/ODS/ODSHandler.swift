/// What a workbook's parts are given to, in the order of the file.
///
/// An error thrown by any of these ends the reading and comes out of ``ODSReader/read(_:handler:)`` unchanged.
package protocol ODSHandler {
    /// A sheet begins; `index` counts from 0.
    mutating func sheetBegan(name: String, index: Int) throws

    /// A row with at least one filled cell; a repeated row comes once per repeat, with rising numbers.
    mutating func row(_ row: ODSRow) throws

    /// The sheet that began last has ended.
    mutating func sheetEnded() throws

    /// Something was cut off: rows, columns and sheets are told once (a sheet), a cell's text once a cell.
    ///
    /// - Parameters:
    ///   - limit: Which limit was passed.
    ///   - sheet: The sheet's name.
    ///   - row: The first row that is cut, counted from 1; nil for sheets.
    ///   - column: The first column that is cut, counted from 1; nil for sheets and rows.
    /// - Throws: What ends the reading.
    mutating func limitTruncated(_ limit: ODSLimit, sheet: String, row: Int?, column: Int?) throws

    /// How far the reading is, at most once each 64 KiB of compressed input and once at the end.
    ///
    /// - Parameters:
    ///   - bytesRead: Bytes of the archive's `content.xml` (or of the flat file) used up so far.
    ///   - total: All bytes of it; equal to `bytesRead` in the last call.
    /// - Throws: What ends the reading.
    mutating func progress(bytesRead: Int, of total: Int) throws
}
