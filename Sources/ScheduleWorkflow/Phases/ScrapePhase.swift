import Amion
import Foundation
import HTTP
import Logging
import ScheduleModel
import ScheduleStore
import ScheduleTasks
import TaskEvents

/// The second phase: Amion says who holds which role (domain 5, statements 4 to 6).
struct ScrapePhase {
    /// Where Amion is unless a hospital says otherwise.
    private static let defaultBaseURL = "https://www.amion.com"

    let run: PhaseRun
    /// The version, when an earlier phase made or chose it.
    var versionID: Identifier<ScheduleVersion>?

    private var policy: RatePolicy {
        RatePolicy(run.hospital.settings.ratePolicy, scope: run.payload.rateScope?.rawValue)
    }

    /// Fetches the window's months under the rate policy and stores who holds what.
    func perform() async throws -> PhaseReport {
        guard run.hospital.settings.amion?.adapter ?? "html" == "html" else {
            throw PhaseFailure(
                "EXTERNAL_SERVICE_ERROR", "the hospital's Amion adapter is not known to this worker. set it to html",
                isRetriable: false)
        }
        let request = ScrapeRequest(
            task: run.task, hospitalID: run.hospital.id, versionID: versionID ?? run.payload.versionID,
            window: run.type == .amionScrape ? run.payload.range : nil, monthsBack: run.payload.monthsBack,
            ratePolicy: policy.description, allowPartial: run.payload.allowsPartial,
            maxErrorRate: run.payload.errorRateLimit)
        if run.payload.isDryRun { return try await preview() }
        switch try await run.services.store.beginScrape(request) {
        case .alreadyDone(let result): return try PhaseReport(ledger: result)
        case .begun(let scrape):
            do {
                return try await store(request, scrape, try await fetch(scrape.months))
            } catch let error where !Task.isCancelled && !(error is Superseded) {
                throw await failed(PhaseFailure(error, phase: .amion), request, scrape)
            }
        }
    }

    /// Marks batch and ledger as failed in one statement; a failure that cannot be marked is still the failure.
    private func failed(_ failure: PhaseFailure, _ request: ScrapeRequest, _ scrape: ScrapeRun) async -> PhaseFailure {
        var failure = failure
        do {
            try await run.services.store.failScrape(request, run: scrape, code: failure.code, message: failure.message)
            failure.isRecorded = true
        } catch {
            run.services.logger.warning("a failed scrape could not be recorded", metadata: ["error": "\(error)"])
        }
        return failure
    }

    private func fetch(_ months: [LocalDate]) async throws -> ScrapeResult {
        let http = HTTPPolicy(allowedHosts: run.services.amionHosts)
        let client = HTTPClient(policy: http, maxConnectionsPerHost: policy.lanes, logger: run.services.logger)
        let baseURL = run.hospital.settings.amion?.baseURL ?? Self.defaultBaseURL
        let source = HTMLScheduleSource(client: client, baseURL: baseURL, vocabulary: run.hospital.vocabulary)
        let permits = run.amionPermits(
            AmionSite(
                baseURL: baseURL, credentialName: run.payload.username ?? run.hospital.settings.amion?.credentialRef),
            policy: policy, requestLimit: http.totalTimeout)
        let reporter = run.reporter
        let total = months.count
        reporter.progress(phase: Phase.amion.rawValue, done: 0, total: total, unit: "months")
        do {
            let result = try await AmionScraper(source: source, policy: policy, permits: permits)
                .scrape(months: months) {
                    outcome, done in
                    switch outcome {
                    case .success(.changed(let month)) where !month.messages.isEmpty:
                        reporter.errors(month.messages.map { .message($0) })
                    case .failure(let failure):
                        reporter.errors([.message(Self.message(failure))])
                    default: break
                    }
                    reporter.progress(phase: Phase.amion.rawValue, done: done, total: total, unit: "months")
                }
            await client.close()
            return result
        } catch {
            await client.close()
            throw error
        }
    }

