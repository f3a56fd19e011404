import Logging
import Postgres
package import ScheduleModel

extension ScheduleStore {
    /// Begins a scrape: statement 4, committed alone, so that a crash leaves a visible PENDING batch (domain 8.2).
    ///
    /// A second delivery reopens the batch of the first and takes its ledger row over.
    ///
    /// - Parameter request: What to scrape.
    /// - Returns: What to fetch and what is known of it, or the result of an earlier delivery.
    /// - Throws: ``StoreError``: HOSPITAL_NOT_FOUND, TASK_ID_CONFLICT, INVALID_VERSION_STATE when there is no such live
    ///   STAGING version of the hospital, INVALID_DATE_RANGE when the window misses its range, DATABASE_ERROR; or
    ///   `CancellationError`. Nothing is kept then.
    package func beginScrape(_ request: ScrapeRequest) async throws -> ScrapeStart {
        try await transaction(.amion) { transaction in
            let rows = try await transaction.query(ScrapeStatements.begin(request), operation: "insert-batch")
            let start = try ScrapeOpening.read(rows, request: request)
            if case .alreadyDone = start { throw RollBack(answer: start) }
            return start
        }
    }

    /// Stores what was scraped: statements 5 and 6 in one transaction (domain 8.2).
    ///
    /// Vanished AMION rows are removed only in the given months and inside the window; MANUAL and OVERRIDE rows are never
    /// changed. Failed months keep their assignments and their checkpoint.
    ///
    /// - Parameters:
    ///   - request: As it was begun.
    ///   - run: What ``beginScrape(_:)`` gave.
    ///   - context: The hospital, for its vocabulary, settings and zone.
    ///   - months: The months that were had.
    ///   - failed: The months that were not.
    ///   - rowMessages: What was found beside the months' own messages; row errors count as rejected rows.
    ///   - traffic: What the source was asked, for the batch's metrics.
    ///   - result: Makes the JSON that the ledger keeps.
    /// - Returns: What was stored, or that a newer delivery owns the task.
    /// - Throws: ``StoreError``: FAILED_TO_SCRAPE when no month was had or a partial result is not allowed,
    ///   ERROR_RATE_EXCEEDED, INVALID_VERSION_STATE when the version is no longer STAGING, ASSIGNMENT_CREATION_FAILED when
    ///   the batch was closed meanwhile, DATABASE_ERROR; `CancellationError`; or what `result` throws. Nothing is kept then,
    ///   and the caller records it with ``failScrape(_:run:code:message:)``.
    package func finishScrape(
        _ request: ScrapeRequest, run: ScrapeRun, context: HospitalContext, months: [ScrapedMonth],
        failed: [FailedMonth] = [], rowMessages: [ValidationMessage] = [], traffic: ScrapeTraffic = ScrapeTraffic(),
        result: @Sendable (ScrapeStored) throws -> [UInt8]
    ) async throws -> ScrapeReceipt {
        guard !months.isEmpty else {
            throw StoreError(
                "FAILED_TO_SCRAPE", "none of \(failed.count) months could be had. see the months' own errors")
        }
        guard failed.isEmpty || request.allowPartial else {
            throw StoreError(
                "FAILED_TO_SCRAPE",
                "\(failed.count) months failed and a partial scrape is not allowed. try again, or allow it")
        }
        let scrape = try MappedScrape(
            run: run, context: context, months: months, failed: failed, rowMessages: rowMessages)
        return try await transaction(.amion) { transaction in
            try await transaction.execute(script: AssignmentWrite.settings, operation: "plan-assignments")
            let rows = try await transaction.query(
                AssignmentWrite.statement(scrape, request: request), operation: "insert-assignments")
            guard let answer = try AssignmentAnswer(rows, run: run) else {
                logger.notice("superseded scrape", metadata: ["task-id": "\(request.task.taskID)"])
                throw RollBack(answer: ScrapeReceipt.superseded)
            }
            let stored = scrape.stored(answer)
            try Self.check(stored, scrape: scrape, request: request)
            let finished = try await transaction.query(
                ScrapeStatements.finish(
                    request, scrape: scrape, stored: stored, traffic: traffic,
                    result: PostgresJSON(try result(stored))),
                operation: "complete-batch")
            guard try finished.first?.decode(Bool.self, "is_finished") == true else {
                throw StoreError(
                    "DATABASE_ERROR",
                    "batch \(run.batchID) could not be completed. everything was rolled back; try again",
                    isRetriable: true)
            }
            return .stored(stored)
        }
    }

    /// Marks batch and ledger FAILED with one statement, tagged `ledger`; a newer attempt is left alone.
    ///
    /// - Parameters:
    ///   - request: What was to be scraped.
    ///   - run: What ``beginScrape(_:)`` gave; `nil` when it threw.
    ///   - code: Why.
    ///   - message: One sentence for a person, without secrets and people's names.
    /// - Throws: ``StoreError`` DATABASE_ERROR, or `CancellationError`.
    package func failScrape(
        _ request: ScrapeRequest, run: ScrapeRun?, code: ValidationCode, message: String
    ) async throws {
        try await recordFailure(
            task: request.task, phase: "amion", hospitalID: request.hospitalID, versionID: request.versionID,
            status: .failed, code: code, message: message, attempt: run?.attempt)
    }

    private static func check(_ stored: ScrapeStored, scrape: MappedScrape, request: ScrapeRequest) throws {
        let (rejected, total) = (stored.rejectedRows, scrape.counters(stored).total)
        guard rejected == 0 || request.allowPartial else {
            throw StoreError(
                "FAILED_TO_SCRAPE",
                "\(rejected) of \(total) rows were rejected and a partial scrape is not allowed. correct them, or allow it"
            )
        }
        guard total < smallestRatedCount || Double(rejected) <= request.maxErrorRate * Double(total) else {
            throw StoreError(
                "ERROR_RATE_EXCEEDED",
                "\(rejected) of \(total) scraped rows were rejected, more than a share of \(request.maxErrorRate). correct the "
                    + "people registry, or raise max_error_rate")
        }
    }

    /// Of fewer rows a share says nothing (domain 2, `max_error_rate`).
    private static let smallestRatedCount = 20
}
