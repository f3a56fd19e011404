import Amion
import HTTP
import ScheduleModel
import TaskEvents

extension ScrapePhase {
    /// Asks for the months of a plan under the rate policy, and tells of each as it ends.
    ///
    /// - Parameters:
    ///   - plan: What to ask for; months that are skipped count as done at once.
    ///   - options: The hospital's settings.
    /// - Returns: What was had and what was not.
    /// - Throws: `CancellationError`, or ``PhaseFailure`` when the adapter cannot be made.
    func fetch(_ plan: ScrapePlan, options: AmionOptions) async throws -> ScrapeResult {
        let (reporter, skipped, total) = (run.reporter, plan.skipped.count, plan.monthCount)
        reporter.progress(phase: Phase.amion.rawValue, done: skipped, total: total, unit: "months")
        let http = HTTPPolicy(allowedHosts: run.services.amionHosts)
        let client = HTTPClient(policy: http, maxConnectionsPerHost: policy.lanes, logger: run.services.logger)
        let site = AmionSite(
            baseURL: options.baseURL, adapter: options.adapter.rawValue, credentialName: options.credentialName)
        let permits = run.amionPermits(site, policy: policy, requestLimit: http.totalTimeout)
        do {
            let source = try source(options, client: client)
            let result = try await AmionScraper(source: source, policy: policy, permits: permits)
                .scrape(months: plan.asked, known: plan.known, replayable: plan.replayable) { outcome, done in
                    let messages = Self.messages(outcome)
                    if !messages.isEmpty { reporter.errors(messages.map { .message($0) }) }
                    reporter.progress(phase: Phase.amion.rawValue, done: skipped + done, total: total, unit: "months")
                }
            await client.close()
            return result
        } catch {
            await client.close()
            throw error
        }
    }

    /// The adapter that the hospital's settings name (domain 5.1).
    private func source(_ options: AmionOptions, client: HTTPClient) throws -> any ScheduleSource {
        switch options.adapter {
        case .html:
            return HTMLScheduleSource(client: client, baseURL: options.baseURL, vocabulary: run.hospital.vocabulary)
        case .csv:
            guard let name = options.credentialName else {
                throw PhaseFailure(
                    "AUTH_FAILED", "Amion's reports need an access code. name its entry in amion.credential_ref",
                    isRetriable: false)
            }
            return CSVScheduleSource(
                client: client, baseURL: options.baseURL, vocabulary: run.hospital.vocabulary,
                request: options.reportRequest, options: options.reportOptions
            ) { [credentials = run.services.credentials] () throws(CredentialError) in
                try credentials.secret(named: name)
            }
        }
    }

    private static func messages(_ outcome: MonthOutcome) -> [ValidationMessage] {
        switch outcome {
        case .answered(.changed(let month)): ScrapedWindow.placed(month.messages, in: month.month)
        case .answered(.unchanged), .tooYoung: []
        case .failed(let failure): [ScrapedWindow.message(failure)]
        }
    }
}
