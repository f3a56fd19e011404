import ODS
import ScheduleImport
import ScheduleModel
import ScheduleStore
import ScheduleTasks
import TaskEvents

/// The first phase: a workbook becomes a version (domain 3, statements 1 to 3).
struct ImportPhase {
    let run: PhaseRun

    /// Reads, checks and stores the workbook; messages are published while it is read.
    func perform() async throws -> PhaseReport {
        let filename = run.payload.filename ?? ""
        let bytes = try await WorkbookSource(services: run.services).bytes(of: run.payload.source, filename: filename)
        let options = ImportOptions(
            layout: run.payload.layout.flatMap(ImportOptions.Layout.init) ?? .auto, range: run.payload.range,
            maxErrorRate: run.payload.errorRateLimit, today: run.today)
        let importer = ScheduleImporter(context: run.hospital, options: options)
        let reporter = run.reporter
        let draft = try importer.read(
            bytes, onMessage: { reporter.errors([.message($0)]) },
            onProgress: { reporter.progress(phase: Phase.ods.rawValue, done: $0, total: $1, unit: "bytes") })
        try refusePartial(draft)
        guard !run.payload.isDryRun else { return report(draft) }
        return try await store(draft, importer: importer, digest: SHA256.hex(bytes), filename: filename)
    }

    private func refusePartial(_ draft: ScheduleDraft) throws {
        guard draft.counters.failed > 0, !run.payload.allowsPartial else { return }
        throw PhaseFailure(
            "ODS_IMPORT_FAILED",
            "\(draft.counters.failed) of \(draft.counters.total) rows are bad and a partial import was not allowed",
            isRetriable: false)
    }

    private func store(
        _ draft: ScheduleDraft, importer: ScheduleImporter, digest: String, filename: String
    ) async throws -> PhaseReport {
        let request = ImportRequest(
            task: run.task, hospitalID: run.hospital.id,
            versionID: run.payload.versionID ?? DeterministicID.version(queue: run.task.queue, taskID: run.task.taskID),
            sourceSHA256: digest, sourceName: filename, proposedRange: draft.range, force: run.payload.isForced,
            allowPartial: run.payload.allowsPartial)
        let reporter = run.reporter
        let receipt = try await run.services.store.importSchedule(request) { range in
            let adapted = try importer.adapt(draft, to: range) { reporter.errors([.message($0)]) }
            try refusePartial(adapted)
            return adapted
        } result: { stored, draft in
            guard stored.duplicateOf == nil else {
                return try duplicate(
                    of: stored.versionID, number: stored.versionNo, range: stored.range, draft: draft
                ).encoded()
            }
            return try report(draft, stored: stored).encoded()
        }
        switch receipt {
        case .stored(let stored):
            return report(try importer.adapt(draft, to: stored.range), stored: stored)
        case .alreadyDone(let result):
            return try PhaseReport(ledger: result)
        case .duplicate(let versionID, let versionNo, let range):
            let report = duplicate(of: versionID, number: versionNo, range: range, draft: draft)
            reporter.errors(report.messages.map { .message($0) })
            return report
        case .superseded:
            throw Superseded()
        }
    }

    /// What is said of bytes that are a version already; the file's own messages were streamed, and are that version's.
    private func duplicate(
        of version: Identifier<ScheduleVersion>, number: Int, range: DateRange, draft: ScheduleDraft
    ) -> PhaseReport {
        var report = report(draft)
        report.outcome = .success
        report.versionID = version
        report.versionNo = number
        report.range = range
        report.details["duplicate_of"] = .string(version.description)
        report.messages = [
            ValidationMessage(
                .info, "DUPLICATE_BATCH", "the same workbook is version \(number) already; nothing was written",
                details: ["version_id": version.description])
        ]
        return report
    }

    private func report(_ draft: ScheduleDraft, stored: StoredImport? = nil) -> PhaseReport {
        var report = PhaseReport(.ods, outcome: draft.counters.outcome)
        report.versionID = stored?.versionID
        report.versionNo = stored?.versionNo
        report.range = stored?.range ?? draft.range
        report.messages = draft.report.finished
        report.details = [
            "layout": .string(draft.layout.rawValue), "total": .count(draft.counters.total),
            "created": .count(draft.counters.created), "failed": .count(draft.counters.failed),
            "skipped_blank": .count(draft.counters.skippedBlank), "success_rate": .number(draft.counters.successRate),
            "shifts": .count(stored?.shiftCount ?? draft.shifts.count),
            "coverage_rules": .count(stored?.ruleCount ?? draft.rules.count),
            "worklists": .count(stored?.worklistCount ?? draft.worklists.count),
            "messages": .count(draft.report.total),
        ]
        return report
    }
}

/// A newer delivery owns the task: this one ends without an error, and its outcome is refused by the queue's fence.
struct Superseded: Error {}
