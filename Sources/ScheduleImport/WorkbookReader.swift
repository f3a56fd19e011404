import ODS
import ScheduleModel

/// Decides a workbook's layout by its content and passes its rows on (domain 3.1).
///
/// The first used row of the first sheet decides: `Date` and `ShiftType` in it make a dated list. Everything else is read as
/// coverage grids, and turns out to be neither when no sheet's name and no header row fits.
struct WorkbookReader: ODSHandler {
    private let context: HospitalContext
    private let options: ImportOptions
    private let collector: MessageCollector
    private let onProgress: (ImportProgress) -> Void
    /// The reader of the layout, of which there is one at most; none before it is decided.
    private var list: ListLayoutReader?
    private var grid: GridLayoutReader?
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
        var facts = list?.facts ?? grid?.facts ?? WorkbookFacts()
        facts.sheets = sheets
        return facts
    }

    /// Rows by fate so far.
    var counters: RowCounters { list?.counters ?? grid?.counters ?? RowCounters() }

    private var isUndecided: Bool { list == nil && grid == nil }

    mutating func sheetBegan(name: String, index: Int) throws {
        sheetName = name
        sheetIndex = index
        sheets += 1
        if index > 0, isUndecided { try becomeGrid() }
        try grid?.sheetBegan(name: name)
    }

    mutating func row(_ row: ODSRow) throws {
        guard !row.cells.areBlank else { return noteBlankRow(row) }
        if isUndecided { try decide(by: row) }
        if sheetIndex == 0 { try list?.row(row) }
        try grid?.row(row)
    }

    mutating func sheetEnded() throws {
        // A first sheet without a row is no list; its name may still be that of a coverage sheet.
        if isUndecided {
            try becomeGrid()
            try grid?.sheetBegan(name: sheetName)
        }
        try grid?.sheetEnded()
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
        guard var draft = try list?.finish() ?? grid?.finish() else { throw Self.unknownLayout }
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
            list = ListLayoutReader(context: context, options: options, collector: collector, sheet: sheetName)
        } else {
            try becomeGrid()
            try grid?.sheetBegan(name: sheetName)
        }
    }

    private mutating func becomeGrid() throws {
        guard options.layout != .list else {
            throw PhaseError("INVALID_FILE_FORMAT", "layout list was asked for and the workbook is no dated list")
        }
        grid = GridLayoutReader(context: context, options: options, collector: collector)
    }

    private mutating func noteBlankRow(_ row: ODSRow) {
        if sheetIndex == 0 { list?.blankRow(row.number) }
    }
}
