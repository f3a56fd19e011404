import Postgres
import ScheduleModel

/// Statement 5 of a scrape: finds people and slots for all rows, removes what vanished and adds what is new (domain 5.7).
enum AssignmentWrite {
    /// Settings of the transaction, sent before the statement; `SET LOCAL` is no statement of the budget (domain 8.1).
    ///
    /// The planner knows nothing of how many rows a CTE holds and takes a freshly filled table for empty. It then joins
    /// ten thousand rows with ten thousand by trying every pair; hashing costs the same for few rows and stays linear.
    /// Compilation is off because its cost threshold would be passed by the price that the planner puts on what is off.
    static let settings = "SET LOCAL enable_nestloop = off; SET LOCAL jit = off"

    /// The statement; one row with the columns that ``AssignmentAnswer`` reads.
    ///
    /// Nothing is written unless the ledger row is RUNNING with this attempt, the batch PENDING and the version STAGING;
    /// all three stay locked. A CTE sees the tables as they were before the statement, so what it adds and removes is told
    /// by RETURNING only.
    ///
    /// - Parameters:
    ///   - scrape: The rows, with their slots' types.
    ///   - request: Whose scrape it is.
    /// - Returns: The statement.
    static func statement(_ scrape: MappedScrape, request: ScrapeRequest) -> PostgresQuery {
        let (task, run, rows) = (request.task, scrape.run, scrape.rows)
        let (hospital, creator) = (request.hospitalID.uuid, task.creatorID.uuid)
        return """
            WITH ver AS MATERIALIZED (
                SELECT id, data_revision FROM schedule_versions
                WHERE id = \(run.versionID.uuid) AND hospital_id = \(hospital) AND status = 'STAGING'
                    AND deleted_at IS NULL
                FOR NO KEY UPDATE
            ), run AS MATERIALIZED (
                SELECT r.attempt FROM (SELECT count(*) FROM ver) AS locked, import_runs r
                WHERE r.queue = \(task.queue) AND r.task_id = \(task.taskID) AND r.phase = 'amion'
                    AND r.hospital_id = \(hospital) AND r.attempt = \(run.attempt) AND r.status = 'RUNNING'
                FOR NO KEY UPDATE OF r
            ), batch AS MATERIALIZED (
                SELECT b.id FROM run, scrape_batches b
                WHERE b.id = \(run.batchID.uuid) AND b.hospital_id = \(hospital) AND b.state = 'PENDING'
                    AND b.schedule_version_id = \(run.versionID.uuid)
                FOR NO KEY UPDATE OF b
            ), guard AS MATERIALIZED (
                SELECT ver.id FROM ver, run, batch
            ), scraped AS MATERIALIZED (
                SELECT * FROM unnest(\(Array(rows.indices)), \(rows.map(\.row.date.postgres)), \(rows.map(\.shiftType)),
                    \(rows.map(\.row.role)), \(rows.map(\.nameKey)), \(rows.map(\.staffKey)),
                    \(rows.map(\.row.window.startSeconds)), \(rows.map(\.row.window.endSeconds)))
                    AS u (n, day, shift_type, role, name_key, staff_key, s, e)
            ), people AS MATERIALIZED (
                SELECT p.id, p.specialty, k.key, l.active_from, coalesce(l.active_to, 'infinity') AS active_to
                FROM guard, person_hospitals l JOIN persons p ON p.id = l.person_id CROSS JOIN unnest(p.alias_keys) AS k (key)
                WHERE l.hospital_id = \(hospital) AND p.active AND p.deleted_at IS NULL
            ), hits AS (
                SELECT r.n, p.id, p.specialty, 0 AS rank FROM scraped r JOIN people p ON p.key = r.staff_key
                    AND r.day BETWEEN p.active_from AND p.active_to
                UNION ALL
                SELECT r.n, p.id, p.specialty, 1 AS rank FROM scraped r JOIN people p ON p.key = r.name_key
                    AND r.day BETWEEN p.active_from AND p.active_to
            ), ranked AS (
                SELECT *, min(rank) OVER (PARTITION BY n) AS best FROM hits
            ), named AS MATERIALIZED (
                SELECT n, min(id::text)::uuid AS person_id, min(specialty) AS specialty, count(DISTINCT id) AS people
                FROM ranked WHERE rank = best GROUP BY n
            ), slots AS MATERIALIZED (
                SELECT i.id, i.schedule_date AS day, i.shift_type, i.starts_at, i.ends_at, i.specialty_constraint,
                    i.desired_coverage, extract(epoch FROM i.start_time)::int + 86400 * i.start_day_offset AS s,
                    extract(epoch FROM i.end_time)::int + 86400 * i.end_day_offset AS e
                FROM guard JOIN shift_instances i ON i.schedule_version_id = guard.id
                WHERE i.hospital_id = \(hospital) AND i.deleted_at IS NULL
                    AND i.schedule_date BETWEEN \(run.window.start.postgres) AND \(run.window.end.postgres)
            ), placed AS MATERIALIZED (
                SELECT DISTINCT ON (r.n) r.n, i.id AS slot_id
                FROM scraped r JOIN slots i ON i.day = r.day AND i.shift_type = r.shift_type
                ORDER BY r.n, greatest(0, least(r.e, i.e) - greatest(r.s, i.s)) DESC, i.starts_at, i.id
            ), pairs AS MATERIALIZED (
                SELECT r.n, r.day, r.role, m.person_id, m.specialty, p.slot_id
                FROM scraped r JOIN named m ON m.n = r.n AND m.people = 1 JOIN placed p ON p.n = r.n
            ), wanted AS MATERIALIZED (
                SELECT DISTINCT ON (person_id, slot_id) * FROM pairs ORDER BY person_id, slot_id, n
            ), held AS MATERIALIZED (
                SELECT id, person_id, shift_instance_id AS slot_id, source FROM assignments
                WHERE shift_instance_id = ANY (ARRAY(SELECT id FROM slots)) AND deleted_at IS NULL
            ), by_hand AS (
                SELECT slot_id, count(*) FILTER (WHERE source = 'MANUAL') AS manual,
                    count(*) FILTER (WHERE source = 'OVERRIDE') AS overrides
                FROM held GROUP BY slot_id
            ), allowed AS MATERIALIZED (
                SELECT w.*, i.starts_at, i.ends_at, i.specialty_constraint
                FROM wanted w JOIN slots i ON i.id = w.slot_id LEFT JOIN by_hand h ON h.slot_id = w.slot_id
                WHERE coalesce(h.overrides, 0) = 0
                    AND (coalesce(h.manual, 0) = 0 OR h.manual < i.desired_coverage)
            ), vanished AS (
                SELECT h.id FROM held h JOIN slots i ON i.id = h.slot_id
                WHERE h.source = 'AMION'
                    AND date_trunc('month', i.day::timestamp)::date = ANY (\(scrape.months.map(\.month.postgres)))
                    AND NOT EXISTS (SELECT 1 FROM wanted w WHERE w.person_id = h.person_id AND w.slot_id = h.slot_id)
            ), removed AS (
                UPDATE assignments SET deleted_at = now(), deleted_by = \(creator)
                WHERE id = ANY (ARRAY(SELECT id FROM vanished)) AND deleted_at IS NULL
                RETURNING id
            ), added AS (
                INSERT INTO assignments (person_id, shift_instance_id, schedule_date, original_shift_type, source,
                    scrape_batch_id, created_by)
                SELECT person_id, slot_id, day, left(role, 255), 'AMION', \(run.batchID.uuid), \(creator)
                FROM allowed ORDER BY n
                ON CONFLICT DO NOTHING RETURNING id
            ), kept AS (
                SELECT person_id, starts_at, ends_at, slot_id FROM allowed
                UNION
                SELECT h.person_id, i.starts_at, i.ends_at, h.slot_id FROM held h JOIN slots i ON i.id = h.slot_id
                WHERE h.source <> 'AMION'
            ), crossing AS (
                SELECT max(ends_at) OVER (PARTITION BY person_id ORDER BY starts_at, slot_id
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) > starts_at AS crosses
                FROM kept
            )
            SELECT EXISTS (SELECT 1 FROM run) AS is_owner, EXISTS (SELECT 1 FROM batch) AS is_pending,
                (SELECT data_revision FROM ver) AS data_revision,
                (SELECT count(*) FROM added) AS created, (SELECT count(*) FROM removed) AS removed,
                (SELECT count(*) FROM wanted) AS wanted, (SELECT count(*) FROM pairs) AS pairs,
                (SELECT count(*) FROM wanted w JOIN held h ON h.person_id = w.person_id AND h.slot_id = w.slot_id
                    AND h.source = 'AMION') AS unchanged,
                (SELECT count(*) FROM crossing WHERE crosses) AS crossing_count,
                (SELECT array_agg(n ORDER BY n) FROM scraped r
                    WHERE NOT EXISTS (SELECT 1 FROM named m WHERE m.n = r.n)) AS unknown,
                (SELECT array_agg(n ORDER BY n) FROM named WHERE people > 1) AS ambiguous,
                (SELECT array_agg(n ORDER BY n) FROM scraped r
                    WHERE NOT EXISTS (SELECT 1 FROM placed p WHERE p.n = r.n)) AS unplaced,
                (SELECT array_agg(n ORDER BY n) FROM allowed
                    WHERE (specialty, specialty_constraint) IN (('BODY_ONLY', 'NEURO_ONLY'), ('NEURO_ONLY', 'BODY_ONLY')))
                    AS conflicting,
                (SELECT array_agg(d.day ORDER BY d.day) FROM unnest(\(scrape.watchedDays.map(\.postgres))) AS d (day)
                    WHERE NOT EXISTS (SELECT 1 FROM kept k JOIN slots i ON i.id = k.slot_id
                        WHERE i.day = d.day AND i.shift_type = \(MappedScrape.watchedRole))) AS without_midc,
                (SELECT b.id FROM scrape_batches b
                    WHERE b.hospital_id = \(hospital) AND b.ingest_checksum = \(scrape.checksum) AND b.state = 'COMPLETE'
                        AND b.schedule_version_id = \(run.versionID.uuid) AND b.deleted_at IS NULL
                    ORDER BY b.completed_at DESC LIMIT 1) AS duplicate_of
            """
    }
}

