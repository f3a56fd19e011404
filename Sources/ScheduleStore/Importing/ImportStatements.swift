import Postgres
import ScheduleModel

/// Statements 1 and 3 of an import, and those about duplicates; statement 2 is ``ImportWrite`` (domain 8.2).
enum ImportStatements {
    /// Statement 1: locks the hospital, claims the ledger row, looks for a duplicate, makes or takes over the version.
    ///
    /// No row: unknown hospital. Columns as ``ImportOpening`` reads them.
    static func open(_ request: ImportRequest) -> PostgresQuery {
        let task = request.task
        return """
            WITH h AS (
                UPDATE hospitals SET last_version_no = last_version_no + 1
                WHERE id = \(request.hospitalID.uuid) AND deleted_at IS NULL
                RETURNING id, last_version_no
            ), run AS (
                INSERT INTO import_runs AS r (queue, task_id, phase, task_type, hospital_id, workflow_id, payload_sha256,
                    source_sha256, worker, created_by)
                SELECT \(task.queue), \(task.taskID), 'ods', \(task.taskType), h.id, \(task.workflowID),
                    \(task.payloadSHA256), \(request.sourceSHA256), \(task.worker), \(task.creatorID.uuid)
                FROM h
                ON CONFLICT (queue, task_id, phase) DO UPDATE SET source_sha256 = EXCLUDED.source_sha256,
                    \(literal: LedgerStatements.takeOver)
                RETURNING \(literal: LedgerStatements.returning)
            ), rng AS (
                SELECT coalesce(v.effective_start_date, \(request.proposedRange.start.postgres)) AS s,
                    coalesce(v.effective_end_date, \(request.proposedRange.end.postgres)) AS e
                FROM h LEFT JOIN schedule_versions v ON v.id = \(request.versionID.uuid) AND v.hospital_id = h.id
            ), dup AS (
                SELECT v.id, v.version_no FROM schedule_versions v, h, rng
                WHERE v.hospital_id = h.id AND v.status = 'STAGING' AND v.deleted_at IS NULL
                    AND v.source_sha256 = \(request.sourceSHA256)::char(64) AND v.data_revision > 0
                    AND v.effective_start_date = rng.s AND v.effective_end_date = rng.e AND NOT \(request.force)
                ORDER BY v.version_no DESC LIMIT 1
            ), ver AS (
                INSERT INTO schedule_versions AS v (id, hospital_id, version_no, effective_start_date, effective_end_date,
                    source_sha256, created_by, updated_by)
                SELECT \(request.versionID.uuid), h.id, h.last_version_no, rng.s, rng.e, \(request.sourceSHA256),
                    \(task.creatorID.uuid), \(task.creatorID.uuid)
                FROM h, run, rng
                WHERE run.run_status = 'RUNNING' AND NOT EXISTS (SELECT 1 FROM dup)
                ON CONFLICT (id) DO UPDATE SET updated_at = now(), updated_by = EXCLUDED.updated_by,
                    source_sha256 = EXCLUDED.source_sha256
                WHERE v.hospital_id = EXCLUDED.hospital_id AND v.status = 'STAGING' AND v.deleted_at IS NULL
                    AND v.data_revision = 0
                RETURNING v.id, v.version_no, v.effective_start_date, v.effective_end_date
            )
            SELECT run.*, ver.id AS version_id, coalesce(ver.version_no, dup.version_no) AS version_no,
                coalesce(ver.effective_start_date, rng.s) AS range_start,
                coalesce(ver.effective_end_date, rng.e) AS range_end, dup.id AS duplicate_id
            FROM run CROSS JOIN rng LEFT JOIN ver ON true LEFT JOIN dup ON true
            """
    }

    /// Statement 3: compares what is stored with what was sent, looks again for a duplicate, and finishes the ledger row
    /// and the audit trail, all only if everything holds and this attempt still owns the task.
    ///
    /// One row; columns as ``ImportVerdict`` reads them.
    static func finish(
        _ request: ImportRequest, stored: StoredImport, sent: SentRows, outcome: Outcome, result: PostgresJSON,
        audit: PostgresJSON
    ) -> PostgresQuery {
        let task = request.task
        let (version, hospital) = (stored.versionID.uuid, request.hospitalID.uuid)
        return """
            WITH slots AS (
                SELECT shift_type, schedule_date, desired_coverage FROM shift_instances
                WHERE schedule_version_id = \(version) AND hospital_id = \(hospital) AND deleted_at IS NULL
            ), stored AS (
                SELECT shift_type, count(*) AS slots, sum(desired_coverage) AS desired FROM slots GROUP BY shift_type
            ), sent AS (
                SELECT * FROM unnest(\(sent.types), \(sent.slotCounts), \(sent.desiredSums))
                    AS u (shift_type, slots, desired)
            ), checks AS (
                SELECT (SELECT count(*) FROM stored FULL JOIN sent ON sent.shift_type = stored.shift_type
                        WHERE (stored.slots, stored.desired) IS DISTINCT FROM (sent.slots, sent.desired)) AS wrong_types,
                    (SELECT count(DISTINCT schedule_date) FROM slots) - \(sent.dateCount) AS wrong_dates,
                    (SELECT count(*) FROM coverage_rules WHERE schedule_version_id = \(version)
                        AND hospital_id = \(hospital)) - \(sent.ruleCount) AS wrong_rules
            ), fence AS (
                SELECT attempt FROM import_runs
                WHERE queue = \(task.queue) AND task_id = \(task.taskID) AND phase = 'ods'
                    AND attempt = \(stored.attempt) AND status = 'RUNNING'
            ), dup AS (
                SELECT v.id, v.version_no FROM schedule_versions v
                WHERE v.hospital_id = \(hospital) AND v.id <> \(version) AND v.status = 'STAGING'
                    AND v.deleted_at IS NULL AND v.source_sha256 = \(request.sourceSHA256)::char(64)
                    AND v.data_revision > 0 AND v.effective_start_date = \(stored.range.start.postgres)
                    AND v.effective_end_date = \(stored.range.end.postgres) AND NOT \(request.force)
                ORDER BY v.version_no DESC LIMIT 1
            ), run AS (
                UPDATE import_runs r SET status = 'SUCCEEDED', outcome = \(outcome.rawValue), result = \(result),
                    schedule_version_id = \(version), updated_at = now(), finished_at = now(),
                    progress = jsonb_build_object('phase', 'ods', 'done', \(stored.shiftCount), 'total',
                        \(stored.shiftCount), 'unit', 'shifts')
                FROM fence, checks
                WHERE r.queue = \(task.queue) AND r.task_id = \(task.taskID) AND r.phase = 'ods'
                    AND r.attempt = fence.attempt AND checks.wrong_types = 0 AND checks.wrong_dates = 0
                    AND checks.wrong_rules = 0 AND NOT EXISTS (SELECT 1 FROM dup)
                RETURNING r.attempt
            ), audit AS (
                INSERT INTO audit_logs (user_id, hospital_id, action, resource, resource_id, new_values, task_id)
                SELECT \(task.creatorID.uuid), \(hospital), 'IMPORT_ODS', 'schedule_versions', \(version), \(audit),
                    \(task.taskID)
                FROM run
            )
            SELECT checks.*, dup.id AS duplicate_id, dup.version_no AS duplicate_version_no,
                fence.attempt IS NOT NULL AS is_owner, run.attempt IS NOT NULL AS is_finished
            FROM checks LEFT JOIN fence ON true LEFT JOIN dup ON true LEFT JOIN run ON true
            """
    }

