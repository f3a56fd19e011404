import SAX

/// What libxml2's parser of `content.xml` reports to; all state is in one value, so that an event costs one access check.
final class ContentHandler: XMLHandler {
    private var elements: LibXML2Elements

    /// Where the rows are put together.
    var sheets: SheetAssembler {
        _read { yield elements.sheets }
        _modify { yield &elements.sheets }
    }

    init(_ sheets: SheetAssembler) {
        elements = LibXML2Elements(sheets: sheets)
    }

    /// Where the reading is; nil outside of every sheet.
    var position: ODSPosition? { sheets.position }
    /// Whether the document has had a spreadsheet.
    var sawSpreadsheet: Bool { sheets.sawSpreadsheet }

    func startElement(name: XMLName, attributes: XMLAttributes) throws {
        try elements.start(ODFName(name), attributes)
    }

    func endElement(name: XMLName) throws {
        try elements.sheets.endElement()
    }

    func characters(_ utf8: Span<UInt8>) throws {
        elements.sheets.characters(utf8)
    }
}

/// libxml2's elements in the form that the row assembly takes.
private struct LibXML2Elements {
    var sheets: SheetAssembler
    /// The texts among an element's attributes, one behind the other; reused for each element.
    private var texts: [UInt8] = []

    init(sheets: SheetAssembler) {
        self.sheets = sheets
    }

    mutating func start(_ element: ODFName?, _ attributes: XMLAttributes) throws {
        let found = element != nil && attributes.count > 0 ? gathered(attributes) : ElementAttributes()
        try Self.begin(element, found, texts: texts, in: &sheets)
    }

    private mutating func gathered(_ attributes: XMLAttributes) -> ElementAttributes {
        var found = ElementAttributesBuilder()
        texts.removeAll(keepingCapacity: true)
        attributes.forEach { id, value in
            guard let attribute = ODFName(rawValue: id) else { return }
            let start = texts.count
            if attribute.isText { texts.append(value) }
            found.add(attribute, value, at: .init(start..<texts.count))
        }
        return found.built
    }

    /// Passes an element on; the texts come as a value, so that they can be lent while the sheets change.
    private static func begin(
        _ element: ODFName?, _ found: ElementAttributes, texts: [UInt8], in sheets: inout SheetAssembler
    ) throws {
        try sheets.startElement(element, found, values: texts.span)
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
