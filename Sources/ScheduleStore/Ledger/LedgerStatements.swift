import Postgres
import ScheduleModel

/// The ledger `import_runs`: one row a queue, task and phase, written by the statements of the phases (domain 8.3).
enum LedgerStatements {
    /// What an upsert of a phase does to a row that is there (`r`): a new attempt takes it over, but a finished row stays.
    static let takeOver: StaticString = """
        attempt = r.attempt + 1, updated_at = now(), worker = EXCLUDED.worker, workflow_id = EXCLUDED.workflow_id,
        status = CASE WHEN r.status IN ('SUCCEEDED', 'CANCELLED') THEN r.status ELSE 'RUNNING' END,
        result = CASE WHEN r.status IN ('SUCCEEDED', 'CANCELLED') THEN r.result END,
        outcome = CASE WHEN r.status IN ('SUCCEEDED', 'CANCELLED') THEN r.outcome END,
        finished_at = CASE WHEN r.status IN ('SUCCEEDED', 'CANCELLED') THEN r.finished_at END,
        error_code = CASE WHEN r.status = 'CANCELLED' THEN r.error_code END,
        error_message = CASE WHEN r.status = 'CANCELLED' THEN r.error_message END
        """

    /// What an upsert returns for ``LedgerClaim``; a cancelled row has no result of its own, so it says what happened.
    static let returning: StaticString = """
        r.status AS run_status, r.attempt AS run_attempt, r.payload_sha256 AS run_payload_sha256,
        coalesce(r.result, jsonb_build_object('status', r.status, 'error_code', r.error_code)) AS run_result
        """

    /// The one statement that records a failure or a cancel after a roll-back, or before a phase began.
    ///
    /// A row that is finished, of another payload, or of another attempt than the given one stays as it is. A batch of the
    /// run that is still PENDING fails with it.
    static func recordFailure(
        task: TaskIdentity, phase: String, hospitalID: Identifier<Hospital>?, versionID: Identifier<ScheduleVersion>?,
        end: RunEnd, code: ValidationCode, message: String, attempt: Int?
    ) -> PostgresQuery {
        """
        WITH run AS (
            INSERT INTO import_runs AS r (queue, task_id, phase, task_type, hospital_id, workflow_id, payload_sha256, worker,
                created_by, status, outcome, error_code, error_message, finished_at)
            SELECT \(task.queue), \(task.taskID), \(phase), \(task.taskType), h.id, \(task.workflowID),
                \(task.payloadSHA256), \(task.worker), \(task.creatorID.uuid), \(end.rawValue), 'FAILED',
                \(String(code.rawValue.prefix(longestCode))), \(message), now()
            FROM hospitals h
            WHERE h.id = coalesce(\(hospitalID?.uuid),
                (SELECT v.hospital_id FROM schedule_versions v WHERE v.id = \(versionID?.uuid)))
            ON CONFLICT (queue, task_id, phase) DO UPDATE SET status = EXCLUDED.status, outcome = EXCLUDED.outcome,
                error_code = EXCLUDED.error_code, error_message = EXCLUDED.error_message, worker = EXCLUDED.worker,
                updated_at = now(), finished_at = now()
            WHERE r.status NOT IN ('SUCCEEDED', 'CANCELLED') AND r.payload_sha256 = EXCLUDED.payload_sha256
                AND r.attempt = coalesce(\(attempt), r.attempt)
            RETURNING r.scrape_batch_id, r.hospital_id, r.error_message
        ), batch AS (
            UPDATE scrape_batches b SET state = 'FAILED', error_message = run.error_message, completed_at = now()
            FROM run
            WHERE b.id = run.scrape_batch_id AND b.hospital_id = run.hospital_id AND b.state = 'PENDING'
        )
        SELECT count(*) FROM run
        """
    }

    /// `error_code` holds so many characters.
    private static let longestCode = 64
}

/// What a phase's upsert found: whether this delivery may go on, and with which fencing token.
struct LedgerClaim {
    /// The attempt's number, from 1: only a run that still has it may finish.
    let attempt: Int
    /// The stored result when an earlier delivery finished the phase or it was cancelled.
    let finishedResult: [UInt8]?

    /// Reads the columns of ``LedgerStatements/returning``.
    ///
    /// - Parameters:
    ///   - row: A row that holds them.
    ///   - task: The delivery.
    /// - Throws: ``StoreError`` TASK_ID_CONFLICT when the row belongs to another payload.
    init(_ row: PostgresRow, task: TaskIdentity) throws {
        guard try row.decode(String.self, "run_payload_sha256") == task.payloadSHA256 else {
            throw StoreError.taskConflict(task)
        }
        attempt = try row.decode(Int.self, "run_attempt")
        let isRunning = try row.decode(String.self, "run_status") == "RUNNING"
        finishedResult = isRunning ? nil : try row.decode(PostgresJSON.self, "run_result").bytes
    }
}
