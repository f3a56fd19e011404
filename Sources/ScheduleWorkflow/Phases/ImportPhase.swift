import ConcurrencySupport
import ScheduleImport
import ScheduleModel
import ScheduleStore
import ScheduleTasks
import TaskEvents
import Zip

/// The first phase: a workbook becomes a version (domain 3, statements 1 to 3).
struct ImportPhase {
    let run: PhaseRun

    /// Reads, checks and stores the workbook; messages are published while it is read.
    func perform() async throws -> PhaseReport {
        let filename = run.payload.filename ?? ""
        let workbook = try await WorkbookSource(services: run.services).workbook(
            of: run.payload.source, filename: filename)
        let stream = FindingStream(run.reporter)
        defer { stream.ended() }
        let draft = try await read(workbook.content, telling: stream)
        let request = request(of: draft, digest: workbook.sha256, filename: filename)
        try Task.checkCancellation()
        guard !run.payload.isDryRun else { return try await preview(draft, request: request, telling: stream) }
        return try await store(draft, request: request, telling: stream)
    }

    /// What is not written is only counted, so that memory does not grow with it; a version's own range needs the shifts.
    private var keepsShifts: Bool { !run.payload.isDryRun || run.payload.versionID != nil }

    private var importer: ScheduleImporter {
        // A version that exists has a range of its own, which is not known yet: rows are held against it when it is.
        let options = ImportOptions(
            layout: run.payload.layout.flatMap(ImportOptions.Layout.init) ?? .auto,
            range: run.payload.versionID == nil ? run.payload.range : nil, maxErrorRate: run.payload.errorRateLimit,
            today: run.today, keepsShifts: keepsShifts)
        return ScheduleImporter(context: run.hospital, options: options)
    }

    /// Reads on a thread of its own: it takes seconds of pure computing, during which events go out and a cancel comes in.
    private func read(_ content: ByteSource, telling stream: FindingStream) async throws -> ScheduleDraft {
        let (importer, reporter) = (importer, run.reporter)
        return try await OwnThreadExecutor.run("ods-import") {
            try importer.read(content) {
                stream.found($0)
            } onProgress: { progress in
                reporter.progress(
                    phase: Phase.ods.rawValue, done: progress.bytesRead, total: progress.bytesTotal, unit: "bytes",
                    counts: ["rows": progress.rows.total, "bad_rows": progress.rows.failed])
            }
        }
    }

    private func request(of draft: ScheduleDraft, digest: String, filename: String) -> ImportRequest {
        ImportRequest(
            task: run.task, hospitalID: run.hospital.id,
            versionID: run.payload.versionID ?? DeterministicID.version(queue: run.task.queue, taskID: run.task.taskID),
            sourceSHA256: digest, sourceName: filename, proposedRange: run.payload.range ?? draft.range,
            force: run.payload.isForced, allowPartial: run.payload.allowsPartial)
    }

    private func refusePartial(_ draft: ScheduleDraft) throws {
        guard draft.counters.failed > 0, !run.payload.allowsPartial else { return }
        throw PhaseFailure(
            "ODS_IMPORT_FAILED",
            "\(draft.counters.failed) of \(draft.counters.total) rows are bad and a partial import was not allowed",
            isRetriable: false)
    }

    /// Says what an import would do, against the hospital's versions as they are; writes nothing.
    private func preview(
        _ draft: ScheduleDraft, request: ImportRequest, telling stream: FindingStream
    ) async throws -> PhaseReport {
        let preview = try await run.services.store.previewImport(request)
        let adapted = try importer.adapt(draft, to: preview.range) { stream.found($0) }
        if let version = preview.duplicateOf {
            var report = duplicate(of: version, number: nil, range: preview.range, draft: adapted)
            report.versionID = nil
            stream.ended()
            run.reporter.errors(report.messages.map { .message($0) })
            return report
        }
        try refusePartial(adapted)
        var report = report(adapted)
        report.details["version_exists"] = .bool(preview.versionExists)
        return report
    }

    private func store(
        _ draft: ScheduleDraft, request: ImportRequest, telling stream: FindingStream
    ) async throws -> PhaseReport {
        let importer = importer
        let written = LockedValue(draft)
        let receipt = try await run.services.store.importSchedule(request) { range in
            let adapted = try importer.adapt(draft, to: range) { stream.found($0) }
            written.withLock { $0 = adapted }
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
        let adapted = written.withLock { $0 }
        switch receipt {
        case .stored(let stored):
            return report(adapted, stored: stored)
        case .alreadyDone(let result):
            return try PhaseReport(ledger: result)
        case .duplicate(let versionID, let versionNo, let range):
            stream.ended()
            let report = duplicate(of: versionID, number: versionNo, range: range, draft: adapted)
            run.reporter.errors(report.messages.map { .message($0) })
            return report
        case .superseded:
            throw Superseded()
        }
    }

    /// What is said of bytes that are a version already; the file's own messages were streamed, and are that version's.
    private func duplicate(
        of version: Identifier<ScheduleVersion>, number: Int?, range: DateRange, draft: ScheduleDraft
    ) -> PhaseReport {
        var report = report(draft)
        report.outcome = .success
        report.versionID = version
        report.versionNo = number
        report.range = range
        report.details["duplicate_of"] = .string(version.description)
        report.messages = [
            ValidationMessage(
                .info, "DUPLICATE_BATCH",
                "the same workbook is version \(number.map(String.init) ?? version.description) already; nothing was written",
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
            "shifts": .count(stored?.shiftCount ?? draft.facts.shifts),
            "coverage_rules": .count(stored?.ruleCount ?? draft.rules.count),
            "worklists": .count(stored?.worklistCount ?? draft.worklists.count),
            "messages": .count(draft.report.total), "sheets": .count(draft.facts.sheets),
            "grids": .count(draft.facts.grids), "rows": .count(draft.facts.rows), "marks": .count(draft.facts.marks),
            "counts": .object(draft.report.countsByName.mapValues { .count($0) }),
        ]
        return report
    }
}

/// A newer delivery owns the task: this one ends without an error, and its outcome is refused by the queue's fence.
struct Superseded: Error {}