    /// Finishes the claimed ledger row of a duplicate: the second and last statement of such an import.
    ///
    /// One row with the attempt, none when this attempt no longer owns the task.
    static func finishDuplicate(
        _ request: ImportRequest, stored: StoredImport, result: PostgresJSON
    ) -> PostgresQuery {
        """
        UPDATE import_runs SET status = 'SUCCEEDED', outcome = 'SUCCESS', result = \(result),
            schedule_version_id = \(stored.versionID.uuid), updated_at = now(), finished_at = now()
        WHERE queue = \(request.task.queue) AND task_id = \(request.task.taskID) AND phase = 'ods'
            AND hospital_id = \(request.hospitalID.uuid) AND attempt = \(stored.attempt) AND status = 'RUNNING'
        RETURNING attempt
        """
    }

    /// Records a duplicate that was found only at statement 3, after the roll-back; a finished row stays as it is.
    static func recordLateDuplicate(
        _ request: ImportRequest, stored: StoredImport, result: PostgresJSON
    ) -> PostgresQuery {
        let task = request.task
        return """
            INSERT INTO import_runs AS r (queue, task_id, phase, task_type, hospital_id, workflow_id, payload_sha256,
                source_sha256, worker, created_by, status, outcome, result, schedule_version_id, finished_at)
            SELECT \(task.queue), \(task.taskID), 'ods', \(task.taskType), v.hospital_id, \(task.workflowID),
                \(task.payloadSHA256), \(request.sourceSHA256), \(task.worker), \(task.creatorID.uuid), 'SUCCEEDED',
                'SUCCESS', \(result), v.id, now()
            FROM schedule_versions v
            WHERE v.id = \(stored.versionID.uuid) AND v.hospital_id = \(request.hospitalID.uuid)
            ON CONFLICT (queue, task_id, phase) DO UPDATE SET status = 'SUCCEEDED', outcome = 'SUCCESS',
                result = EXCLUDED.result, schedule_version_id = EXCLUDED.schedule_version_id, error_code = NULL,
                error_message = NULL, attempt = r.attempt + 1, updated_at = now(), finished_at = now()
            WHERE r.status NOT IN ('SUCCEEDED', 'CANCELLED') AND r.payload_sha256 = EXCLUDED.payload_sha256
            """
    }

    /// What a dry run reads: whether the version exists, its range, and a duplicate; no row for an unknown hospital.
    static func preview(_ request: ImportRequest) -> PostgresQuery {
        """
        SELECT v.id IS NOT NULL AS version_exists,
            v.id IS NULL AND other.id IS NULL OR coalesce(v.status = 'STAGING' AND v.deleted_at IS NULL, false)
                AS is_usable,
            coalesce(v.data_revision, 0) > 0 AS is_filled,
            coalesce(v.effective_start_date, \(request.proposedRange.start.postgres)) AS range_start,
            coalesce(v.effective_end_date, \(request.proposedRange.end.postgres)) AS range_end,
            (SELECT d.id FROM schedule_versions d
                WHERE d.hospital_id = h.id AND d.status = 'STAGING' AND d.deleted_at IS NULL
                    AND d.source_sha256 = \(request.sourceSHA256)::char(64) AND d.data_revision > 0
                    AND d.effective_start_date
                        = coalesce(v.effective_start_date, \(request.proposedRange.start.postgres))
                    AND d.effective_end_date = coalesce(v.effective_end_date, \(request.proposedRange.end.postgres))
                    AND NOT \(request.force)
                ORDER BY d.version_no DESC LIMIT 1) AS duplicate_id
        FROM hospitals h
        LEFT JOIN schedule_versions v ON v.id = \(request.versionID.uuid) AND v.hospital_id = h.id
        LEFT JOIN schedule_versions other ON other.id = \(request.versionID.uuid) AND other.hospital_id <> h.id
        WHERE h.id = \(request.hospitalID.uuid) AND h.deleted_at IS NULL
        """
    }
}