/// What statement 5 of a scrape says.
struct AssignmentAnswer {
    let created, removed, unchanged, wanted, pairs, overlaps: Int
    /// Positions in ``MappedScrape/rows``.
    let unknown, ambiguous, unplaced, conflicting: [Int]
    /// Weekdays without a holder of ``MappedScrape/watchedRole``, in order.
    let withoutMidC: [LocalDate]
    /// The version's revision before the scrape.
    let dataRevision: Int
    let duplicateOf: Identifier<ScrapeBatch>?

    /// Reads the answer; `nil` when a newer delivery owns the task.
    ///
    /// - Parameters:
    ///   - rows: The one row of ``AssignmentWrite/statement(_:request:)``.
    ///   - run: The delivery's run.
    /// - Throws: ``StoreError`` INVALID_VERSION_STATE or ASSIGNMENT_CREATION_FAILED.
    init?(_ rows: PostgresRows, run: ScrapeRun) throws {
        guard let row = rows.first, try row.decode(Bool.self, "is_owner") else { return nil }
        guard let revision = try row.decodeOptional(Int.self, "data_revision") else {
            throw StoreError(
                "INVALID_VERSION_STATE",
                "version \(run.versionID) is no longer STAGING or was deleted while it was scraped. import a new version first"
            )
        }
        guard try row.decode(Bool.self, "is_pending") else {
            throw StoreError(
                "ASSIGNMENT_CREATION_FAILED",
                "batch \(run.batchID) was closed while its months were fetched. try again", isRetriable: true)
        }
        created = try row.decode(Int.self, "created")
        removed = try row.decode(Int.self, "removed")
        unchanged = try row.decode(Int.self, "unchanged")
        wanted = try row.decode(Int.self, "wanted")
        pairs = try row.decode(Int.self, "pairs")
        overlaps = try row.decode(Int.self, "crossing_count")
        unknown = try row.column(Int.self, "unknown")
        ambiguous = try row.column(Int.self, "ambiguous")
        unplaced = try row.column(Int.self, "unplaced")
        conflicting = try row.column(Int.self, "conflicting")
        withoutMidC = try row.column(PostgresDate.self, "without_midc").map {
            LocalDate(dayNumber: $0.daysSince1970)
        }
        dataRevision = revision
        duplicateOf = try row.optionalID("duplicate_of")
    }
}
