/// Turns the elements of `content.xml` into sheets and rows.
///
/// A state is the depth at which its element began, 0 outside of it; so an element's end is known by depth alone, and what
/// stands at another depth than expected (nested tables, text boxes) is not mistaken for a cell's own.
///
/// ``startElement(_:_:values:)``, ``endElement()`` and ``characters(_:)`` are all that the two parsers know of it.
struct SheetAssembler {
    private var handler: any ODSHandler
    private let limits: ODSLimits
    private let budget: ReadBudget

    private var depth = 0
    private var skipDepth = 0
    private var spreadsheetDepth = 0
    private var tableDepth = 0
    private var rowDepth = 0
    private var cellDepth = 0
    private var paragraphDepth = 0

    /// Whether there was a spreadsheet.
    private(set) var sawSpreadsheet = false
    private var sheetName = ""
    private var sheetCount = 0
    private var truncated: Set<ODSLimit> = []
    private var rowNumber = 1
    private var rowRepeats = 1
    private var cells: [ODSCells.Slice] = []
    private var column = 1
    private var columnRepeats = 1
    private var valueType = ValueType.none
    private var number = 0.0
    private var raw: Range<Int32> = 0..<0
    private var text: CellText
    private var rowsToBudgetCheck = rowsPerBudgetCheck

    private static var rowsPerBudgetCheck: Int { 1_024 }

    init(_ handler: any ODSHandler, limits: ODSLimits, budget: ReadBudget) {
        self.handler = handler
        self.limits = limits
        self.budget = budget
        text = CellText(limit: limits.cellTextBytes)
    }

    /// Where the reading is; nil outside of every sheet.
    var position: ODSPosition? {
        guard tableDepth > 0 else { return nil }
        return ODSPosition(sheet: sheetName, row: rowNumber, column: cellDepth > 0 ? column : nil)
    }

    /// An element begins.
    ///
    /// - Parameters:
    ///   - element: Its name; nil for one that is not looked at.
    ///   - attributes: Its attributes.
    ///   - values: The bytes in which the attributes' texts stand.
    /// - Throws: What the handler throws.
    mutating func startElement(
        _ element: ODFName?, _ attributes: ElementAttributes, values: Span<UInt8>
    ) throws {
        depth += 1
        guard skipDepth == 0, let element else { return }
        switch element {
        case .tableCell where rowDepth > 0 && depth == rowDepth + 1: beginCell(attributes, values)
        case .coveredTableCell where rowDepth > 0 && depth == rowDepth + 1:
            column += Int(attributes.columnsRepeated)
        case .paragraph where cellDepth > 0 && depth == cellDepth + 1,
            .heading where cellDepth > 0 && depth == cellDepth + 1:
            paragraphDepth = depth
            text.beginParagraph()
        case .tableRow where tableDepth > 0 && rowDepth == 0: beginRow(attributes)
        case .spaces where paragraphDepth > 0:
            text.appendSpaces(Int(attributes.spaceCount))
        case .tab where paragraphDepth > 0: text.appendTab()
        case .lineBreak where paragraphDepth > 0: text.appendLineBreak()
        case .table where tableDepth > 0: skipDepth = depth
        case .table where spreadsheetDepth > 0 && depth == spreadsheetDepth + 1:
            try beginSheet(values.string(at: attributes.name) ?? "")
        case .spreadsheet where spreadsheetDepth == 0:
            spreadsheetDepth = depth
            sawSpreadsheet = true
        case .annotation, .shapes: skipDepth = depth
        default: break
        }
    }

    /// The innermost open element ends.
    mutating func endElement() throws {
        defer { depth -= 1 }
        guard skipDepth == 0 else {
            if depth == skipDepth { skipDepth = 0 }
            return
        }
        switch depth {
        case paragraphDepth:
            text.endParagraph()
            paragraphDepth = 0
        case cellDepth: try endCell()
        case rowDepth: try endRow()
        case tableDepth:
            tableDepth = 0
            try handler.sheetEnded()
        case spreadsheetDepth: spreadsheetDepth = 0
        default: break
        }
    }

    /// Whether a cell that begins now is one of a row, so that ``plainCell(_:values:text:)`` may be called.
    var takesCells: Bool { rowDepth > 0 && depth == rowDepth && skipDepth == 0 }