    private func store(_ request: ScrapeRequest, _ scrape: ScrapeRun, _ fetched: ScrapeResult) async throws
        -> PhaseReport
    {
        try refuse(fetched)
        let months = fetched.months.map {
            ScrapedMonth(
                month: $0.month, rows: $0.rows, etag: $0.validators.etag, lastModified: $0.validators.lastModified)
        }
        let failures = fetched.failures.map { FailedMonth(month: $0.month, code: $0.code, cause: $0.cause) }
        let rowMessages = fetched.months.flatMap(\.messages) + fetched.failures.map { Self.message($0) }
        let receipt = try await run.services.store.finishScrape(
            request, run: scrape, context: run.hospital, months: months, failed: failures, rowMessages: rowMessages
        ) { stored in
            try report(scrape, fetched, stored, rowMessages).encoded()
        }
        switch receipt {
        case .stored(let stored):
            if !stored.messages.isEmpty { run.reporter.errors(stored.messages.map { .message($0) }) }
            return report(scrape, fetched, stored, rowMessages)
        case .superseded:
            throw Superseded()
        }
    }

    /// A scrape without one month is a failure, and so is one with holes when no partial result is allowed.
    private func refuse(_ fetched: ScrapeResult) throws {
        guard let first = fetched.failures.first else { return }
        // One month is enough to go on with a partial result; without it every month must be had.
        let isRetriable =
            run.payload.allowsPartial
            ? fetched.failures.contains(where: \.isRetriable) : fetched.failures.allSatisfy(\.isRetriable)
        if fetched.months.isEmpty {
            let code: ValidationCode =
                fetched.failures.allSatisfy { $0.kind == .auth } ? "AUTH_FAILED" : "FAILED_TO_SCRAPE"
            throw PhaseFailure(
                code, "none of \(fetched.failures.count) months could be had; the first: \(first)",
                isRetriable: isRetriable)
        }
        guard run.payload.allowsPartial else {
            throw PhaseFailure(
                "FAILED_TO_SCRAPE", "a month could not be had and a partial scrape was not allowed: \(first)",
                isRetriable: isRetriable)
        }
    }

    private func preview() async throws -> PhaseReport {
        guard let range = run.payload.range else {
            throw PhaseFailure(
                "INVALID_DATE_RANGE", "a dry scrape needs start_date and end_date", isRetriable: false)
        }
        let fetched = try await fetch(range.months)
        try refuse(fetched)
        var report = PhaseReport(.amion, outcome: fetched.failures.isEmpty ? .success : .partial)
        report.range = range
        report.details = counts(fetched)
        report.messages = Self.kept(fetched.months.flatMap(\.messages) + fetched.failures.map { Self.message($0) })
        return report
    }

    private func report(
        _ scrape: ScrapeRun, _ fetched: ScrapeResult, _ stored: ScrapeStored, _ rowMessages: [ValidationMessage]
    ) -> PhaseReport {
        let messages = rowMessages + stored.messages
        let isWhole = fetched.failures.isEmpty && !messages.contains { $0.severity == .error }
        var report = PhaseReport(.amion, outcome: isWhole ? .success : .partial)
        report.versionID = scrape.versionID
        report.range = scrape.versionRange
        report.messages = Self.kept(messages)
        report.details = counts(fetched)
        report.details["created"] = .count(stored.created)
        report.details["unchanged"] = .count(stored.unchanged)
        report.details["removed"] = .count(stored.removed)
        report.details["unmatched_people"] = .count(stored.unknownPeople.count + stored.ambiguousPeople.count)
        report.details["without_slot"] = .count(stored.noSlot)
        return report
    }

    private func counts(_ fetched: ScrapeResult) -> [String: JSONValue] {
        [
            "rows": .count(fetched.rowCount), "months": .count(fetched.months.count),
            "months_failed": .count(fetched.failures.count), "http_requests": .count(fetched.requests),
            "http_retries": .count(fetched.retries), "rate_policy": .string(policy.description),
            "open_slots": .count(fetched.months.reduce(0) { $0 + $1.openSlots }),
            "duplicates": .count(fetched.months.reduce(0) { $0 + $1.duplicates }),
        ]
    }

    /// The messages that a run keeps; what is left out is said (domain 4.1).
    private static func kept(_ messages: [ValidationMessage]) -> [ValidationMessage] {
        var report = ValidationReport()
        for message in messages { report.append(message) }
        return report.finished
    }

    private static func message(_ failure: MonthFailure) -> ValidationMessage {
        ValidationMessage(
            .error, failure.code, failure.cause, field: "month",
            details: ["month": failure.month.monthText, "kind": failure.kind.rawValue])
    }
}
