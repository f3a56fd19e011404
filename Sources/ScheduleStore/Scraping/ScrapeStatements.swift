import Foundation
import Postgres
import ScheduleModel

/// Statements 4 and 6 of a scrape (domain 8.2).
///
/// Statement 5 is ``AssignmentWrite``.
enum ScrapeStatements {
    /// Statement 4: locks the version, claims the ledger row, makes or reopens the batch, reads the window's checkpoints.
    ///
    /// No row: unknown hospital. Else a row for each checkpoint, one when there are none; columns as ``ScrapeOpening``
    /// reads them.
    static func begin(_ request: ScrapeRequest) -> PostgresQuery {
        let task = request.task
        let months = request.monthsBack ?? largestMonthCount
        return """
            WITH h AS (
                SELECT id FROM hospitals WHERE id = \(request.hospitalID.uuid) AND deleted_at IS NULL
            ), v AS MATERIALIZED (
                SELECT v.id, v.effective_start_date AS first_day, v.effective_end_date AS last_day
                FROM schedule_versions v, h
                WHERE v.hospital_id = h.id AND v.status = 'STAGING' AND v.deleted_at IS NULL
                    AND v.id = coalesce(\(request.versionID?.uuid), v.id)
                ORDER BY v.version_no DESC LIMIT 1
                FOR NO KEY UPDATE OF v
            ), start AS (
                SELECT v.*, greatest(coalesce(\(request.window?.start.postgres), first_day), first_day) AS s FROM v
            ), win AS (
                SELECT id, first_day, last_day, s, least(last_day, coalesce(\(request.window?.end.postgres),
                    (date_trunc('month', s::timestamp) + make_interval(months => \(months)::int))::date - 1)) AS e
                FROM start
            ), run AS (
                INSERT INTO import_runs AS r (queue, task_id, phase, task_type, hospital_id, schedule_version_id,
                    scrape_batch_id, workflow_id, payload_sha256, worker, created_by)
                SELECT \(task.queue), \(task.taskID), 'amion', \(task.taskType), h.id, win.id,
                    CASE WHEN win.s <= win.e THEN \(request.batchID.uuid) END, \(task.workflowID), \(task.payloadSHA256),
                    \(task.worker), \(task.creatorID.uuid)
                FROM h LEFT JOIN win ON true
                ON CONFLICT (queue, task_id, phase) DO UPDATE SET
                    schedule_version_id = CASE WHEN r.status IN ('SUCCEEDED', 'CANCELLED') THEN r.schedule_version_id
                        ELSE EXCLUDED.schedule_version_id END,
                    scrape_batch_id = CASE WHEN r.status IN ('SUCCEEDED', 'CANCELLED') THEN r.scrape_batch_id
                        ELSE EXCLUDED.scrape_batch_id END,
                    \(literal: LedgerStatements.takeOver)
                RETURNING \(literal: LedgerStatements.returning)
            ), b AS (
                INSERT INTO scrape_batches AS b (id, hospital_id, schedule_version_id, task_id, window_start_date,
                    window_end_date, rate_policy, created_by)
                SELECT \(request.batchID.uuid), h.id, win.id, \(task.taskID), win.s, win.e, left(\(request.ratePolicy), 64),
                    \(task.creatorID.uuid)
                FROM h, win, run
                WHERE run.run_status = 'RUNNING' AND win.s <= win.e
                ON CONFLICT (id) DO UPDATE SET state = 'PENDING', schedule_version_id = EXCLUDED.schedule_version_id,
                    window_start_date = EXCLUDED.window_start_date, window_end_date = EXCLUDED.window_end_date,
                    rate_policy = EXCLUDED.rate_policy, scraped_at = now(), completed_at = NULL, error_message = NULL
                WHERE b.hospital_id = EXCLUDED.hospital_id AND b.state <> 'COMPLETE'
                RETURNING b.id
            )
            SELECT run.*, win.id AS version_id, win.first_day, win.last_day, win.s AS window_start, win.e AS window_end,
                win.s <= win.e AS is_inside, b.id AS batch_id, c.month, c.state, c.final, c.rows, c.messages, c.checksum, c.etag,
                c.last_modified, c.fetched_at, c.last_error
            FROM run LEFT JOIN win ON true LEFT JOIN b ON true
            LEFT JOIN scrape_month_checkpoints c ON b.id IS NOT NULL AND c.hospital_id = \(request.hospitalID.uuid)
                AND c.source_name = \(request.sourceName)
                AND c.month BETWEEN date_trunc('month', win.s::timestamp)::date AND win.e
            """
    }