    /// A cell with one paragraph of nothing but that text.
    ///
    /// It does what the five events of such a cell do; nearly all cells of large workbooks are like that.
    mutating func plainCell(_ attributes: ElementAttributes, values: Span<UInt8>, text utf8: Span<UInt8>) throws {
        beginCell(attributes, values)
        text.beginParagraph()
        text.append(utf8)
        text.endParagraph()
        try endCell()
    }

    /// Text, of which one run may come in several pieces.
    mutating func characters(_ utf8: Span<UInt8>) {
        guard paragraphDepth > 0, skipDepth == 0 else { return }
        text.append(utf8)
    }

    private mutating func beginSheet(_ name: String) throws {
        guard sheetCount < limits.sheets else {
            skipDepth = depth
            return try truncate(.sheets, sheet: name, row: nil, column: nil)
        }
        // What was told of the sheet before says nothing of this one.
        truncated.subtract([.rows, .columns])
        tableDepth = depth
        sheetName = name
        rowNumber = 1
        sheetCount += 1
        try handler.sheetBegan(name: name, index: sheetCount - 1)
    }

    private mutating func beginRow(_ attributes: ElementAttributes) {
        rowDepth = depth
        rowRepeats = Int(attributes.rowsRepeated)
        cells.removeAll(keepingCapacity: true)
        text.clear()
        column = 1
    }

    private mutating func endRow() throws {
        rowDepth = 0
        let next = rowNumber + rowRepeats
        let cells = ODSCells(bytes: text.bytes, slices: self.cells)
        // An error on the way leaves the number of the row it was in.
        while rowNumber < next, !self.cells.isEmpty {
            guard rowNumber <= limits.rows else {
                try truncate(.rows, sheet: sheetName, row: rowNumber, column: nil)
                break
            }
            try spendRow()
            try handler.row(ODSRow(number: rowNumber, cells: cells))
            rowNumber += 1
        }
        rowNumber = next
    }

    /// Looks at the budget now and then, because a few bytes of XML can stand for a million rows.
    private mutating func spendRow() throws {
        rowsToBudgetCheck -= 1
        guard rowsToBudgetCheck == 0 else { return }
        rowsToBudgetCheck = Self.rowsPerBudgetCheck
        try budget.check()
    }

    private mutating func beginCell(_ attributes: ElementAttributes, _ values: Span<UInt8>) {
        cellDepth = depth
        columnRepeats = Int(attributes.columnsRepeated)
        text.beginCell()
        valueType = .none
        if attributes.valueType != .none {
            let value = TypedValue(attributes, values)
            valueType = value.type
            if value.type != .none {
                number = value.number
                raw = text.keep(values.extracting(attributes.value.range), isText: value.type == .string)
            }
        }
    }

    private mutating func endCell() throws {
        cellDepth = 0
        let first = column
        column += columnRepeats
        guard valueType != .none || text.isFilled else { return text.dropCell() }
        guard rowNumber <= limits.rows else {
            text.dropCell()
            return try truncate(.rows, sheet: sheetName, row: rowNumber, column: nil)
        }
        if text.isTruncated, first <= limits.columns {
            try handler.limitTruncated(.cellText, sheet: sheetName, row: rowNumber, column: first)
        }
        if column - 1 > limits.columns {
            try truncate(.columns, sheet: sheetName, row: rowNumber, column: max(first, limits.columns + 1))
        }
        guard first <= limits.columns else { return text.dropCell() }
        let shown = text.endCell()
        for number in first..<min(column, limits.columns + 1) {
            cells.append(slice(column: number, shown: shown))
        }
    }

    /// The cell that has just ended, in that column.
    private func slice(column: Int, shown: Range<Int32>) -> ODSCells.Slice {
        switch valueType {
        case .none: ODSCells.Slice(column: column, type: .string, number: 0, text: shown, raw: 0..<0)
        case .string: ODSCells.Slice(column: column, type: .string, number: 0, text: raw, raw: 0..<0)
        case .number, .date, .time, .boolean:
            ODSCells.Slice(column: column, type: valueType, number: number, text: shown, raw: raw)
        }
    }

    /// Tells of a limit once: of sheets once a file, of rows and columns once a sheet.
    private mutating func truncate(_ limit: ODSLimit, sheet: String, row: Int?, column: Int?) throws {
        guard truncated.insert(limit).inserted else { return }
        try handler.limitTruncated(limit, sheet: sheet, row: row, column: column)
    }
}
