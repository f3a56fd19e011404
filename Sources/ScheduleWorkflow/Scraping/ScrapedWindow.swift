import Amion
import Foundation
import ScheduleModel
import ScheduleStore

/// What a scrape has of its window: months from the source and months from checkpoints, put together.
struct ScrapedWindow: Sendable {
    /// The months had, in order.
    let months: [ScrapedMonth]
    /// The months that were not, in order.
    let failures: [MonthFailure]
    /// What the source was asked.
    let traffic: ScrapeTraffic
    /// Slots without a name in the months that were fetched.
    let openSlots: Int
    /// Rows that said the same as an earlier one in the months that were fetched.
    let duplicates: Int
    /// When the source says that it was last changed, of the newest month that says it.
    let asOf: String?

    /// Puts a window together.
    ///
    /// - Parameters:
    ///   - plan: What was to be asked for.
    ///   - result: What the source gave.
    ///   - checkpoints: What was known before; unchanged and skipped months take their rows from here.
    ///   - askedAt: When asking began: what is fetched is at least as new.
    init(plan: ScrapePlan, result: ScrapeResult, checkpoints: [LocalDate: MonthCheckpoint], askedAt: Date) {
        let fetched = result.months.map { month in
            ScrapedMonth(
                month: month.month, rows: month.rows, etag: month.validators.etag,
                lastModified: month.validators.lastModified, fetchedAt: askedAt,
                messages: Self.placed(month.messages, in: month.month))
        }
        func stored(_ month: LocalDate, _ origin: MonthOrigin) -> ScrapedMonth? {
            checkpoints[month].map {
                ScrapedMonth(
                    month: month, rows: $0.rows, etag: $0.etag, lastModified: $0.lastModified, fetchedAt: askedAt,
                    origin: origin, messages: $0.messages)
            }
        }
        months =
            (fetched + result.unchanged.compactMap { stored($0, .unchanged) }
            + (plan.skipped + result.tooYoung).compactMap { stored($0, .skipped) }).sorted { $0.month < $1.month }
        failures = result.failures
        traffic = ScrapeTraffic(requests: result.requests, retries: result.retries)
        openSlots = result.months.reduce(0) { $0 + $1.openSlots }
        duplicates = result.months.reduce(0) { $0 + $1.duplicates }
        asOf = result.months.last { $0.asOf != nil }?.asOf
    }

    /// The messages of a month with the month named: a row number alone does not say of which page.
    static func placed(_ messages: [ValidationMessage], in month: LocalDate) -> [ValidationMessage] {
        messages.map { message in
            var placed = message
            placed.details = (message.details ?? [:]).merging(["month": month.monthText]) { own, _ in own }
            return placed
        }
    }

    /// What the readers of all months said, then why months failed.
    var messages: [ValidationMessage] { months.flatMap(\.messages) + failureMessages }

    /// One message for each month that failed.
    var failureMessages: [ValidationMessage] { failures.map(Self.message) }

    /// A failed month as a message.
    static func message(_ failure: MonthFailure) -> ValidationMessage {
        ValidationMessage(
            .error, failure.code, failure.cause, field: "month",
            details: ["month": failure.month.monthText, "kind": failure.kind.rawValue])
    }

    /// How many months have their rows from there.
    func count(_ origin: MonthOrigin) -> Int { months.count { $0.origin == origin } }

    /// What became of each month, in order.
    var monthResults: [(month: LocalDate, result: String, rows: Int, code: ValidationCode?)] {
        let had = months.map {
            (month: $0.month, result: $0.origin.rawValue, rows: $0.rows.count, code: nil as ValidationCode?)
        }
        let failed = failures.map { (month: $0.month, result: "failed", rows: 0, code: Optional($0.code)) }
        return (had + failed).sorted { $0.month < $1.month }
    }

    /// Refuses a window without one month, and one with holes when no partial result is allowed.
    ///
    /// - Parameter allowsPartial: Whether holes are allowed.
    /// - Throws: ``PhaseFailure`` AUTH_FAILED or FAILED_TO_SCRAPE.
    func check(allowsPartial: Bool) throws {
        guard let first = failures.first else { return }
        // One month is enough to go on with a partial result; without it every month must be had.
        let isRetriable =
            allowsPartial ? failures.contains(where: \.isRetriable) : failures.allSatisfy(\.isRetriable)
        if months.isEmpty {
            let code: ValidationCode = failures.allSatisfy { $0.kind == .auth } ? "AUTH_FAILED" : "FAILED_TO_SCRAPE"
            throw PhaseFailure(
                code, "none of \(failures.count) months could be had; the first: \(first)", isRetriable: isRetriable)
        }
        guard allowsPartial else {
            throw PhaseFailure(
                "FAILED_TO_SCRAPE", "a month could not be had and a partial scrape was not allowed: \(first)",
                isRetriable: isRetriable)
        }
    }
}
