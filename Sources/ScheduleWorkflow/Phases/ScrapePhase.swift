import Amion
import Foundation
import Logging
import ScheduleModel
import ScheduleStore
import ScheduleTasks
import TaskEvents

/// The second phase: Amion says who holds which role (domain 5, statements 4 to 6).
struct ScrapePhase {
    let run: PhaseRun
    /// The version, when an earlier phase made or chose it.
    var versionID: Identifier<ScheduleVersion>?

    /// How politely this run asks.
    var policy: RatePolicy {
        RatePolicy(run.hospital.settings.ratePolicy, scope: run.payload.rateScope?.rawValue)
    }

    /// Fetches what the window's checkpoints do not answer, and stores who holds what.
    func perform() async throws -> PhaseReport {
        let options = try AmionOptions(
            run.hospital.settings.amion, credentialName: run.payload.username, ageFloor: run.services.amionFloor)
        if run.payload.isDryRun { return try await preview(options) }
        let request = ScrapeRequest(
            task: run.task, hospitalID: run.hospital.id, versionID: versionID ?? run.payload.versionID,
            window: run.type == .amionScrape ? run.payload.range : nil, monthsBack: run.payload.monthsBack,
            ratePolicy: policy.description, sourceName: options.sourceName, allowPartial: run.payload.allowsPartial,
            maxErrorRate: run.payload.errorRateLimit)
        switch try await run.services.store.beginScrape(request) {
        case .alreadyDone(let result): return try PhaseReport(ledger: result)
        case .begun(let scrape):
            do {
                return try await store(request, scrape, try await window(scrape, options))
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

    /// The window's months, asked for or taken from their checkpoints.
    private func window(_ scrape: ScrapeRun, _ options: AmionOptions) async throws -> ScrapedWindow {
        let now = run.services.now()
        let plan = ScrapePlan(
            months: scrape.months, checkpoints: scrape.checkpoints, zone: run.hospital.zone, now: now,
            minAge: options.minAge, ageFloor: options.ageFloor, isForced: run.payload.isForced)
        let result = try await fetch(plan, options: options)
        let window = ScrapedWindow(plan: plan, result: result, checkpoints: scrape.checkpoints, askedAt: now)
        // What a fetched month says was told when it came; what a stored one said is told now.
        let stored = window.months.filter { $0.origin != .fetched }.flatMap(\.messages)
        if !stored.isEmpty { run.reporter.errors(stored.map { .message($0) }) }
        return window
    }

    private func store(_ request: ScrapeRequest, _ scrape: ScrapeRun, _ window: ScrapedWindow) async throws
        -> PhaseReport
    {
        try window.check(allowsPartial: run.payload.allowsPartial)
        let failures = window.failures.map { FailedMonth(month: $0.month, code: $0.code, cause: $0.cause) }
        let receipt = try await run.services.store.finishScrape(
            request, run: scrape, context: run.hospital, months: window.months, failed: failures,
            rowMessages: window.failureMessages, traffic: window.traffic
        ) { stored in
            try report(scrape, window, stored).encoded()
        }
        switch receipt {
        case .stored(let stored):
            let messages = stored.mappingMessages
            if !messages.isEmpty { run.reporter.errors(messages.map { .message($0) }) }
            return report(scrape, window, stored)
        case .superseded:
            throw Superseded()
        }
    }

    /// Asks for every month and stores nothing.
    private func preview(_ options: AmionOptions) async throws -> PhaseReport {
        guard let range = run.payload.range else {
            throw PhaseFailure(
                "INVALID_DATE_RANGE", "a dry scrape needs start_date and end_date", isRetriable: false)
        }
        let plan = ScrapePlan(all: range.months)
        let result = try await fetch(plan, options: options)
        let window = ScrapedWindow(plan: plan, result: result, checkpoints: [:], askedAt: run.services.now())
        try window.check(allowsPartial: run.payload.allowsPartial)
        var found = ValidationReport()
        for message in window.messages { found.append(message) }
        let isWhole = window.failures.isEmpty && found.severityCounts[.error, default: 0] == 0
        var report = PhaseReport(.amion, outcome: isWhole ? .success : .partial)
        report.range = range
        report.details = counts(window)
        report.messages = found.finished
        return report
    }

    private func report(_ scrape: ScrapeRun, _ window: ScrapedWindow, _ stored: ScrapeStored) -> PhaseReport {
        var report = PhaseReport(.amion, outcome: stored.outcome)
        report.versionID = scrape.versionID
        report.range = scrape.versionRange
        report.messages = stored.messages
        report.details = counts(window)
        report.details["created"] = .count(stored.created)
        report.details["unchanged"] = .count(stored.unchanged)
        report.details["removed"] = .count(stored.removed)
        report.details["unmatched_people"] = .count(stored.unknownPeople.count + stored.ambiguousPeople.count)
        report.details["without_slot"] = .count(stored.noSlot)
        return report
    }

    private func counts(_ window: ScrapedWindow) -> [String: JSONValue] {
        var counts: [String: JSONValue] = [
            "rows": .count(window.months.reduce(0) { $0 + $1.rows.count }), "months": .count(window.months.count),
            "months_fetched": .count(window.count(.fetched)), "months_unchanged": .count(window.count(.unchanged)),
            "months_skipped": .count(window.count(.skipped)), "months_failed": .count(window.failures.count),
            "http_requests": .count(window.traffic.requests), "http_retries": .count(window.traffic.retries),
            "rate_policy": .string(policy.description), "open_slots": .count(window.openSlots),
            "duplicates": .count(window.duplicates),
        ]
        counts["month_results"] = .array(
            window.monthResults.map { month in
                var object: [String: JSONValue] = [
                    "month": .string(month.month.monthText), "result": .string(month.result),
                    "rows": .count(month.rows),
                ]
                if let code = month.code { object["code"] = .string(code.rawValue) }
                return .object(object)
            })
        if let asOf = window.asOf { counts["as_of"] = .string(asOf) }
        return counts
    }
}
