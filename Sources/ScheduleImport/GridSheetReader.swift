import ODS
import ScheduleModel

/// Reads one coverage sheet: finds its header, then its worklist rows (domain 3.4).
struct GridSheetReader {
    let name: String
    /// What the name says; `nil` when it says nothing, and then the sheet is only looked at to tell the layout.
    let meaning: SheetName?
    private let vocabulary: ShiftVocabulary
    private let collector: MessageCollector
    private var grids: [CoverageGrid] = []
    private var firstUsedRow: ODSRow?
    /// How many more worklist rows the workbook may have.
    private var room: Int
    private(set) var counters = RowCounters()

    init(name: String, vocabulary: ShiftVocabulary, collector: MessageCollector, room: Int) {
        self.name = name
        meaning = SheetName(name)
        self.vocabulary = vocabulary
        self.collector = collector
        self.room = room
    }

    /// Grids, rows and marks so far, side grids included; none on a sheet whose name says nothing.
    var facts: WorkbookFacts {
        var facts = WorkbookFacts()
        guard meaning != nil else { return facts }
        facts.grids = grids.count
        facts.rows = grids.reduce(0) { $0 + $1.rows.count }
        facts.marks = grids.reduce(0) { $0 + $1.rows.reduce(0) { $0 + $1.roles.count } }
        return facts
    }

    /// Whether a header row was found.
    var hasHeader: Bool { !grids.isEmpty }

    mutating func row(_ row: ODSRow) {
        guard hasHeader else {
            if firstUsedRow == nil { firstUsedRow = row }
            grids = CoverageGrid.grids(header: row, vocabulary: vocabulary)
            return
        }
        guard meaning != nil, room >= 0 else { return }
        for place in grids.indices where room >= 0 { read(row, grid: place) }
    }

    /// The sheet's one grid, once all rows were read; `nil` when it has nothing to use, which is reported.
    mutating func finish() -> CoverageGrid? {
        guard meaning != nil else {
            warn(
                "INVALID_SHEET_NAME",
                "the sheet's name says no part of the night, such as 'Mid Weekday Body 5 - 6 pm'; skipped",
                expected: SheetName.expectation, actual: name)
            return nil
        }
        guard let kept = grids.first else {
            let looksLikeHeader = (firstUsedRow?.cells.first?.column ?? 1) > 1
            warn(
                looksLikeHeader ? "NO_SHIFT_COLUMNS" : "NO_HEADER_ROW",
                looksLikeHeader
                    ? "no header cell is a role of the hospital's vocabulary; skipped"
                    : "no row names the roles, so there is no header; skipped",
                expected: "a row with two roles, or with one and an empty first cell",
                actual: firstUsedRow?.cells.map(\.trimmed).joined(separator: ", ") ?? "", row: firstUsedRow?.number)
            return nil
        }
        guard !kept.rows.isEmpty else {
            warn(
                "EMPTY_COVERAGE_GRID", "the grid has no worklist rows; skipped",
                expected: "a worklist's label below the header", actual: "", row: kept.headerRow)
            return nil
        }
        for dropped in grids.dropFirst() { warnDropped(dropped, kept: kept) }
        return kept
    }

    private mutating func read(_ row: ODSRow, grid place: Int) {
        let grid = grids[place]
        let isKept = place == 0
        var label = ""
        var roles: [String] = []
        var messages: [ValidationMessage] = []
        let lastColumn = place + 1 < grids.count ? grids[place + 1].labelColumn - 1 : Int.max
        for cell in row.cells where cell.column >= grid.labelColumn && cell.column <= lastColumn {
            let text = cell.trimmed
            guard !text.isEmpty else { continue }
            if cell.column == grid.labelColumn {
                label = text
            } else if let column = grid.roleColumns.first(where: { $0.column == cell.column }) {
                if text.lowercased() == "x" {
                    roles.append(column.role)
                } else {
                    messages.append(unrecognised(text, at: cell, row: row, why: "is no mark: only x is"))
                }
            } else if text.lowercased() == "x" {
                messages.append(unrecognised(text, at: cell, row: row, why: "marks a column whose header is no role"))
            }
        }
        guard !label.isEmpty || !roles.isEmpty else {
            // A note below the grid; what stands in a role's column may be a mark that went wrong.
            if isKept { messages.forEach(collector.add) }
            return
        }
        if isKept { counters.total += 1 }
        guard let label = WorklistLabel(label), label.fits else {
            if isKept { reject(row, grid: grid, label: label) }
            return
        }
        guard takeRoom(at: row) else { return }
        grids[place].rows.append(CoverageGrid.Row(number: row.number, label: label, roles: roles))
        guard isKept else { return }
        counters.created += 1
        messages.forEach(collector.add)
        noteMarks(label, roles: roles, at: row, grid: grid)
    }

