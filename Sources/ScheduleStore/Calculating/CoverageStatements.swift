import Coverage
import Postgres
import ScheduleModel

/// Statements 7 and 8: read a version and store its calculation (domain 8.2).
enum CoverageStatements {
    /// Statement 7: finds the version, claims the ledger row, and reads everything coverage needs as columns in one row.
    ///
    /// Columns as ``CoverageReading`` reads them; the ledger's and the version's are NULL when no version fits.
    static func read(_ request: CoverageRequest) -> PostgresQuery {
        let task = request.task
        return """
            WITH asked AS (
                SELECT \(request.hospitalID?.uuid) AS hospital_id, \(request.versionID?.uuid) AS version_id,
                    \(request.period?.start.postgres) AS period_start, \(request.period?.end.postgres) AS period_end
            ), \(literal: target), run AS (
                INSERT INTO import_runs AS r (queue, task_id, phase, task_type, hospital_id, workflow_id, payload_sha256,
                    worker, created_by, schedule_version_id)
                SELECT \(task.queue), \(task.taskID), 'coverage', \(task.taskType), target.hospital_id, \(task.workflowID),
                    \(task.payloadSHA256), \(task.worker), \(task.creatorID.uuid), target.id
                FROM target
                ON CONFLICT (queue, task_id, phase) DO UPDATE SET schedule_version_id = EXCLUDED.schedule_version_id,
                    \(literal: LedgerStatements.takeOver)
                RETURNING \(literal: LedgerStatements.returning)
            ), \(literal: rows)
            SELECT run.*, \(literal: columns)
            FROM asked LEFT JOIN target ON true LEFT JOIN run ON true LEFT JOIN previous ON true
                CROSS JOIN slot_columns CROSS JOIN assignment_columns CROSS JOIN rule_columns
            """
    }

    /// Statement 7 without the ledger, for a dry run: nothing is written.
    static func preview(_ request: CoverageRequest) -> PostgresQuery {
        """
        WITH asked AS (
            SELECT \(request.hospitalID?.uuid) AS hospital_id, \(request.versionID?.uuid) AS version_id,
                \(request.period?.start.postgres) AS period_start, \(request.period?.end.postgres) AS period_end
        ), \(literal: target), \(literal: rows)
        SELECT \(literal: columns)
        FROM asked LEFT JOIN target ON true LEFT JOIN previous ON true
            CROSS JOIN slot_columns CROSS JOIN assignment_columns CROSS JOIN rule_columns
        """
    }

    /// Statement 8: stores a calculation, finishes the ledger row and signs the audit trail, if this attempt owns the task.
    ///
    /// One row with the calculation's id, none when a newer delivery owns the task.
    static func store(_ document: CoverageDocument, claim: LedgerClaim, request: CoverageRequest) -> PostgresQuery {
        let (task, calculation) = (request.task, document.result)
        return """
            WITH run AS (
                UPDATE import_runs SET status = 'SUCCEEDED', outcome = 'SUCCESS', result = \(document.ledgerResult),
                    updated_at = now(), finished_at = now(),
                    progress = jsonb_build_object('phase', 'coverage', 'done', \(document.slotCount), 'total',
                        \(document.slotCount), 'unit', 'slots')
                WHERE queue = \(task.queue) AND task_id = \(task.taskID) AND phase = 'coverage'
                    AND attempt = \(claim.attempt) AND status = 'RUNNING'
                    AND schedule_version_id = \(calculation.versionID.uuid)
                RETURNING hospital_id, schedule_version_id
            ), calculation AS (
                INSERT INTO coverage_calculations (schedule_version_id, hospital_id, task_id, calculation_date,
                    calculation_period_start_date, calculation_period_end_date, coverage_by_position, coverage_summary,
                    validation_errors, overall_percentage, acceptable, query_count, data_revision, calculated_by)
                SELECT run.schedule_version_id, run.hospital_id, \(task.taskID), (now() AT TIME ZONE h.timezone)::date,
                    \(calculation.period.start.postgres), \(calculation.period.end.postgres), \(document.byPosition),
                    \(document.summary), \(document.validation), \(document.percentage), \(calculation.isAcceptable),
                    \(statementCount), \(calculation.dataRevision), \(task.creatorID.uuid)
                FROM run JOIN hospitals h ON h.id = run.hospital_id
                RETURNING id, hospital_id
            ), audit AS (
                INSERT INTO audit_logs (user_id, hospital_id, action, resource, resource_id, new_values, task_id)
                SELECT \(task.creatorID.uuid), c.hospital_id, 'CALCULATE_COVERAGE', 'coverage_calculations', c.id,
                    jsonb_build_object('schedule_version_id', \(calculation.versionID.uuid), 'overall_percentage',
                        \(document.percentage), 'acceptable', \(calculation.isAcceptable), 'data_revision',
                        \(calculation.dataRevision)),
                    \(task.taskID)
                FROM calculation c
            )
            SELECT id FROM calculation
            """
    }

    /// Statements of a coverage phase, stored beside its result.
    static let statementCount = 2

