import SAX

/// The names of OpenDocument that a reader looks at (ODF 1.3, part 3); the raw value is the id in ``nameTable``.
enum ODFName: Int, CaseIterable {
    case tableCell, paragraph, tableRow, coveredTableCell, span, spaces, tab, lineBreak, heading, table, spreadsheet
    case annotation, shapes
    case valueType, value, dateValue, timeValue, booleanValue, stringValue
    case columnsRepeated, rowsRepeated, name, spaceCount

    static let nameTable = XMLNameTable(allCases.map(\.qualifiedName))

    /// The element of that name, or nil for one that is not looked at.
    init?(_ name: XMLName) {
        self.init(rawValue: name.id)
    }

    private static let officeURI = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    private static let tableURI = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
    private static let textURI = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"

    private var qualifiedName: XMLNameTable.QualifiedName {
        switch self {
        case .tableCell: .init(Self.tableURI, "table-cell")
        case .paragraph: .init(Self.textURI, "p")
        case .tableRow: .init(Self.tableURI, "table-row")
        case .coveredTableCell: .init(Self.tableURI, "covered-table-cell")
        case .span: .init(Self.textURI, "span")
        case .spaces: .init(Self.textURI, "s")
        case .tab: .init(Self.textURI, "tab")
        case .lineBreak: .init(Self.textURI, "line-break")
        case .heading: .init(Self.textURI, "h")
        case .table: .init(Self.tableURI, "table")
        case .spreadsheet: .init(Self.officeURI, "spreadsheet")
        case .annotation: .init(Self.officeURI, "annotation")
        case .shapes: .init(Self.tableURI, "shapes")
        case .valueType: .init(Self.officeURI, "value-type")
        case .value: .init(Self.officeURI, "value")
        case .dateValue: .init(Self.officeURI, "date-value")
        case .timeValue: .init(Self.officeURI, "time-value")
        case .booleanValue: .init(Self.officeURI, "boolean-value")
        case .stringValue: .init(Self.officeURI, "string-value")
        case .columnsRepeated: .init(Self.tableURI, "number-columns-repeated")
        case .rowsRepeated: .init(Self.tableURI, "number-rows-repeated")
        case .name: .init(Self.tableURI, "name")
        case .spaceCount: .init(Self.textURI, "c")
        }
    }
}
