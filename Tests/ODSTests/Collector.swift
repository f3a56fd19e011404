import ODS

/// Writes down what a reader tells.
struct Collector: ODSHandler {
    /// One call, without progress.
    enum Event: Equatable {
        case sheet(String, Int)
        case row(ODSRow)
        case end
        case truncated(ODSLimit, sheet: String, row: Int?, column: Int?)
    }

    var events: [Event] = []
    var progress: [Int] = []
    var total = 0
    /// Whether rows are only counted.
    var countsOnly = false
    var rowCount = 0
    var lastRow = 0
    /// What to do at each row.
    var onRow: ((ODSRow) throws -> Void)?

    var rows: [ODSRow] {
        events.compactMap { event in
            guard case .row(let row) = event else { return nil }
            return row
        }
    }

    /// The rows as `number: column=text …`.
    var table: [String] {
        rows.map { row in "\(row.number): " + row.cells.map { "\($0.column)=\($0.text)" }.joined(separator: " ") }
    }

    mutating func sheetBegan(name: String, index: Int) throws { events.append(.sheet(name, index)) }

    mutating func row(_ row: ODSRow) throws {
        try onRow?(row)
        rowCount += 1
        lastRow = row.number
        if !countsOnly { events.append(.row(row)) }
    }

    mutating func sheetEnded() throws { events.append(.end) }

    mutating func limitTruncated(_ limit: ODSLimit, sheet: String, row: Int?, column: Int?) throws {
        events.append(.truncated(limit, sheet: sheet, row: row, column: column))
    }

    mutating func progress(bytesRead: Int, of total: Int) throws {
        progress.append(bytesRead)
        self.total = total
    }
}

/// Documents for tests.
enum Sample {
    private static let uri = "urn:oasis:names:tc:opendocument:xmlns"

    /// `content.xml` with that inside its spreadsheet; the prefixes can be any.
    static func content(_ inner: String, office: String = "office", table: String = "table", text: String = "text")
        -> String
    {
        """
        <?xml version="1.0" encoding="UTF-8"?><\(office):document-content xmlns:\(office)="\(uri):office:1.0" \
        xmlns:\(table)="\(uri):table:1.0" xmlns:\(text)="\(uri):text:1.0"><\(office):body><\(office):spreadsheet>\
        \(inner)</\(office):spreadsheet></\(office):body></\(office):document-content>
        """
    }

    /// One sheet called `S` with that inside.
    static func sheet(_ rows: String) -> String {
        content("<table:table table:name=\"S\">\(rows)</table:table>")
    }

    /// A text cell.
    static func cell(_ text: String, _ attributes: String = "") -> String {
        "<table:table-cell office:value-type=\"string\" \(attributes)><text:p>\(text)</text:p></table:table-cell>"
    }

    /// A workbook's archive with that `content.xml`.
    static func archive(_ content: String) -> [UInt8] {
        let type = Array("application/vnd.oasis.opendocument.spreadsheet".utf8)
        return ZipWriter(members: [.init("mimetype", type), .init("content.xml", Array(content.utf8))]).bytes
    }
}

/// Reads a whole file and returns what was told.
func read(_ bytes: [UInt8], limits: ODSLimits = ODSLimits()) throws -> Collector {
    var collector = Collector()
    try ODSReader(limits: limits).read(bytes, handler: &collector)
    return collector
}

/// Reads flat XML and returns what was told.
func read(_ xml: String, limits: ODSLimits = ODSLimits()) throws -> Collector {
    try read(Array(xml.utf8), limits: limits)
}