    /// The version asked for, or the hospital's newest STAGING one, else the PRODUCTION one in force (domain 2).
    private static let target: StaticString = """
        target AS (
            SELECT v.id, v.hospital_id, v.version_no, v.data_revision,
                coalesce(asked.period_start, v.effective_start_date) AS period_start,
                coalesce(asked.period_end, v.effective_end_date) AS period_end
            FROM asked
            JOIN schedule_versions v
                ON v.id = asked.version_id AND v.hospital_id = coalesce(asked.hospital_id, v.hospital_id)
                OR v.hospital_id = asked.hospital_id AND asked.version_id IS NULL
            JOIN hospitals h ON h.id = v.hospital_id
            WHERE v.deleted_at IS NULL AND h.deleted_at IS NULL AND (asked.version_id IS NOT NULL OR v.status = 'STAGING'
                OR v.status = 'PRODUCTION'
                    AND coalesce(asked.period_start, (now() AT TIME ZONE h.timezone)::date)
                        BETWEEN v.effective_start_date AND v.effective_end_date)
            ORDER BY v.status = 'STAGING' DESC, v.version_no DESC LIMIT 1
        )
        """

    /// The live rows of the version and period, each kind as one row of arrays whose order agrees.
    private static let rows: StaticString = """
        slots AS MATERIALIZED (
            SELECT s.id, s.shift_type, s.schedule_date - date '1970-01-01' AS day,
                extract(epoch FROM s.start_time)::int + 86400 * s.start_day_offset AS window_start,
                extract(epoch FROM s.end_time)::int + 86400 * s.end_day_offset AS window_end,
                extract(epoch FROM s.starts_at)::float8 AS starts_at, extract(epoch FROM s.ends_at)::float8 AS ends_at,
                s.study_type, s.specialty_constraint, s.desired_coverage, s.is_mandatory
            FROM target t
            JOIN shift_instances s ON s.schedule_version_id = t.id AND s.hospital_id = t.hospital_id
                AND s.schedule_date BETWEEN t.period_start AND t.period_end
            WHERE s.deleted_at IS NULL
        ), slot_columns AS (
            SELECT array_agg(id) AS slot_id, array_agg(shift_type::text) AS slot_type, array_agg(day) AS slot_day,
                array_agg(window_start) AS slot_window_start, array_agg(window_end) AS slot_window_end,
                array_agg(starts_at) AS slot_starts_at, array_agg(ends_at) AS slot_ends_at,
                array_agg(study_type::text) AS slot_study, array_agg(specialty_constraint::text) AS slot_constraint,
                array_agg(desired_coverage) AS slot_desired, array_agg(is_mandatory) AS slot_mandatory
            FROM slots
        ), assignment_columns AS (
            SELECT array_agg(a.id) AS assignment_id, array_agg(a.shift_instance_id) AS assignment_slot,
                array_agg(a.person_id) AS assignment_person, array_agg(p.specialty::text) AS assignment_specialty
            FROM slots s
            JOIN assignments a ON a.shift_instance_id = s.id AND a.deleted_at IS NULL
            JOIN persons p ON p.id = a.person_id AND p.deleted_at IS NULL
        ), rule_columns AS (
            SELECT array_agg(w.id) AS rule_worklist, array_agg(w.campus_code::text) AS rule_campus,
                array_agg(w.label::text) AS rule_label, array_agg(w.study_type::text) AS rule_study,
                array_agg(r.shift_type::text) AS rule_type, array_agg(r.category::text) AS rule_category,
                array_agg(r.day_type::text) AS rule_day_type, array_agg(r.scenario::text) AS rule_scenario,
                array_agg(extract(epoch FROM r.window_start)::int + 86400 * r.start_day_offset) AS rule_window_start,
                array_agg(extract(epoch FROM r.window_end)::int + 86400 * r.end_day_offset) AS rule_window_end
            FROM target t
            JOIN coverage_rules r ON r.schedule_version_id = t.id AND r.hospital_id = t.hospital_id
            JOIN worklists w ON w.id = r.worklist_id AND w.hospital_id = t.hospital_id AND w.active
        ), previous AS (
            SELECT c.id, (c.overall_percentage * 100)::int AS basis_points, c.acceptable, c.data_revision, c.calculated_at
            FROM target t
            JOIN coverage_calculations c ON c.schedule_version_id = t.id AND c.hospital_id = t.hospital_id
                AND c.calculation_period_start_date = t.period_start AND c.calculation_period_end_date = t.period_end
            ORDER BY c.calculated_at DESC LIMIT 1
        )
        """

    private static let columns: StaticString = """
        EXISTS (SELECT 1 FROM hospitals h WHERE h.id = asked.hospital_id AND h.deleted_at IS NULL) AS is_hospital_known,
        target.id AS version_id, target.data_revision, target.period_start, target.period_end,
        previous.id AS previous_id, previous.basis_points AS previous_basis_points,
        previous.acceptable AS previous_acceptable, previous.data_revision AS previous_data_revision,
        previous.calculated_at AS previous_calculated_at, slot_columns.*, assignment_columns.*, rule_columns.*
        """
}
