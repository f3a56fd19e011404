import Coverage
import Foundation
import ScheduleModel
import ScheduleStore
import ScheduleTasks
import TaskEvents

/// The last phase: coverage is computed and stored (domain 6, statements 7 and 8).
struct CoveragePhase {
    let run: PhaseRun
    /// The version, when an earlier phase made or chose it.
    var versionID: Identifier<ScheduleVersion>?

    /// Computes and stores coverage; the verdict is published.
    func perform() async throws -> PhaseReport {
        let request = CoverageRequest(
            task: run.task, hospitalID: run.hospital.id, versionID: versionID ?? run.payload.versionID,
            period: run.type == .coverageCalculate ? run.payload.range : nil)
        let calculator = CoverageCalculator(context: run.hospital, threshold: run.payload.threshold)
        let result: CoverageResult
        if run.payload.isDryRun {
            result = try await run.services.store.previewCoverage(request) { input, _ in calculator.calculate(input) }
        } else {
            let receipt = try await run.services.store.calculateCoverage(request) { input, previous in
                var result = calculator.calculate(input)
                if let previous { result.report.append(Self.comparison(result, previous)) }
                return result
            } result: { result, _ in
                try Self.report(result).encoded()
            }
            switch receipt {
            case .stored(let stored, _): result = stored
            case .alreadyDone(let ledger): return try PhaseReport(ledger: ledger)
            case .superseded: throw Superseded()
            }
        }
        let messages = result.report.finished
        let unsent = result.report.total - result.report.messages.count
        if !messages.isEmpty { run.reporter.errors(messages.map { .message($0) }, unsent: unsent) }
        return try Self.report(result)
    }

    private static func comparison(_ result: CoverageResult, _ previous: PreviousCalculation) -> ValidationMessage {
        let now = result.overall.basisPoints
        let details = ["before": "\(previous.percentage)", "after": "\(result.overall.percentage)"]
        if now > previous.basisPoints {
            return ValidationMessage(
                .info, "COVERAGE_IMPROVED", "coverage rose since the last calculation", details: details)
        }
        if now < previous.basisPoints {
            return ValidationMessage(
                .warning, "COVERAGE_DEGRADED", "coverage fell since the last calculation", details: details)
        }
        return ValidationMessage(.info, "COVERAGE_UNCHANGED", "coverage is as it was", details: details)
    }

    private static func report(_ result: CoverageResult) throws -> PhaseReport {
        var report = PhaseReport(.coverage, outcome: .success)
        report.versionID = result.versionID
        report.range = result.period
        report.messages = result.report.finished
        report.details = [
            "percentage": .number(result.overall.percentage), "required": .count(result.overall.required),
            "filled": .count(result.overall.filled), "assigned": .count(result.overall.assigned),
            "uncovered_minutes": .count(result.overall.uncoveredMinutes), "acceptable": .bool(result.isAcceptable),
            "threshold": .number(result.threshold), "text": .string(result.summary),
            "by_shift_type": try .of(result.byShiftType), "by_day_type": try .of(result.byDayType),
            "gap_count": .count(result.gaps.count), "critical_gap_count": .count(result.criticalGaps.count),
            "worklist_gap_count": .count(result.worklistGaps.count),
            "effective_gap_count": .count(result.effectiveGaps.count),
            "overlap_count": .count(result.overlaps.count), "overallocated_count": .count(result.overallocated.count),
            "missing_date_count": .count(result.missingDates.count),
            "gaps": try .of(Array(result.gaps.prefix(TaskResult.listedGaps))),
            "worklist_gaps": try .of(WorklistGapSummary.summaries(of: result.worklistGaps)),
            "effective_gaps": try .of(Array(result.effectiveGaps.prefix(TaskResult.listedGaps))),
            "overlaps": try .of(Array(result.overlaps.prefix(TaskResult.listedGaps))),
            "missing_dates": try .of(Array(result.missingDates.prefix(TaskResult.listedGaps))),
        ]
        return report
    }
}

/// Worklist gaps that differ only by their date, as one line.
struct WorklistGapSummary: Encodable {
    let campus: String
    let label: String
    let window: String
    let reason: String
    let roles: [String]
    let nights: Int
    let first: String
    let last: String

    /// Summaries by reason, the hopeless one first, then by campus, label and window.
    static func summaries(of gaps: [WorklistGap]) -> [WorklistGapSummary] {
        struct Key: Hashable {
            let id: Identifier<Worklist>
            let window: ShiftWindow
            let reason: WorklistGap.Reason
            let roles: [String]
        }
        let groups = Dictionary(grouping: gaps) {
            Key(id: $0.worklistID, window: $0.window, reason: $0.reason, roles: $0.roles)
        }
        let summaries = groups.values.compactMap { group -> WorklistGapSummary? in
            guard let gap = group.first, let last = group.last else { return nil }
            return WorklistGapSummary(
                campus: gap.campus, label: gap.label, window: gap.window.description, reason: gap.reason.rawValue,
                roles: gap.roles, nights: group.count, first: gap.date.description, last: last.date.description)
        }
        return summaries.sorted {
            ($0.rank, $0.campus, $0.label, $0.window, $0.first, $0.roles.joined())
                < ($1.rank, $1.campus, $1.label, $1.window, $1.first, $1.roles.joined())
        }
    }

    /// No person can mend a worklist without a role; a free slot somebody can take; a wrong reader is there at least.
    private var rank: Int {
        switch WorklistGap.Reason(rawValue: reason) {
        case .noRole: 0
        case .noHolder: 1
        default: 2
        }
    }
}
