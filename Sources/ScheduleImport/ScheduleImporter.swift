import Foundation
package import ODS
package import ScheduleModel

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
    ///   - bytes: The file, `.ods` or flat `.fods`.
    ///   - onMessage: Called with each message the moment it is found, on the calling thread.
    ///   - onProgress: Called with bytes used up and bytes in all, at most once each 64 KiB of input.
    /// - Returns: Everything that was accepted; nothing is stored.
    /// - Throws: ``ImportFailure`` when nothing can be imported; `CancellationError` when the task was cancelled.
    package func read(
        _ bytes: [UInt8], onMessage: @escaping (ValidationMessage) -> Void = { _ in },
        onProgress: @escaping (Int, Int) -> Void = { _, _ in }
    ) throws -> ScheduleDraft {
        let collector = MessageCollector(publish: onMessage)
        var workbook = WorkbookReader(
            context: context, options: options, collector: collector, onProgress: onProgress)
        do {
            do {
                try reader.read(bytes, handler: &workbook)
                return try workbook.finish()
            } catch let error as ODSError {
                throw PhaseError(ValidationCode(rawValue: error.code), error.reason, details: error.details)
            }
        } catch let error as PhaseError {
            collector.add(error.message)
            throw ImportFailure(message: error.message, report: collector.report, counters: workbook.counters)
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
        let collector = MessageCollector(publish: onMessage)
        var adapted = draft
        adapted.range = range
        switch draft.layout {
        case .grid:
            let planner = SlotPlanner(rules: draft.rules, worklists: draft.worklists, context: context)
            adapted.shifts = planner.shifts(in: range, collector: collector)
        case .list:
            adapted.shifts = draft.shifts.filter { range.contains($0.date) }
            for shift in draft.shifts where !range.contains(shift.date) {
                collector.add(Self.outside(shift, range: range))
                adapted.counters.created -= 1
                adapted.counters.failed += 1
            }
        }
        for message in collector.report.messages { adapted.report.append(message) }
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
            throw ImportFailure(message: error.message, report: adapted.report, counters: adapted.counters)
        }
        return adapted
    }

    private static func outside(_ shift: ShiftDraft, range: DateRange) -> ValidationMessage {
        ValidationMessage(
            .error, "INVALID_DATE_RANGE", "the date is outside the version", field: "Date",
            location: MessageLocation(row: shift.sourceRow),
            details: ["expected": "\(range)", "actual": "\(shift.date)"])
    }
}
