package import ScheduleModel

/// What came of scraping some months.
package struct ScrapeResult: Sendable {
    /// The months that were had, in order.
    package var months: [MonthResult] = []
    /// The months that are as they were, in order; what is stored of them holds.
    package var unchanged: [LocalDate] = []
    /// The months that were not asked for, since the fleet fetched their pages lately, in order; what is stored holds.
    package var tooYoung: [LocalDate] = []
    /// The months that were not, in order.
    package var failures: [MonthFailure] = []
    /// Requests sent, retries included.
    package var requests = 0
    /// Requests that were retries.
    package var retries = 0

    /// How many rows the months have.
    package var rowCount: Int { months.reduce(0) { $0 + $1.rows.count } }
}

/// What became of one month of a scrape.
package enum MonthOutcome: Sendable {
    /// The source said it.
    case answered(MonthAnswer)
    /// The source was not asked: the fleet fetched the page lately, and the month's rows are stored.
    case tooYoung
    /// It was not had.
    case failed(MonthFailure)
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
    private let lanes: Int
    private let permits: @Sendable () -> any PermitSource
    private let clock: any Clock<Duration>

    /// Makes a scraper whose requests share their permits with the fleet.
    ///
    /// - Parameters:
    ///   - source: Where months come from.
    ///   - policy: How many months are under way at most.
    ///   - permits: Who decides when a request may start.
    ///   - clock: What waits are measured with.
    package init(
        source: any ScheduleSource, policy: RatePolicy, permits: any PermitSource,
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.source = source
        lanes = policy.lanes
        self.permits = { permits }
        self.clock = clock
    }

    /// Makes a scraper that is alone: each batch begins with a policy of its own.
    package init(source: any ScheduleSource, policy: RatePolicy, clock: any Clock<Duration> = ContinuousClock()) {
        self.source = source
        lanes = policy.lanes
        permits = { LocalPermits(policy: policy, clock: clock) }
        self.clock = clock
    }

    private struct Attempts: Sendable {
        let month: LocalDate
        let outcome: MonthOutcome
        let requests: Int
    }

    /// Scrapes months, at most as many at once as the policy has lanes.
    ///
    /// - Parameters:
    ///   - months: First days of months; each is asked for once.
    ///   - known: The validators of months that are asked for on condition that they changed.
    ///   - replayable: Months whose rows are stored, besides those of `known`: where a page was fetched too lately to be fetched
    ///     again, they are too young instead of failed.
    ///   - onMonth: Called as each month ends, with how many have ended.
    /// - Returns: What was had and what was not, by month.
    /// - Throws: `CancellationError` only.
    package func scrape(
        months: [LocalDate], known: [LocalDate: MonthValidators] = [:], replayable: Set<LocalDate> = [],
        onMonth: @escaping @Sendable (MonthOutcome, Int) -> Void = { _, _ in }
    ) async throws -> ScrapeResult {
        let limiter = RateLimiter(permits(), clock: clock)
        let stored = replayable.union(known.keys)
        do {
            let result = try await scrape(Set(months).sorted(), onMonth) { month in
                try await attempts(month, known: known[month], isStored: stored.contains(month), limiter: limiter)
            }
            await limiter.finish()
            return result
        } catch {
            await limiter.finish()
            throw error
        }
    }

    /// The task group is the queue: a month begins when one has ended.
    private func scrape(
        _ months: [LocalDate], _ onMonth: @Sendable (MonthOutcome, Int) -> Void,
        attempts: @escaping @Sendable (LocalDate) async throws -> Attempts
    ) async throws -> ScrapeResult {
        var result = ScrapeResult()
        try await withThrowingTaskGroup(of: Attempts.self) { group in
            for month in months.prefix(lanes) { group.addTask { try await attempts(month) } }
            var waiting = months.dropFirst(lanes)
            var ended = 0
            for try await attempt in group {
                if let month = waiting.popFirst() { group.addTask { try await attempts(month) } }
                ended += 1
                result.add(attempt.month, attempt.outcome, requests: attempt.requests)
                onMonth(attempt.outcome, ended)
            }
        }
        result.sort()
        return result
    }

    /// Asks for one month until it is had, refused for good, or tried often enough.
    private func attempts(
        _ month: LocalDate, known: MonthValidators?, isStored: Bool, limiter: RateLimiter
    ) async throws -> Attempts {
        var requests = 0
        while true {
            do {
                switch try await limiter.permit(for: month) {
                case .tooYoung where isStored:
                    return Attempts(month: month, outcome: .tooYoung, requests: requests)
                case .tooYoung(let span):
                    return Attempts(month: month, outcome: .failed(.tooYoung(month, for: span)), requests: requests)
                case .permit(let permit):
                    requests += 1
                    let answer = try await fetch(month, known: known, permit: permit, limiter: limiter)
                    return Attempts(month: month, outcome: .answered(answer), requests: requests)
                }
            } catch let error as PermitError {
                return Attempts(month: month, outcome: .failed(.noPermit(month, error)), requests: requests)
            } catch let failure as MonthFailure {
                guard failure.isRetriable, requests <= Self.retryDelays.count else {
                    return Attempts(month: month, outcome: .failed(failure), requests: requests)
                }
                // What the server asked for beyond this, the limiter keeps for all.
                try await clock.sleep(for: Self.retryDelays[requests - 1] * Double.random(in: 0.8...1.2))
            }
        }
    }

    /// Spends a permit.
    private func fetch(
        _ month: LocalDate, known: MonthValidators?, permit: PermitRequest, limiter: RateLimiter
    ) async throws -> MonthAnswer {
        do {
            let answer = try await source.month(month, known: known)
            await limiter.settle(permit, .fetched)
            return answer
        } catch let failure as MonthFailure where failure.isThrottled {
            await limiter.settle(permit, .throttled(min(failure.retryAfter ?? .zero, Self.longestRetryAfter)))
            throw failure
        } catch {
            await limiter.settle(permit, .failed)
            throw error
        }
    }
}

extension ScrapeResult {
    fileprivate mutating func add(
        _ month: LocalDate, _ outcome: MonthOutcome, requests sent: Int
    ) {
        requests += sent
        retries += max(0, sent - 1)
        switch outcome {
        case .answered(.changed(let answer)): months.append(answer)
        case .answered(.unchanged): unchanged.append(month)
        case .tooYoung: tooYoung.append(month)
        case .failed(let failure): failures.append(failure)
        }
    }

    fileprivate mutating func sort() {
        months.sort { $0.month < $1.month }
        unchanged.sort()
        tooYoung.sort()
        failures.sort { $0.month < $1.month }
    }
}

extension MonthFailure {
    /// The page was fetched so lately that it must not be fetched again, and nothing of it is stored.
    fileprivate static func tooYoung(_ month: LocalDate, for span: Duration) -> MonthFailure {
        let seconds = span.components.seconds + (span.components.attoseconds > 0 ? 1 : 0)
        return MonthFailure(
            month: month, kind: .retry, code: "EXTERNAL_SERVICE_ERROR",
            cause: "the fleet fetched the page lately, or is fetching it. it may be asked for in \(seconds) s",
            isRetriable: true, retryAfter: span)
    }

    /// Nobody could say whether the request may start.
    fileprivate static func noPermit(_ month: LocalDate, _ error: PermitError) -> MonthFailure {
        MonthFailure(
            month: month, kind: .network, code: "EXTERNAL_SERVICE_ERROR", cause: "nothing was asked: \(error)",
            isRetriable: true)
    }
}
