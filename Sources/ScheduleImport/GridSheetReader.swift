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
    private(set) var counters = RowCounters()

    init(name: String, vocabulary: ShiftVocabulary, collector: MessageCollector) {
        self.name = name
        meaning = SheetName(name)
        self.vocabulary = vocabulary
        self.collector = collector
    }

    /// Whether a header row was found.
    var hasHeader: Bool { !grids.isEmpty }

    mutating func row(_ row: ODSRow) {
        guard hasHeader else {
            if firstUsedRow == nil { firstUsedRow = row }
            grids = CoverageGrid.grids(header: row, vocabulary: vocabulary)
            return
        }
        guard meaning != nil else { return }
        for place in grids.indices { read(row, grid: place) }
    }

    /// The sheet's one grid, once all rows were read; `nil` when it has nothing to use, which is reported.
    mutating func finish() -> CoverageGrid? {
        guard meaning != nil else {
            warn(
                "INVALID_SHEET_NAME",
                "the sheet's name says no part of the night, such as 'Mid Weekday Body 5 - 6 pm'; skipped")
            return nil
        }
        guard let kept = grids.first else {
            let looksLikeHeader = (firstUsedRow?.cells.first?.column ?? 1) > 1
            warn(
                looksLikeHeader ? "NO_SHIFT_COLUMNS" : "NO_HEADER_ROW",
                looksLikeHeader
                    ? "no header cell is a role of the hospital's vocabulary; skipped"
                    : "no row names the roles, so there is no header; skipped")
            return nil
        }
        guard !kept.rows.isEmpty else {
            warn("EMPTY_COVERAGE_GRID", "the grid has no worklist rows; skipped")
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
        guard !label.isEmpty || !roles.isEmpty else { return }
        if isKept { counters.total += 1 }
        guard let label = WorklistLabel(label) else {
            if isKept { reject(row, grid: grid) }
            return
        }
        grids[place].rows.append(CoverageGrid.Row(number: row.number, label: label, roles: roles))
        guard isKept else { return }
        counters.created += 1
        for message in messages { collector.add(message) }
        noteMarks(label, roles: roles, at: row, grid: grid)
    }

    private mutating func reject(_ row: ODSRow, grid: CoverageGrid) {
        counters.failed += 1
        collector.add(
            ValidationMessage(
                .error, "MISSING_REQUIRED_FIELD", "the row has marks and no worklist label", field: "Label",
                location: .cell(sheet: name, row: row.number, column: grid.labelColumn)))
    }

    private func noteMarks(_ label: WorklistLabel, roles: [String], at row: ODSRow, grid: CoverageGrid) {
        let location = MessageLocation.cell(sheet: name, row: row.number, column: grid.labelColumn)
        if roles.isEmpty {
            collector.add(
                ValidationMessage(
                    .warning, "UNCOVERED_WORKLIST", "no role reads \(label.text) in this block", field: "Label",
                    location: location, details: ["worklist": label.text]))
        } else if roles.count > 1 {
            collector.add(
                ValidationMessage(
                    .info, "MULTIPLE_MARKS", "\(label.text) is read by \(roles.joined(separator: " and "))",
                    field: "Label", location: location, details: ["roles": roles.joined(separator: ", ")]))
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
                location: MessageLocation(sheet: name, column: dropped.labelColumn),
                details: ["differing_rows": "\(labels.count)", "labels": labels.joined(separator: "; ")]))
    }

    private func warn(_ code: ValidationCode, _ text: String) {
        collector.add(ValidationMessage(.warning, code, text, location: MessageLocation(sheet: name)))
    }
}
