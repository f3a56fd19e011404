import Postgres
package import ScheduleModel

extension ScheduleStore {
    /// Records in the ledger that a phase failed or was cancelled: one statement, tagged `ledger`.
    ///
    /// A phase that SUCCEEDED or was CANCELLED stays so, as does the row of another payload. Nothing is recorded for a
    /// hospital that does not exist.
    ///
    /// - Parameters:
    ///   - task: The delivery.
    ///   - phase: `ods`, `amion` or `coverage`.
    ///   - hospitalID: The tenant; `nil` takes the version's.
    ///   - versionID: Where the tenant is taken from when it is not given.
    ///   - status: Whether a retry may take it over.
    ///   - code: Why.
    ///   - message: One sentence for a person, without secrets and people's names.
    ///   - attempt: The caller's fencing token, so that it never fails a newer attempt; `nil` when it got none.
    /// - Throws: ``StoreError`` DATABASE_ERROR, or `CancellationError`.
    package func recordFailure(
        task: TaskIdentity, phase: String, hospitalID: Identifier<Hospital>?,
        versionID: Identifier<ScheduleVersion>? = nil, status: RunEnd, code: ValidationCode, message: String,
        attempt: Int? = nil
    ) async throws {
        let statement = LedgerStatements.recordFailure(
            task: task, phase: phase, hospitalID: hospitalID, versionID: versionID, end: status, code: code,
            message: message, attempt: attempt)
        _ = try await query(statement, operation: "record-failure", tag: .ledger)
    }
}
