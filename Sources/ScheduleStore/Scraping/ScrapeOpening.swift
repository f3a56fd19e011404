import Foundation
import Postgres
import ScheduleModel

/// What statement 4 of a scrape found.
enum ScrapeOpening {
    /// Reads the answer.
    ///
    /// - Parameters:
    ///   - rows: The rows of ``ScrapeStatements/begin(_:)``.
    ///   - request: What was asked for.
    /// - Returns: The run, or the stored result.
    /// - Throws: ``StoreError`` HOSPITAL_NOT_FOUND, TASK_ID_CONFLICT, INVALID_VERSION_STATE or INVALID_DATE_RANGE.
    static func read(_ rows: PostgresRows, request: ScrapeRequest) throws -> ScrapeStart {
        guard let row = rows.first else { throw StoreError.hospitalNotFound(request.hospitalID) }
        let claim = try LedgerClaim(row, task: request.task)
        if let result = claim.finishedResult { return .alreadyDone(result: result) }
        guard let version: Identifier<ScheduleVersion> = try row.optionalID("version_id") else {
            throw StoreError.versionNotScrapable(request.versionID, hospital: request.hospitalID)
        }
        guard try row.decode(Bool.self, "is_inside") else {
            throw StoreError(
                "INVALID_DATE_RANGE",
                "the window has no date of version \(version). choose dates inside the version's range")
        }
        guard let batch: Identifier<ScrapeBatch> = try row.optionalID("batch_id") else {
            throw StoreError(
                "INVALID_VERSION_STATE",
                "batch \(request.batchID) of task \(request.task.taskID) is complete or another hospital's. enqueue under a new id"
            )
        }
        let found = try rows.compactMap { try checkpoint($0) }
        return .begun(
            ScrapeRun(
                attempt: claim.attempt, batchID: batch, versionID: version,
                versionRange: try row.range("first_day", "last_day"),
                window: try row.range("window_start", "window_end"),
                checkpoints: Dictionary(found.map { ($0.month, $0) }) { first, _ in first }))
    }

    private static func checkpoint(_ row: PostgresRow) throws -> MonthCheckpoint? {
        guard let day = try row.decodeOptional(PostgresDate.self, "month") else { return nil }
        let month = LocalDate(dayNumber: day.daysSince1970)
        let isComplete = try row.decode(String.self, "state") == "COMPLETE"
        var rows: [ScrapedAssignment] = []
        var messages: [ValidationMessage] = []
        if isComplete, let document = try row.decodeOptional(PostgresJSON.self, "rows") {
            let said = try row.decodeOptional(PostgresJSON.self, "messages")
            do {
                rows = try CanonicalRows.read(document)
                messages = try said.map { try CanonicalRows.readMessages($0) } ?? []
            } catch {
                throw StoreError.unreadable("rows of the checkpoint of month \(month.monthText)")
            }
        }
        return MonthCheckpoint(
            month: month, isComplete: isComplete, isFinal: try row.decode(Bool.self, "final"), rows: rows,
            messages: messages, checksum: try row.decodeOptional(String.self, "checksum"),
            etag: try row.decodeOptional(String.self, "etag"),
            lastModified: try row.decodeOptional(String.self, "last_modified"),
            fetchedAt: try row.decodeOptional(Date.self, "fetched_at"),
            lastError: try row.decodeOptional(String.self, "last_error"))
    }
}

extension StoreError {
    static func versionNotScrapable(
        _ version: Identifier<ScheduleVersion>?, hospital: Identifier<Hospital>
    ) -> StoreError {
        StoreError(
            "INVALID_VERSION_STATE",
            version.map {
                "version \($0) takes no scrape for hospital \(hospital): it is not STAGING, is deleted, unknown or another "
                    + "hospital's. import a new version first"
            } ?? "hospital \(hospital) has no live STAGING version to scrape into. import a schedule first")
    }
}
