import Foundation
import ScheduleModel
import ScheduleStore
import ScheduleTasks
import TaskEvents

/// The document that a finished task leaves, and the summary that its last event carries.
struct TaskResult {
    /// The most gaps of each kind that the document lists; the counts beside them are exact.
    static let listedGaps = 500

    let run: PhaseRun
    let reports: [PhaseReport]
    /// Phases that failed without failing the task.
    let failed: [Phase]
    /// Statements of this delivery by phase, from the counters.
    let statements: [Phase: Int]
    let startedAt: Date
    let finishedAt: Date

    /// SUCCESS when every phase succeeded whole, else PARTIAL.
    var outcome: Outcome {
        failed.isEmpty && reports.allSatisfy { $0.outcome == .success } ? .success : .partial
    }

    /// The whole document.
    var document: JSONValue {
        var object = common
        object["validation"] = .object([
            "messages": .array(reports.flatMap(messages).map { .message($0) }),
            "context": .object(["task_id": .string(run.task.taskID), "hospital": .string(run.hospital.code)]),
        ])
        for report in reports { object[Self.key(report)] = .object(report.details) }
        return .object(object)
    }

    /// What the `finished` event carries, well below its 8 KiB.
    var summary: JSONValue {
        var object = common
        for report in reports {
            object[Self.key(report)] = .object(report.details.filter { Self.isBrief($0.value) })
        }
        return .object(object)
    }

    private var common: [String: JSONValue] {
        var queryCounts = Dictionary(
            uniqueKeysWithValues: statements.map { ($0.key.rawValue, JSONValue.count($0.value)) })
        queryCounts["total"] = .count(statements.values.reduce(0, +))
        var metadata: [String: JSONValue] = [
            "hospital_id": .string(run.hospital.id.description), "hospital": .string(run.hospital.code),
            "phases_completed": .array(reports.map { .string($0.phase) }), "query_counts": .object(queryCounts),
        ]
        if let filename = run.payload.filename { metadata["filename"] = .string(filename) }
        for report in reports where report.phase == Phase.amion.rawValue {
            metadata["rate_policy"] = report.details["rate_policy"]
            metadata["http_requests"] = report.details["http_requests"]
        }
        var object: [String: JSONValue] = [
            "outcome": .string(outcome.rawValue), "status": .string(status),
            "duration_s": .number((finishedAt.timeIntervalSince(startedAt) * 1000).rounded() / 1000),
            "completed_at": .string(EventTimestamp.text(of: finishedAt)), "metadata": .object(metadata),
            "dry_run": .bool(run.payload.isDryRun),
        ]
        if let filled = reports.first(where: { $0.versionID != nil }), let id = filled.versionID {
            var version: [String: JSONValue] = ["id": .string(id.description)]
            if let number = filled.versionNo { version["number"] = .count(number) }
            if let range = filled.range {
                version["start_date"] = .string(range.start.description)
                version["end_date"] = .string(range.end.description)
            }
            object["version"] = .object(version)
        }
        if !failed.isEmpty { object["phases_failed"] = .array(failed.map { .string($0.rawValue) }) }
        return object
    }

    private var status: String {
        let hasWarnings =
            !failed.isEmpty
            || reports.contains { report in
                report.outcome != .success || report.messages.contains { $0.severity != .info }
            }
        return hasWarnings ? "COMPLETED_WITH_WARNINGS" : "COMPLETED"
    }

    private func messages(of report: PhaseReport) -> [ValidationMessage] {
        run.type == .scheduleSync ? report.prefixedMessages : report.messages
    }

    private static func key(_ report: PhaseReport) -> String {
        report.phase == Phase.ods.rawValue
            ? "import" : report.phase == Phase.amion.rawValue ? "assignments" : "coverage"
    }

    private static func isBrief(_ value: JSONValue) -> Bool {
        switch value {
        case .array, .object: false
        default: true
        }
    }
}
