import Logging
import Postgres
package import ScheduleModel

extension ScheduleStore {
    /// Stores a parsed workbook as one version: one transaction, three statements; two for a duplicate (domain 8.2).
    ///
    /// However often and at whatever moment the task is delivered, one version results. Call it after the file was parsed:
    /// the transaction holds the hospital's lock.
    ///
    /// - Parameters:
    ///   - request: What to import, and where.
    ///   - draft: Asked for what to write once the version's real range is known, also for a duplicate.
    ///   - result: Makes the JSON that the ledger keeps and ``ImportReceipt/alreadyDone(result:)`` gives back.
    /// - Returns: How it ended.
    /// - Throws: ``StoreError`` (HOSPITAL_NOT_FOUND, TASK_ID_CONFLICT, INVALID_VERSION_STATE, ODS_IMPORT_FAILED for a draft
    ///   that must not be stored, DATABASE_ERROR), `CancellationError`, or what a closure throws. Nothing is kept then, and
    ///   the caller records the failure with ``recordFailure(task:phase:hospitalID:versionID:status:code:message:attempt:)``.
    package func importSchedule(
        _ request: ImportRequest, draft: @Sendable (DateRange) throws -> ScheduleDraft,
        result: @Sendable (StoredImport, ScheduleDraft) throws -> [UInt8]
    ) async throws -> ImportReceipt {
        let end: ImportEnd = try await transaction(.ods) { transaction in
            try await self.runImport(request, in: transaction, draft: draft, result: result)
        }
        switch end {
        case .receipt(let receipt): return receipt
        case .lateDuplicate(let stored, let draft):
            let json = PostgresJSON(try result(stored, draft))
            _ = try await query(
                ImportStatements.recordLateDuplicate(request, stored: stored, result: json),
                operation: "record-duplicate", on: .ods, tag: .ledger)
            logger.info("duplicate import", metadata: ["task-id": "\(request.task.taskID)"])
            return stored.duplicateReceipt
        }
    }

    /// What an import would meet, for a dry run: one reading statement, nothing is written.
    ///
    /// - Parameter request: What would be imported.
    /// - Returns: The range it would have, and whether it would be a duplicate.
    /// - Throws: ``StoreError`` as the import itself would, TASK_ID_CONFLICT excepted.
    package func previewImport(_ request: ImportRequest) async throws -> ImportPreview {
        let rows = try await query(
            ImportStatements.preview(request), operation: "preview-import", on: .ods, tag: .phase)
        do {
            guard let row = rows.first else { throw StoreError.hospitalNotFound(request.hospitalID) }
            let duplicate: Identifier<ScheduleVersion>? = try row.optionalID("duplicate_id")
            let isFillable = try row.decode(Bool.self, "is_usable") && !row.decode(Bool.self, "is_filled")
            guard duplicate != nil || isFillable else { throw StoreError.versionNotFillable(request) }
            return ImportPreview(
                range: try row.range("range_start", "range_end"),
                versionExists: try row.decode(Bool.self, "version_exists"), duplicateOf: duplicate)
        } catch let error as PostgresError {
            throw StoreError(error)
        }
    }

    private func runImport(
        _ request: ImportRequest, in transaction: PostgresTransaction,
        draft: @Sendable (DateRange) throws -> ScheduleDraft,
        result: @Sendable (StoredImport, ScheduleDraft) throws -> [UInt8]
    ) async throws -> ImportEnd {
        let rows = try await transaction.query(ImportStatements.open(request), operation: "insert-version")
        switch try ImportOpening(rows, request: request) {
        case .finished(let result):
            throw RollBack(answer: ImportEnd.receipt(.alreadyDone(result: result)))
        case .duplicate(let stored):
            let json = PostgresJSON(try result(stored, try draft(stored.range)))
            let finished = try await transaction.query(
                ImportStatements.finishDuplicate(request, stored: stored, result: json), operation: "finish-duplicate")
            guard !finished.isEmpty else { throw RollBack(answer: ImportEnd.receipt(.superseded)) }
            return .receipt(stored.duplicateReceipt)
        case .opened(let opened):
            let draft = try draft(opened.range)
            try Self.check(draft, request: request)
            let stored = try await write(draft, into: opened, request: request, in: transaction)
            return try await finish(stored, draft, request: request, result: result, in: transaction)
        }
    }

