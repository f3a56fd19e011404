import SAX

/// What libxml2's parser of `content.xml` reports to; all state is in one value, so that a batch costs one access check.
final class ContentHandler: XMLHandler {
    /// Where the rows are put together.
    var sheets: SheetAssembler

    init(_ sheets: SheetAssembler) {
        self.sheets = sheets
    }

    /// Where the reading is; nil outside of every sheet.
    var position: ODSPosition? { sheets.position }
    /// Whether the document has had a spreadsheet.
    var sawSpreadsheet: Bool { sheets.sawSpreadsheet }

    func take(_ events: Span<XMLEvent>, bytes: Span<UInt8>) throws {
        try sheets.take(events, bytes: bytes)
    }
}

/// A caller's handler behind a reference, so that what assembles rows is not generic: a generic value's layout would be
/// looked up at each of the many million events.
final class HandlerBox<Handler: ODSHandler>: ODSHandler {
    private(set) var handler: Handler

    init(_ handler: Handler) {
        self.handler = handler
    }

    func sheetBegan(name: String, index: Int) throws {
        try handler.sheetBegan(name: name, index: index)
    }

    func row(_ row: ODSRow) throws {
        try handler.row(row)
    }

    func sheetEnded() throws {
        try handler.sheetEnded()
    }

    func limitTruncated(_ limit: ODSLimit, sheet: String, row: Int?, column: Int?) throws {
        try handler.limitTruncated(limit, sheet: sheet, row: row, column: column)
    }

    func progress(bytesRead: Int, of total: Int) throws {
        try handler.progress(bytesRead: bytesRead, of: total)
    }
}
