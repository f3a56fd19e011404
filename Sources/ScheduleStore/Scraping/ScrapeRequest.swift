package import Foundation
package import ScheduleModel

/// What to scrape, and into which version.
package struct ScrapeRequest: Sendable {
    /// The delivery.
    package var task: TaskIdentity
    /// The tenant.
    package var hospitalID: Identifier<Hospital>
    /// The version to fill; `nil` is the hospital's newest live STAGING version when the scrape begins.
    package var versionID: Identifier<ScheduleVersion>?
    /// The dates asked for, cut to the version's range; `nil` starts with the version.
    package var window: DateRange?
    /// Calendar months counted forward from the window's first, when no window is given; default all, at most 24.
    package var monthsBack: Int?
    /// The rate policy's name, such as `perLane:5:1000ms`; kept on the batch.
    package var ratePolicy: String
    /// Names the adapter; months of different adapters have checkpoints of their own.
    package var sourceName: String
    /// Whether failed months and rejected rows let the rest be stored.
    package var allowPartial: Bool
    /// The share of rejected rows, 0 to 1, above which nothing is stored once 20 rows were read; 1 never refuses.
    package var maxErrorRate: Double

    /// Describes a scrape.
    package init(
        task: TaskIdentity, hospitalID: Identifier<Hospital>, versionID: Identifier<ScheduleVersion>? = nil,
        window: DateRange? = nil, monthsBack: Int? = nil, ratePolicy: String, sourceName: String = "AMION-html",
        allowPartial: Bool = true, maxErrorRate: Double = 1
    ) {
        self.task = task
        self.hospitalID = hospitalID
        self.versionID = versionID
        self.window = window
        self.monthsBack = monthsBack
        self.ratePolicy = ratePolicy
        self.sourceName = sourceName
        self.allowPartial = allowPartial
        self.maxErrorRate = maxErrorRate
    }

    /// The batch of this task: the same for every delivery.
    package var batchID: Identifier<ScrapeBatch> {
        DeterministicID.batch(queue: task.queue, taskID: task.taskID)
    }
}

/// How a scrape began.
package enum ScrapeStart: Sendable {
    /// The batch is PENDING and this delivery may fetch.
    case begun(ScrapeRun)
    /// An earlier delivery finished the task, or it was cancelled; the ledger's JSON. Nothing was written.
    case alreadyDone(result: [UInt8])
}

/// A scrape that has begun: what its delivery may fill, and the token with which it may finish.
package struct ScrapeRun: Sendable, Hashable {
    /// Which delivery of the task it is, from 1: the fencing token.
    package let attempt: Int
    /// The PENDING batch.
    package let batchID: Identifier<ScrapeBatch>
    /// The version that takes the assignments.
    package let versionID: Identifier<ScheduleVersion>
    /// The version's effective range.
    package let versionRange: DateRange
    /// The dates to scrape, inside ``versionRange``.
    package let window: DateRange
    /// What is known of the window's months.
    package let checkpoints: [LocalDate: MonthCheckpoint]

    /// Names a run.
    package init(
        attempt: Int, batchID: Identifier<ScrapeBatch>, versionID: Identifier<ScheduleVersion>,
        versionRange: DateRange, window: DateRange, checkpoints: [LocalDate: MonthCheckpoint] = [:]
    ) {
        self.attempt = attempt
        self.batchID = batchID
        self.versionID = versionID
        self.versionRange = versionRange
        self.window = window
        self.checkpoints = checkpoints
    }

    /// The first days of the months to have, in order.
    package var months: [LocalDate] { window.months }
}

/// What is known of one month of one source of a hospital (domain 5.8).
package struct MonthCheckpoint: Sendable, Hashable {
    /// The first day of the month.
    package let month: LocalDate
    /// Whether the month was ever fetched; a later failure keeps it so, with its rows.
    package let isComplete: Bool
    /// Whether it was fetched after its last day had ended, so that it need not be fetched again.
    package let isFinal: Bool
    /// Its rows in canonical order, for replay; empty unless ``isComplete``.
    package let rows: [ScrapedAssignment]
    /// What the reader said of it, for replay with the rows.
    package let messages: [ValidationMessage]
    /// SHA-256 over its canonical rows.
    package let checksum: String?
    /// Validator for a conditional request.
    package let etag: String?
    /// Validator for a conditional request.
    package let lastModified: String?
    /// When it was last fetched.
    package let fetchedAt: Date?
    /// Why the last try failed, `nil` after a success.
    package let lastError: String?

    /// Names a checkpoint.
    package init(
        month: LocalDate, isComplete: Bool, isFinal: Bool, rows: [ScrapedAssignment],
        messages: [ValidationMessage] = [], checksum: String? = nil, etag: String? = nil, lastModified: String? = nil,
        fetchedAt: Date? = nil, lastError: String? = nil
    ) {
        self.month = month
        self.isComplete = isComplete
        self.isFinal = isFinal
        self.rows = rows
        self.messages = messages
        self.checksum = checksum
        self.etag = etag
        self.lastModified = lastModified
        self.fetchedAt = fetchedAt
        self.lastError = lastError
    }
}
