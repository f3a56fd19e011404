import Foundation
package import ODS
package import ScheduleModel
package import Zip

/// Reads a schedule workbook of either layout into a draft, streaming (domain 3 and 4).
///
/// It keeps nothing between calls, so imports in parallel never mix.
package struct ScheduleImporter: Sendable {
    private let context: HospitalContext
    private let options: ImportOptions
    private let reader: ODSReader

    /// Makes an importer for one hospital.
    package init(context: HospitalContext, options: ImportOptions, reader: ODSReader = ODSReader()) {
        self.context = context
        self.options = options
        self.reader = reader
    }

    /// Reads a workbook.
    ///
    /// - Parameters:
    ///   - file: The file, `.ods` or flat `.fods`.
    ///   - onMessage: Called with each message the moment it is found, on the calling thread.
    ///   - onProgress: Called at most once each 64 KiB of input, and at the end.
    /// - Returns: Everything that was accepted; nothing is stored.
    /// - Throws: ``ImportFailure`` when nothing can be imported; `CancellationError` when the task was cancelled.
    package func read(
        _ file: ByteSource, onMessage: @escaping (ValidationMessage) -> Void = { _ in },
        onProgress: @escaping (ImportProgress) -> Void = { _ in }
    ) throws -> ScheduleDraft {
        let collector = MessageCollector(publish: onMessage)
        var workbook = WorkbookReader(
            context: context, options: options, collector: collector, onProgress: onProgress)
        do {
            do {
                try reader.read(file, handler: &workbook)
                return try workbook.finish()
            } catch let error as ODSError {
                throw PhaseError(ValidationCode(rawValue: error.code), error.reason, details: error.details)
            }
        } catch let error as PhaseError {
            collector.add(error.message)
            throw ImportFailure(
                message: error.message, report: collector.report, counters: workbook.counters, facts: workbook.facts)
        }
    }

    /// A draft for the range of the version that it goes into, when that is another than the one it was read for.
    ///
    /// Grid workbooks hold no dates, so their slots are made anew. Of a dated list the rows outside are rejected.
    ///
    /// - Parameters:
    ///   - draft: A draft of this importer.
    ///   - range: The version's range.
    ///   - onMessage: Called with each message that is new.
    /// - Returns: The draft to write.
    /// - Throws: ``ImportFailure`` when no row of a dated list is inside, or too few are.
    package func adapt(
        _ draft: ScheduleDraft, to range: DateRange, onMessage: @escaping (ValidationMessage) -> Void = { _ in }
    ) throws -> ScheduleDraft {
        guard range != draft.range else { return draft }
        var adapted = draft
        adapted.range = range
        adapted.shifts = []
        let collector = MessageCollector { message in
            adapted.report.append(message)
            onMessage(message)
        }
        switch draft.layout {
        case .grid:
            let planner = SlotPlanner(rules: draft.rules, worklists: draft.worklists, context: context)
            try planner.eachShift(in: range, known: draft.range, collector: collector) { adapted.shifts.append($0) }
        case .list:
            var shifts = draft.shifts
            shifts.removeAll { row in
                guard !range.contains(row.date) else { return false }
                collector.add(Self.outside(row, of: draft, range: range))
                adapted.counters.created -= 1
                adapted.counters.failed += 1
                return true
            }
            adapted.shifts = shifts
        }
        adapted.facts.shifts = adapted.shifts.count
        do {
            guard !adapted.shifts.isEmpty || draft.shifts.isEmpty else {
                throw PhaseError(
                    "INVALID_DATE_RANGE",
                    "no row of the workbook is inside the version's range \(range). choose another version")
            }
            try options.checkErrorRate(adapted.counters)
        } catch let error as PhaseError {
            onMessage(error.message)
            adapted.report.append(error.message)
            throw ImportFailure(
                message: error.message, report: adapted.report, counters: adapted.counters, facts: adapted.facts)
        }
        return adapted
    }

    private static func outside(
        _ shift: ShiftList.Row, of draft: ScheduleDraft, range: DateRange
    ) -> ValidationMessage {
        var place = MessageLocation(
            sheet: draft.dateColumn?.sheet, row: shift.sourceRow == 0 ? nil : Int(shift.sourceRow))
        if let sheet = place.sheet, let row = place.row, let column = draft.dateColumn?.column {
            place = .cell(sheet: sheet, row: row, column: column)
        }
        return ValidationMessage(
            .error, "INVALID_DATE_RANGE", "the date is outside the version", field: "Date", location: place,
            details: ["expected": "\(range)", "actual": "\(shift.date)"])
    }
}
