package import ScheduleModel

/// What came of scraping some months.
package struct ScrapeResult: Sendable {
    /// The months that were had, in order.
    package var months: [MonthResult] = []
    /// The months that are as they were, in order; what is stored of them holds.
    package var unchanged: [LocalDate] = []
    /// The months that were not, in order.
    package var failures: [MonthFailure] = []
    /// Requests sent, retries included.
    package var requests = 0
    /// Requests that were retries.
    package var retries = 0

    /// How many rows the months have.
    package var rowCount: Int { months.reduce(0) { $0 + $1.rows.count } }
}

/// Scrapes months from a source under a rate policy, with retries (domain 5.5 to 5.7).
///
/// It keeps nothing between runs. A failed month never fails the run.
package struct AmionScraper: Sendable {
    /// Waits before the retries of one month, before ± 20 % jitter.
    private static let retryDelays: [Duration] = [.seconds(1), .seconds(2), .seconds(4)]
    /// The longest that a server's Retry-After is honoured.
    private static let longestRetryAfter = Duration.seconds(60)

    private let source: any ScheduleSource
    private let policy: RatePolicy
    private let clock: any Clock<Duration>

    /// Makes a scraper.
    package init(source: any ScheduleSource, policy: RatePolicy, clock: any Clock<Duration> = ContinuousClock()) {
        self.source = source
        self.policy = policy
        self.clock = clock
    }

    private struct Attempts: Sendable {
        let month: LocalDate
        let outcome: Result<MonthAnswer, MonthFailure>
        let requests: Int
    }

    /// Scrapes months, at most as many at once as the policy has lanes.
    ///
    /// - Parameters:
    ///   - months: First days of months; each is asked for once.
    ///   - known: The validators of months that are asked for on condition that they changed.
    ///   - onMonth: Called as each month ends, with how many have ended.
    /// - Returns: What was had and what was not, by month.
    /// - Throws: `CancellationError` only.
    package func scrape(
        months: [LocalDate], known: [LocalDate: MonthValidators] = [:],
        onMonth: @escaping @Sendable (Result<MonthAnswer, MonthFailure>, Int) -> Void = { _, _ in }
    ) async throws -> ScrapeResult {
        let limiter = RateLimiter(policy: policy, clock: clock)
        var result = ScrapeResult()
        try await withThrowingTaskGroup(of: Attempts.self) { group in
            for month in Set(months).sorted() {
                group.addTask { try await scrape(month, known: known[month], limiter: limiter) }
            }
            var ended = 0
            for try await attempts in group {
                ended += 1
                result.requests += attempts.requests
                result.retries += attempts.requests - 1
                switch attempts.outcome {
                case .success(.changed(let month)): result.months.append(month)
                case .success(.unchanged): result.unchanged.append(attempts.month)
                case .failure(let failure): result.failures.append(failure)
                }
                onMonth(attempts.outcome, ended)
            }
        }
        result.months.sort { $0.month < $1.month }
        result.unchanged.sort()
        result.failures.sort { $0.month < $1.month }
        return result
    }

    private func scrape(
        _ month: LocalDate, known: MonthValidators?, limiter: RateLimiter
    ) async throws -> Attempts {
        var requests = 0
        while true {
            requests += 1
            do {
                let result = try await limiter.run { try await source.month(month, known: known) }
                return Attempts(month: month, outcome: .success(result), requests: requests)
            } catch let failure as MonthFailure {
                if failure.isThrottled { await limiter.halveLanes() }
                guard failure.isRetriable, requests <= Self.retryDelays.count else {
                    return Attempts(month: month, outcome: .failure(failure), requests: requests)
                }
                try await clock.sleep(for: Self.delay(beforeRetry: requests, failure: failure))
            }
        }
    }

    private static func delay(beforeRetry retry: Int, failure: MonthFailure) -> Duration {
        if let asked = failure.retryAfter { return min(asked, longestRetryAfter) }
        return retryDelays[retry - 1] * Double.random(in: 0.8...1.2)
    }
}