    private func write(
        _ draft: ScheduleDraft, into opened: StoredImport, request: ImportRequest, in transaction: PostgresTransaction
    ) async throws -> StoredImport {
        let rows = try await transaction.query(
            ImportWrite.statement(draft, version: opened.versionID, request: request), operation: "insert-shifts")
        guard let row = rows.first, try row.decodeOptional(Int64.self, "data_revision") != nil else {
            throw StoreError.versionNotFillable(request)
        }
        var stored = opened
        stored.shiftCount = try row.decode(Int.self, "shifts")
        stored.ruleCount = try row.decode(Int.self, "rules")
        stored.worklistCount = Set(draft.worklists.map(\.id)).count
        return stored
    }

    /// Runs statement 3 and draws its conclusion; internal, so that tests can finish with a stale attempt.
    func finish(
        _ stored: StoredImport, _ draft: ScheduleDraft, request: ImportRequest,
        result: @Sendable (StoredImport, ScheduleDraft) throws -> [UInt8], in transaction: PostgresTransaction
    ) async throws -> ImportEnd {
        let statement = ImportStatements.finish(
            request, stored: stored, sent: SentRows(draft), outcome: draft.counters.outcome,
            result: PostgresJSON(try result(stored, draft)),
            audit: try StoredJSON.encode(ImportAudit(stored, draft, request: request)))
        let rows = try await transaction.query(statement, operation: "verify-shifts")
        switch try ImportVerdict(rows, request: request) {
        case .finished:
            return .receipt(.stored(stored))
        case .superseded:
            logger.notice("superseded import", metadata: ["task-id": "\(request.task.taskID)"])
            throw RollBack(answer: ImportEnd.receipt(.superseded))
        case .duplicate(let version, let versionNo):
            let existing = StoredImport(
                versionID: version, versionNo: versionNo, range: stored.range, attempt: stored.attempt, shiftCount: 0,
                ruleCount: 0, worklistCount: 0, duplicateOf: version)
            throw RollBack(answer: ImportEnd.lateDuplicate(existing, draft))
        }
    }

    /// Refuses a draft of which nothing, or by the task's wish not only a part, may be stored (domain 4.2).
    private static func check(_ draft: ScheduleDraft, request: ImportRequest) throws {
        let counters = draft.counters
        guard draft.report.canImport, counters.outcome != .failed, !draft.shifts.isEmpty || !draft.rules.isEmpty else {
            throw StoreError(
                "ODS_IMPORT_FAILED",
                "nothing of \(counters.total) rows can be stored. correct the workbook, see its messages")
        }
        guard request.allowPartial || counters.outcome == .success else {
            throw StoreError(
                "ODS_IMPORT_FAILED",
                "\(counters.failed) of \(counters.total) rows were rejected and a partial import is not allowed. correct them, "
                    + "or allow it")
        }
    }
}

/// How the transaction of an import ended.
enum ImportEnd: Sendable {
    case receipt(ImportReceipt)
    /// Rolled back because of a version that committed meanwhile; the ledger is still to be written.
    case lateDuplicate(StoredImport, ScheduleDraft)
}

extension StoredImport {
    var duplicateReceipt: ImportReceipt {
        .duplicate(versionID: versionID, versionNo: versionNo, range: range)
    }
}

/// What the audit trail keeps of an import.
private struct ImportAudit: Encodable {
    let version_no: Int
    let range_start, range_end: LocalDate
    let shifts, rules, worklists: Int
    let source_sha256, source_name: String
    let layout: WorkbookLayout
    let outcome: Outcome

    init(_ stored: StoredImport, _ draft: ScheduleDraft, request: ImportRequest) {
        version_no = stored.versionNo
        (range_start, range_end) = (stored.range.start, stored.range.end)
        (shifts, rules, worklists) = (stored.shiftCount, stored.ruleCount, stored.worklistCount)
        (source_sha256, source_name) = (request.sourceSHA256, request.sourceName)
        layout = draft.layout
        outcome = draft.counters.outcome
    }
}
