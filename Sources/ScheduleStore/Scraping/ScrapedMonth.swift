package import Foundation
package import ScheduleModel

/// Where the rows of a month come from (domain 5.8).
package enum MonthOrigin: String, Sendable, Hashable, Codable {
    /// The source sent it.
    case fetched
    /// The source said that it is as it was; the rows are the checkpoint's, and the checkpoint counts as new.
    case unchanged
    /// The source was not asked; the rows are the checkpoint's, and the checkpoint stays as it is.
    case skipped
}

/// What a scrape cost its source, for the batch's metrics.
package struct ScrapeTraffic: Sendable, Hashable {
    /// Requests sent, retries included.
    package var requests: Int
    /// Requests that were retries.
    package var retries: Int

    /// Counts requests.
    package init(requests: Int = 0, retries: Int = 0) {
        self.requests = requests
        self.retries = retries
    }
}

/// One month that a scrape had: fetched, unchanged since the last time, or replayed.
package struct ScrapedMonth: Sendable, Hashable {
    /// The first day of the month.
    package var month: LocalDate
    /// All its assignments, also those outside the window.
    package var rows: [ScrapedAssignment]
    /// Validator for the next conditional request.
    package var etag: String?
    /// Validator for the next conditional request.
    package var lastModified: String?
    /// When the source was asked; decides whether the month is final.
    package var fetchedAt: Date
    /// Where the rows come from.
    package var origin: MonthOrigin
    /// What the reader said of the month, now or when it was fetched; its row errors count as rejected rows.
    package var messages: [ValidationMessage]

    /// Names a month.
    package init(
        month: LocalDate, rows: [ScrapedAssignment], etag: String? = nil, lastModified: String? = nil,
        fetchedAt: Date = Date(), origin: MonthOrigin = .fetched, messages: [ValidationMessage] = []
    ) {
        self.month = month
        self.rows = rows
        self.messages = messages
        self.etag = etag
        self.lastModified = lastModified
        self.fetchedAt = fetchedAt
        self.origin = origin
    }
}

/// One month that a scrape did not have; its assignments and checkpoint rows stay as they are.
package struct FailedMonth: Sendable, Hashable {
    /// The first day of the month.
    package var month: LocalDate
    /// Why, such as `INVALID_HTML`.
    package var code: ValidationCode
    /// What happened, for people; no credential, no full URL.
    package var cause: String

    /// Names a failure.
    package init(month: LocalDate, code: ValidationCode, cause: String) {
        self.month = month
        self.code = code
        self.cause = cause
    }
}

/// A scraped text and how many rows had it.
package struct ScrapeTally: Sendable, Hashable, Codable {
    /// The person's name or the role, as written.
    package var name: String
    /// How many rows.
    package var count: Int

    /// Names a tally.
    package init(name: String, count: Int) {
        self.name = name
        self.count = count
    }
}

/// What one scrape stored.
package struct ScrapeStored: Sendable, Hashable {
    /// The version that holds the assignments.
    package var versionID: Identifier<ScheduleVersion>
    /// The batch that brought them.
    package var batchID: Identifier<ScrapeBatch>
    /// Which delivery of the task it was, from 1.
    package var attempt: Int
    /// Rows inside the window.
    package var rowCount = 0
    /// Assignments added.
    package var created = 0
    /// Assignments that were there already.
    package var unchanged = 0
    /// Assignments that vanished from the source and were soft-deleted.
    package var removed = 0
    /// People on slots where MANUAL or OVERRIDE assignments win; nothing was added for them.
    package var heldByHand = 0
    /// Names that match nobody, by first appearance.
    package var unknownPeople: [ScrapeTally] = []
    /// Names that match two people or more, by first appearance.
    package var ambiguousPeople: [ScrapeTally] = []
    /// Roles that are no shift type and are not ignored, by first appearance.
    package var unknownRoles: [ScrapeTally] = []
    /// Rows whose role is silently ignored.
    package var ignored = 0
    /// Rows of a known role for which the version has no slot on that date.
    package var noSlot = 0
    /// Stored rows of a BODY_ONLY person on a NEURO_ONLY slot or the reverse.
    package var specialtyConflicts = 0
    /// Slots that overlap an earlier slot of the same person.
    package var overlaps = 0
    /// Weekdays of the months had on which nobody holds MidC, where the hospital has that type.
    package var withoutMidC: [LocalDate] = []
    /// Rows that put somebody on a slot for the second time.
    package var twiceOnSlot = 0
    /// Rows that were rejected: read badly, or of an unknown or ambiguous person.
    package var rejectedRows = 0
    /// Months had, replayed ones included.
    package var monthsDone = 0
    /// Months that failed.
    package var monthsFailed = 0
    /// SHA-256 over all canonical rows of the months had.
    package var checksum = ""
    /// An earlier COMPLETE batch of the version with the same checksum.
    package var duplicateOf: Identifier<ScrapeBatch>?
    /// The version's revision after the scrape; it rises only when assignments were added or removed.
    package var dataRevision = 0
    /// How many messages of the reader ``report`` begins with.
    package var readerMessageCount = 0
    /// All messages of the phase, those of the reader first.
    package var report = ValidationReport()

    /// The kept messages of ``report``.
    package var messages: [ValidationMessage] { report.finished }
    /// The kept messages of the mapping, without those that the reader found.
    package var mappingMessages: [ValidationMessage] {
        Array(messages.dropFirst(min(readerMessageCount, ValidationReport.keptMessages)))
    }
    /// SUCCESS, or PARTIAL when a month failed or a row was rejected.
    package var outcome: Outcome { monthsFailed == 0 && rejectedRows == 0 ? .success : .partial }

    /// Nothing stored yet.
    package init(versionID: Identifier<ScheduleVersion>, batchID: Identifier<ScrapeBatch>, attempt: Int) {
        self.versionID = versionID
        self.batchID = batchID
        self.attempt = attempt
    }
}

/// How a scrape ended.
package enum ScrapeReceipt: Sendable {
    /// Everything is stored.
    case stored(ScrapeStored)
    /// A newer delivery owns the task; nothing was written.
    case superseded
}