    /// Whether one more row may be kept; says once when none may.
    private mutating func takeRoom(at row: ODSRow) -> Bool {
        room -= 1
        if room == -1 {
            counters.total -= 1
            warn(
                "LIMIT_TRUNCATED", "more worklist rows than a workbook may have: the rest is left out",
                expected: "at most \(GridLayoutReader.mostRows) worklist rows", actual: "one more", row: row.number)
        }
        return room >= 0
    }

    private mutating func reject(_ row: ODSRow, grid: CoverageGrid, label: String) {
        counters.failed += 1
        let place = MessageLocation.cell(sheet: name, row: row.number, column: grid.labelColumn)
        collector.add(
            label.isEmpty
                ? ValidationMessage(
                    .error, "MISSING_REQUIRED_FIELD", "the row has marks and no worklist label", field: "Label",
                    location: place, details: ["expected": WorklistLabel.expectation, "actual": ""])
                : ValidationMessage(
                    .error, "INVALID_VALUE", "the worklist's label is too long", field: "Label", location: place,
                    details: [
                        "expected":
                            "a campus of at most \(WorklistLabel.longestCampus) characters, \(WorklistLabel.longest) in all",
                        "actual": label,
                    ]))
    }

    private func noteMarks(_ label: WorklistLabel, roles: [String], at row: ODSRow, grid: CoverageGrid) {
        let location = MessageLocation.cell(sheet: name, row: row.number, column: grid.labelColumn)
        let distinct = Set(roles).sorted()
        let text = ValidationMessage.quoted(label.text)
        if roles.isEmpty {
            collector.add(
                ValidationMessage(
                    .warning, "UNCOVERED_WORKLIST", "no role reads \(text) in this block", field: "Label",
                    location: location,
                    details: ["expected": "a mark in the row", "actual": "none", "worklist": label.text]))
        } else if distinct.count > 1 {
            collector.add(
                ValidationMessage(
                    .info, "MULTIPLE_MARKS", "\(text) is read by \(distinct.joined(separator: " and "))",
                    field: "Label", location: location,
                    details: ["actual": distinct.joined(separator: ", "), "worklist": label.text]))
        }
    }

    private func unrecognised(_ text: String, at cell: ODSCell, row: ODSRow, why: String) -> ValidationMessage {
        ValidationMessage(
            .warning, "UNRECOGNISED_MARK", "the cell \(why)",
            location: .cell(sheet: name, row: row.number, column: cell.column),
            details: ["expected": "x", "actual": text])
    }

    private func warnDropped(_ dropped: CoverageGrid, kept: CoverageGrid) {
        let labels = kept.labelsDiffering(from: dropped)
        collector.add(
            ValidationMessage(
                .warning, "DUPLICATE_GRID",
                "a second grid starts at column \(MessageLocation.columnName(dropped.labelColumn)) and is left out; "
                    + "\(labels.count) of its rows differ",
                location: .cell(sheet: name, row: dropped.headerRow, column: dropped.labelColumn),
                details: [
                    "expected": "one grid a sheet", "actual": "one more, of \(dropped.rows.count) rows",
                    "differing_rows": "\(labels.count)", "labels": labels.joined(separator: "; "),
                ]))
    }

    private func warn(_ code: ValidationCode, _ text: String, expected: String, actual: String, row: Int? = nil) {
        collector.add(
            ValidationMessage(
                .warning, code, text, location: MessageLocation(sheet: name, row: row),
                details: ["expected": expected, "actual": actual]))
    }
}
