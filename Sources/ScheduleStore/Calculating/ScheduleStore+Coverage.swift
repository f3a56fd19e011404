package import Coverage
import Logging
import Postgres

extension ScheduleStore {
    /// Reads a version's live rows, has coverage computed, and stores it: one transaction, two statements (domain 8.2).
    ///
    /// - Parameters:
    ///   - request: What to compute coverage of.
    ///   - compute: Computes it from the rows and the last calculation of the same version and period. It runs inside the
    ///     transaction, so it must end within seconds.
    ///   - result: Makes the JSON that the ledger keeps and ``CoverageReceipt/alreadyDone(result:)`` gives back.
    /// - Returns: How it ended.
    /// - Throws: ``StoreError`` (HOSPITAL_NOT_FOUND, TASK_ID_CONFLICT, INVALID_VERSION_STATE, INVALID_DATE_RANGE,
    ///   DATABASE_ERROR), `CancellationError`, or what a closure throws. Nothing is kept then, and the caller records the
    ///   failure with ``recordFailure(task:phase:hospitalID:versionID:status:code:message:attempt:)``.
    package func calculateCoverage(
        _ request: CoverageRequest,
        compute: @Sendable (CoverageInput, _ previous: PreviousCalculation?) throws -> CoverageResult,
        result: @Sendable (CoverageResult, PreviousCalculation?) throws -> [UInt8]
    ) async throws -> CoverageReceipt {
        try await transaction(.coverage) { transaction in
            let rows = try await transaction.query(CoverageStatements.read(request), operation: "read-version")
            guard let row = rows.first else { throw StoreError.unreadable("the version's rows") }
            _ = try CoverageReading.version(row, request: request)
            let claim = try LedgerClaim(row, task: request.task)
            if let finished = claim.finishedResult {
                throw RollBack(answer: CoverageReceipt.alreadyDone(result: finished))
            }
            let reading = try CoverageReading(row, request: request)
            let calculated = try compute(reading.input, reading.previous)
            let document = try CoverageDocument(calculated, ledgerResult: try result(calculated, reading.previous))
            return try await self.store(document, claim: claim, request: request, in: transaction)
        }
    }

    /// Computes coverage for a dry run: one reading statement, nothing is written.
    ///
    /// - Parameters:
    ///   - request: What to compute coverage of.
    ///   - compute: Computes it.
    /// - Returns: The result.
    /// - Throws: As the calculation itself does, TASK_ID_CONFLICT excepted.
    package func previewCoverage(
        _ request: CoverageRequest,
        compute: @Sendable (CoverageInput, _ previous: PreviousCalculation?) throws -> CoverageResult
    ) async throws -> CoverageResult {
        let rows = try await query(
            CoverageStatements.preview(request), operation: "preview-coverage", on: .coverage, tag: .phase)
        do {
            guard let row = rows.first else { throw StoreError.unreadable("the version's rows") }
            let reading = try CoverageReading(row, request: request)
            return try compute(reading.input, reading.previous)
        } catch let error as PostgresError {
            throw StoreError(error)
        }
    }

    /// Runs statement 8; internal, so that tests can finish with a stale attempt.
    func store(
        _ document: CoverageDocument, claim: LedgerClaim, request: CoverageRequest, in transaction: PostgresTransaction
    ) async throws -> CoverageReceipt {
        let statement = CoverageStatements.store(document, claim: claim, request: request)
        guard try await !transaction.query(statement, operation: "insert-calculation").isEmpty else {
            logger.notice("superseded calculation", metadata: ["task-id": "\(request.task.taskID)"])
            throw RollBack(answer: CoverageReceipt.superseded)
        }
        return .stored(document.result, versionID: document.result.versionID)
    }
}