    /// Statement 6: completes the batch, the checkpoints, the version, the ledger row and the audit trail.
    ///
    /// One row; `is_finished` says whether batch, version and ledger row were all there. Statement 5 holds their locks.
    static func finish(
        _ request: ScrapeRequest, scrape: MappedScrape, stored: ScrapeStored, traffic: ScrapeTraffic,
        result: PostgresJSON
    ) throws -> PostgresQuery {
        let (task, run) = (request.task, scrape.run)
        let (hospital, creator) = (request.hospitalID.uuid, task.creatorID.uuid)
        let fetched = try scrape.months.filter { $0.origin != .skipped }.map {
            try FetchedMonth($0, zone: scrape.context.zone)
        }
        let validation = try StoredJSON.encode(StoredValidation(stored.report, counters: scrape.counters(stored)))
        let figures = try StoredJSON.encode(ScrapeFigures(stored, scrape: scrape, traffic: traffic))
        let isChanged = stored.created + stored.removed > 0
        return """
            WITH b AS (
                UPDATE scrape_batches SET state = 'COMPLETE', completed_at = now(), row_count = \(stored.rowCount),
                    ingest_checksum = \(stored.checksum), last_scraped_date = \(scrape.lastDay?.postgres),
                    metrics = \(figures), error_message = NULL
                WHERE id = \(run.batchID.uuid) AND hospital_id = \(hospital) AND state = 'PENDING'
                RETURNING id
            ), had AS (
                INSERT INTO scrape_month_checkpoints AS c (hospital_id, source_name, month, state, checksum, row_count, rows,
                    messages, etag, last_modified, fetched_at, final, scrape_batch_id)
                SELECT \(hospital), \(request.sourceName), u.month, 'COMPLETE', u.checksum, u.row_count, u.rows,
                    u.messages, u.etag, u.last_modified, u.fetched_at, u.final, b.id
                FROM b, unnest(\(fetched.map(\.month)), \(fetched.map(\.checksum)), \(fetched.map(\.rowCount)),
                    \(fetched.map(\.rows)), \(fetched.map(\.messages)), \(fetched.map(\.etag)), \(fetched.map(\.lastModified)),
                    \(fetched.map(\.fetchedAt)), \(fetched.map(\.isFinal)))
                    AS u (month, checksum, row_count, rows, messages, etag, last_modified, fetched_at, final)
                ON CONFLICT (hospital_id, source_name, month) DO UPDATE SET state = 'COMPLETE', checksum = EXCLUDED.checksum,
                    row_count = EXCLUDED.row_count, rows = EXCLUDED.rows, messages = EXCLUDED.messages, etag = EXCLUDED.etag,
                    last_modified = EXCLUDED.last_modified, fetched_at = EXCLUDED.fetched_at, final = EXCLUDED.final,
                    scrape_batch_id = EXCLUDED.scrape_batch_id, last_error = NULL, updated_at = now()
            ), missed AS (
                INSERT INTO scrape_month_checkpoints AS c (hospital_id, source_name, month, state, last_error,
                    scrape_batch_id)
                SELECT \(hospital), \(request.sourceName), u.month, 'FAILED', u.last_error, b.id
                FROM b, unnest(\(scrape.failed.map(\.month.postgres)), \(scrape.failed.map(\.shortCause)))
                    AS u (month, last_error)
                ON CONFLICT (hospital_id, source_name, month) DO UPDATE SET last_error = EXCLUDED.last_error,
                    updated_at = now()
            ), v AS (
                UPDATE schedule_versions SET data_revision = \(stored.dataRevision),
                    data_changed_at = CASE WHEN \(isChanged) THEN now() ELSE data_changed_at END, updated_at = now(),
                    updated_by = \(creator), scrape_batch_id = b.id,
                    validation_results = coalesce(validation_results, '{}') || jsonb_build_object('amion', \(validation))
                FROM b
                WHERE schedule_versions.id = \(run.versionID.uuid) AND schedule_versions.hospital_id = \(hospital)
                RETURNING schedule_versions.id
            ), run AS (
                UPDATE import_runs r SET status = 'SUCCEEDED', outcome = \(stored.outcome.rawValue), result = \(result),
                    schedule_version_id = v.id, scrape_batch_id = b.id, updated_at = now(), finished_at = now(),
                    progress = jsonb_build_object('phase', 'amion', 'done', \(stored.monthsDone), 'total',
                        \(stored.monthsDone + stored.monthsFailed), 'unit', 'months')
                FROM b, v
                WHERE r.queue = \(task.queue) AND r.task_id = \(task.taskID) AND r.phase = 'amion'
                    AND r.attempt = \(run.attempt) AND r.status = 'RUNNING'
                RETURNING r.attempt
            ), audit AS (
                INSERT INTO audit_logs (user_id, hospital_id, action, resource, resource_id, new_values, task_id)
                SELECT \(creator), \(hospital), 'IMPORT_AMION', 'schedule_versions', \(run.versionID.uuid), \(figures),
                    \(task.taskID)
                FROM run
            )
            SELECT EXISTS (SELECT 1 FROM run) AS is_finished
            """
    }

    /// The most months of one scrape (domain 2, `months_back`).
    private static let largestMonthCount = 24
}

/// A month as its checkpoint is stored.
private struct FetchedMonth {
    let month: PostgresDate
    let checksum: String
    let rowCount: Int
    let rows: PostgresJSON
    let messages: PostgresJSON?
    let etag, lastModified: String?
    let fetchedAt: Date
    let isFinal: Bool

    init(_ scraped: ScrapedMonth, zone: ScheduleZone) throws {
        month = scraped.month.postgres
        checksum = try CanonicalRows.checksum(scraped.rows)
        rowCount = scraped.rows.count
        rows = try CanonicalRows.document(scraped.rows)
        messages = try CanonicalRows.document(messages: scraped.messages)
        // A validator that does not fit is none: half of it would never match.
        etag = scraped.etag.flatMap { $0.count <= Self.longestText ? $0 : nil }
        lastModified = scraped.lastModified.flatMap { $0.count <= Self.longestText ? $0 : nil }
        fetchedAt = scraped.fetchedAt
        isFinal = zone.date(at: scraped.fetchedAt) > scraped.month.lastOfMonth
    }

    private static let longestText = 255
}

extension FailedMonth {
    /// Code and cause as `last_error` holds them.
    fileprivate var shortCause: String { String("\(code.rawValue): \(cause)".prefix(255)) }
}
