import Postgres
package import ScheduleModel

extension ScheduleStore {
    /// Fails PENDING batches whose delivery is past its time limit, and their ledger rows with them (domain 5.8).
    ///
    /// One statement that any number of workers may run at the same time: what another one works on is passed over, and
    /// what is failed is not failed again. A retry of the task reopens its batch.
    ///
    /// - Parameters:
    ///   - limits: How long a delivery of each task type may take at most.
    ///   - longest: The limit of other types, and of batches whose ledger row is gone.
    /// - Returns: The batches that were failed, in no order.
    /// - Throws: ``StoreError`` DATABASE_ERROR, or `CancellationError`.
    package func failAbandonedScrapes(
        limits: [String: Duration], longest: Duration
    ) async throws -> [Identifier<ScrapeBatch>] {
        let rows = try await query(
            AbandonedScrapes.statement(limits: limits, longest: longest), operation: "fail-abandoned-batches",
            tag: .ledger)
        return try rows.map { try $0.id("id") }
    }
}

/// Scrapes that nobody finishes any more: their worker died after the batch was made.
enum AbandonedScrapes {
    /// What batch and ledger row then say.
    static let message = "the worker ended before the scrape did. a retry of the task starts it again"

    /// The statement; a row for each batch that it failed.
    ///
    /// A delivery that is late but alive holds its ledger row while it writes: such rows are skipped, never waited for, so
    /// that no deadlock can come of it. `scraped_at` is the start of the batch's newest delivery.
    static func statement(limits: [String: Duration], longest: Duration) -> PostgresQuery {
        let types = limits.keys.sorted()
        let seconds = types.map { (limits[$0] ?? longest).wholeSeconds }
        let last = longest.wholeSeconds
        return """
            WITH limits AS (
                SELECT * FROM unnest(\(types), \(seconds)) AS u (task_type, seconds)
            ), owned AS MATERIALIZED (
                SELECT b.id, r.queue, r.task_id
                FROM import_runs r JOIN scrape_batches b ON b.id = r.scrape_batch_id AND b.hospital_id = r.hospital_id
                LEFT JOIN limits l ON l.task_type = r.task_type
                WHERE r.phase = 'amion' AND b.state = 'PENDING' AND b.deleted_at IS NULL
                    AND b.scraped_at < now() - make_interval(secs => coalesce(l.seconds, \(last)))
                FOR UPDATE OF r, b SKIP LOCKED
            ), lone AS MATERIALIZED (
                SELECT b.id FROM scrape_batches b
                WHERE b.state = 'PENDING' AND b.deleted_at IS NULL AND b.scraped_at < now() - make_interval(secs => \(last))
                    AND NOT EXISTS (SELECT 1 FROM import_runs r WHERE r.phase = 'amion' AND r.scrape_batch_id = b.id)
                FOR UPDATE SKIP LOCKED
            ), runs AS (
                UPDATE import_runs r SET status = 'FAILED', outcome = 'FAILED', error_code = 'FAILED_TO_SCRAPE',
                    error_message = \(message), updated_at = now(), finished_at = now()
                FROM owned o
                WHERE r.queue = o.queue AND r.task_id = o.task_id AND r.phase = 'amion' AND r.status = 'RUNNING'
            )
            UPDATE scrape_batches SET state = 'FAILED', error_message = \(message), completed_at = now()
            WHERE id IN (SELECT id FROM owned UNION SELECT id FROM lone) AND state = 'PENDING'
            RETURNING id
            """
    }
}

extension Duration {
    /// Seconds, fractions cut.
    fileprivate var wholeSeconds: Int { Int(components.seconds) }
}
