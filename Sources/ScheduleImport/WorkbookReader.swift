import ODS
import ScheduleModel

/// Decides a workbook's layout by its content and passes its rows on (domain 3.1).
///
/// The first used row of the first sheet decides: `Date` and `ShiftType` in it make a dated list. Everything else is read as
/// coverage grids, and turns out to be neither when no sheet's name and no header row fits.
struct WorkbookReader: ODSHandler {
    private enum Layout {
        case undecided
        case list(ListLayoutReader)
        case grid(GridLayoutReader)
    }

    private let context: HospitalContext
    private let options: ImportOptions
    private let collector: MessageCollector
    private let onProgress: (ImportProgress) -> Void
    private var layout = Layout.undecided
    private var sheetName = ""
    private var sheetIndex = 0
    private var sheets = 0

    init(
        context: HospitalContext, options: ImportOptions, collector: MessageCollector,
        onProgress: @escaping (ImportProgress) -> Void
    ) {
        self.context = context
        self.options = options
        self.collector = collector
        self.onProgress = onProgress
    }

    /// What was read so far.
    var facts: WorkbookFacts {
        var facts =
            switch layout {
            case .undecided: WorkbookFacts()
            case .list(let list): list.facts
            case .grid(let grid): grid.facts
            }
        facts.sheets = sheets
        return facts
    }

    /// Rows by fate so far.
    var counters: RowCounters {
        switch layout {
        case .undecided: RowCounters()
        case .list(let list): list.counters
        case .grid(let grid): grid.counters
        }
    }

    mutating func sheetBegan(name: String, index: Int) throws {
        sheetName = name
        sheetIndex = index
        sheets += 1
        if index > 0, case .undecided = layout { try becomeGrid() }
        try withGrid { try $0.sheetBegan(name: name) }
    }

    mutating func row(_ row: ODSRow) throws {
        guard row.cells.contains(where: { !$0.trimmed.isEmpty }) else { return noteBlankRow(row) }
        if case .undecided = layout { try decide(by: row) }
        switch layout {
        case .list(var list):
            layout = .undecided  // keeps one reference, so that the reader is changed in place
            defer { layout = .list(list) }
            if sheetIndex == 0 { try list.row(row) }
        case .grid:
            try withGrid { try $0.row(row) }
        case .undecided:
            break
        }
    }

    mutating func sheetEnded() throws {
        // A first sheet without a row is no list; its name may still be that of a coverage sheet.
        if case .undecided = layout {
            try becomeGrid()
            let name = sheetName
            try withGrid { try $0.sheetBegan(name: name) }
        }
        try withGrid { try $0.sheetEnded() }
    }

    mutating func limitTruncated(_ limit: ODSLimit, sheet: String, row: Int?, column: Int?) throws {
        collector.add(
            ValidationMessage(
                .warning, "LIMIT_TRUNCATED", "more than the reader takes (\(limit.rawValue)): the rest is left out",
                location: Self.location(sheet: sheet, row: row, column: column),
                details: ["limit": limit.rawValue]))
    }

    mutating func progress(bytesRead: Int, of total: Int) throws {
        onProgress(ImportProgress(bytesRead: bytesRead, bytesTotal: total, rows: counters))
    }

    /// The draft, once the whole workbook was read.
    mutating func finish() throws -> ScheduleDraft {
        var draft: ScheduleDraft
        switch layout {
        case .undecided: throw Self.unknownLayout
        case .list(var list): draft = try list.finish()
        case .grid(let grid): draft = try grid.finish()
        }
        draft.facts.sheets = sheets
        return draft
    }

    private static func location(sheet: String, row: Int?, column: Int?) -> MessageLocation {
        guard let row, let column else { return MessageLocation(sheet: sheet, row: row, column: column) }
        return .cell(sheet: sheet, row: row, column: column)
    }

    static var unknownLayout: PhaseError {
        PhaseError(
            "INVALID_FILE_FORMAT",
            "the workbook is neither a dated list (columns Date, ShiftType, RequiredStaffing) nor a set of coverage sheets "
                + "(named like 'Mid Weekday Body 5 - 6 pm'). rename the columns or sheets")
    }

    private mutating func decide(by row: ODSRow) throws {
        let header = ListHeader(row)
        if sheetIndex == 0, header.column(of: .date) != nil, header.column(of: .shiftType) != nil {
            guard options.layout != .grid else {
                throw PhaseError("INVALID_FILE_FORMAT", "layout grid was asked for and the workbook is a dated list")
            }
            layout = .list(ListLayoutReader(context: context, options: options, collector: collector, sheet: sheetName))
        } else {
            try becomeGrid()
            let name = sheetName
            try withGrid { try $0.sheetBegan(name: name) }
        }
    }

    private mutating func becomeGrid() throws {
        guard options.layout != .list else {
            throw PhaseError("INVALID_FILE_FORMAT", "layout list was asked for and the workbook is no dated list")
        }
        layout = .grid(GridLayoutReader(context: context, options: options, collector: collector))
    }

    private mutating func withGrid(_ body: (inout GridLayoutReader) throws -> Void) throws {
        guard case .grid(var grid) = layout else { return }
        layout = .undecided  // keeps one reference, so that the reader is changed in place
        defer { layout = .grid(grid) }
        try body(&grid)
    }

    private mutating func noteBlankRow(_ row: ODSRow) {
        guard case .list(var list) = layout, sheetIndex == 0 else { return }
        layout = .undecided
        list.blankRow(row.number)
        layout = .list(list)
    }
}
