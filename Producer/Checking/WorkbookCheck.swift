import Foundation
import ScheduleImport
import ScheduleModel
import TaskEvents
import Zip

/// What reading a workbook says: everything the importer would find, without storing anything.
struct WorkbookCheck {
    /// What was read.
    let facts: WorkbookFacts
    /// Rows by fate.
    let counters: RowCounters
    /// What was found.
    let report: ValidationReport
    /// What could be imported; `nil` when nothing can.
    let draft: ScheduleDraft?
    /// Why nothing can be imported.
    let failure: ValidationMessage?

    /// Reads a workbook to its end, however many of its rows are bad.
    ///
    /// - Parameters:
    ///   - file: The file.
    ///   - context: Zone and vocabulary.
    ///   - range: The period that the schedule is for; `nil` for the workbook's own.
    ///   - today: The day it is.
    ///   - onMessage: Gets each message that a report keeps, the moment it is found.
    /// - Throws: `CancellationError`.
    init(
        _ file: ByteSource, context: HospitalContext, range: DateRange?, today: LocalDate,
        onMessage: @escaping (ValidationMessage) -> Void
    ) throws {
        // Slots are counted and not kept, so memory does not grow with the workbook.
        let options = ImportOptions(range: range, maxErrorRate: 1, today: today, keepsShifts: false)
        var shown = 0
        func show(_ message: ValidationMessage) {
            shown += 1
            if shown <= ValidationReport.keptMessages { onMessage(message) }
        }
        do {
            let draft = try ScheduleImporter(context: context, options: options).read(file, onMessage: show)
            (facts, counters, report) = (draft.facts, draft.counters, draft.report)
            (self.draft, failure) = (draft, nil)
        } catch let error as ImportFailure {
            (facts, counters, report) = (error.facts, error.counters, error.report)
            (draft, failure) = (nil, error.message)
        }
        if report.total > report.messages.count, let note = report.finished.last { onMessage(note) }
    }

    /// How an import would end.
    var outcome: Outcome { draft == nil ? .failed : counters.outcome }

    /// The exit status: 0, 2 for rows that are bad, 65 for a file that cannot be used.
    var status: ExitStatus {
        switch outcome {
        case .success: .done
        case .partial: .partial
        case .failed: .unusableFile
        }
    }

    /// The whole report as one document.
    func document(file: String) -> JSONValue {
        var object: [String: JSONValue] = [
            "file": .string(file), "outcome": .string(outcome.rawValue), "sheets": Self.count(facts.sheets),
            "grids": Self.count(facts.grids), "rows": Self.count(facts.rows), "marks": Self.count(facts.marks),
            "shifts": Self.count(facts.shifts), "total": Self.count(counters.total),
            "created": Self.count(counters.created), "failed": Self.count(counters.failed),
            "skipped_blank": Self.count(counters.skippedBlank), "success_rate": .number(counters.successRate),
            "messages": Self.count(report.total), "counts": .object(report.countsByName.mapValues(Self.count)),
            "validation": .object([
                "messages": .array(report.finished.map(\.json)),
                "context": .object([
                    "can_import": .bool(report.canImport), "can_promote": .bool(report.canPromote),
                    "error_count": Self.count(report.severityCounts[.error, default: 0]),
                    "warning_count": Self.count(report.severityCounts[.warning, default: 0]),
                    "info_count": Self.count(report.severityCounts[.info, default: 0]),
                ]),
            ]),
        ]
        if let draft {
            object["layout"] = .string(draft.layout.rawValue)
            object["start_date"] = .string(draft.range.start.description)
            object["end_date"] = .string(draft.range.end.description)
            object["coverage_rules"] = Self.count(draft.rules.count)
            object["worklists"] = Self.count(draft.worklists.count)
        }
        if let failure {
            object["error"] = ["code": .string(failure.code.rawValue), "message": .string(failure.message)]
        }
        return .object(object)
    }

    /// What a person reads below the messages.
    func summary(file: String, colour: Colour) -> [String] {
        var lines: [String] = []
        if let draft {
            lines.append(
                "layout \(draft.layout.rawValue), \(draft.range.start) to \(draft.range.end): \(facts.shifts) shifts, "
                    + "\(draft.rules.count) coverage rules, \(draft.worklists.count) worklists")
        }
        let grids = facts.grids == 0 ? "" : ", \(NumberText.counted(facts.grids, "grid")), \(facts.marks) marks"
        lines.append(
            "read: \(NumberText.counted(facts.sheets, "sheet"))\(grids), \(NumberText.counted(facts.rows, "row")); "
                + "\(counters.created) of \(counters.total) good (\(NumberText.hundredths(counters.successRate)) %), "
                + "\(counters.failed) bad, \(counters.skippedBlank) blank")
        if report.total > 0 {
            let counts = report.countsByName.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            lines.append("found: \(counts.joined(separator: ", "))")
        }
        let name = outcome == .success ? colour.good(outcome.rawValue) : outcome.rawValue
        lines.append("\(SafeText.line(file)): \(name)")
        return lines
    }

    private static func count(_ value: Int) -> JSONValue { .integer(Int64(value)) }
}
