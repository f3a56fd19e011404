import Amion
import ConcurrencySupport
import ScheduleModel
import Testing

@Suite(.timeLimit(.minutes(1))) struct AmionScraperTests {
    private let clock = ManualClock()

    private func scrape(
        _ source: FakeSource, _ months: [LocalDate], policy: RatePolicy = RatePolicy()
    ) async throws -> ScrapeResult {
        let scraper = AmionScraper(source: source, policy: policy, clock: clock)
        return try await clock.run { try await scraper.scrape(months: months) }
    }

    @Test func `each month is asked for once and the result is in order`() async throws {
        let source = FakeSource(clock: clock)
        let result = try await scrape(source, months(6).reversed() + months(3))
        #expect(result.months.map(\.month) == months(6))
        #expect(result.failures.isEmpty)
        #expect(result.requests == 6)
        #expect(result.retries == 0)
        #expect(Set(source.calls.map(\.month)) == Set(months(6)) && source.calls.count == 6)
    }

    @Test func `twelve months never have more than five in flight or six starts within a second`() async throws {
        let source = FakeSource(clock: clock, latency: .milliseconds(900))
        let result = try await scrape(source, months(12))
        #expect(result.months.count == 12)
        #expect(source.calls.allSatisfy { $0.inFlight <= 5 })
        for (first, sixth) in zip(source.starts, source.starts.dropFirst(5)) { #expect(sixth - first >= .seconds(1)) }
    }

    @Test(arguments: [500, 503, 429])
    func `a retriable failure is tried again three times and then given up`(status: Int) async throws {
        let source = FakeSource(clock: clock) { month, _ in throw MonthFailure.of(month, status) }
        let result = try await scrape(source, months(1))
        #expect(source.calls.count == 4)
        #expect(result.requests == 4)
        #expect(result.retries == 3)
        #expect(result.failures.map(\.month) == months(1))
        let gaps = zip(source.starts, source.starts.dropFirst()).map { $1 - $0 - .milliseconds(150) }
        for (gap, wait) in zip(gaps, [1.0, 2, 4]) {
            #expect(gap >= .seconds(wait * 0.8))
        }
        let waits = clock.slept.filter { $0 > .milliseconds(150) }
        for (wait, planned) in [(0.8...1.2, 1), (1.6...2.4, 2), (3.2...4.8, 4)] as [(ClosedRange<Double>, Int)] {
            #expect(waits.contains { wait.contains($0 / .seconds(1)) }, "no wait of about \(planned) s in \(waits)")
        }
    }

    @Test func `what is had on the last try is had`() async throws {
        let source = FakeSource(clock: clock) { month, attempt in
            guard attempt == 4 else { throw MonthFailure.of(month, 502) }
            return MonthResult(month: month)
        }
        let result = try await scrape(source, months(1))
        #expect(result.months.count == 1)
        #expect(result.failures.isEmpty)
    }

    @Test(arguments: [400, 401, 404, 410])
    func `any other status is not tried again`(status: Int) async throws {
        let source = FakeSource(clock: clock) { month, _ in throw MonthFailure.of(month, status) }
        let result = try await scrape(source, months(1))
        #expect(source.calls.count == 1)
        #expect(result.failures.count == 1)
    }

    @Test(arguments: [(7, 7), (60, 60), (61, 60), (86_400, 60)])
    func `the server's wish to be left alone is honoured for a minute at most`(asked: Int, kept: Int) async throws {
        let source = FakeSource(clock: clock) { month, attempt in
            guard attempt > 1 else { throw MonthFailure.of(month, 429, retryAfter: .seconds(asked)) }
            return MonthResult(month: month)
        }
        let result = try await scrape(source, months(1))
        #expect(result.months.count == 1)
        #expect(source.starts.last == .milliseconds(150) + .seconds(kept))
    }

    @Test func `while the server wants to be left alone no other month is asked for`() async throws {
        let throttled = months(1)[0]
        let source = FakeSource(clock: clock) { month, attempt in
            guard month != throttled || attempt > 1 else {
                throw MonthFailure.of(month, 503, retryAfter: .seconds(20))
            }
            return MonthResult(month: month)
        }
        let result = try await scrape(source, months(12))
        #expect(result.months.count == 12 && result.requests == 13)
        let later = source.starts.dropFirst(5)
        #expect(later.allSatisfy { $0 >= .milliseconds(20_150) }, "\(later)")
        // Two of the five lanes are left.
        for (first, third) in zip(later, later.dropFirst(2)) { #expect(third - first >= .seconds(1)) }
    }

    @Test func `a failed month does not fail the others`() async throws {
        let bad = months(6)[2]
        let source = FakeSource(clock: clock) { month, _ in
            guard month != bad else { throw MonthFailure.of(month, 404) }
            return MonthResult(month: month)
        }
        let result = try await scrape(source, months(6))
        #expect(result.months.map(\.month) == months(6).filter { $0 != bad })
        #expect(result.failures.map(\.month) == [bad])
    }

    @Test func `retries take permits: one lane never starts twice within its interval`() async throws {
        let source = FakeSource(clock: clock, latency: .milliseconds(10)) { month, attempt in
            guard attempt > 2 else { throw MonthFailure.of(month, 500) }
            return MonthResult(month: month)
        }
        let policy = RatePolicy(lanes: 1, interval: .seconds(3))
        let result = try await scrape(source, months(3), policy: policy)
        #expect(result.months.count == 3)
        #expect(source.calls.count == 9)
        for (one, next) in zip(source.starts, source.starts.dropFirst()) { #expect(next - one >= .seconds(3)) }
    }

    @Test func `a throttled batch goes on with fewer lanes`() async throws {
        let throttled = months(1)[0]
        let source = FakeSource(clock: clock, latency: .milliseconds(1500)) { month, attempt in
            guard month != throttled || attempt > 1 else {
                throw MonthFailure.of(month, 429, retryAfter: .zero)
            }
            return MonthResult(month: month)
        }
        let result = try await scrape(source, months(12))
        #expect(result.months.count == 12)
        let later = source.calls.filter { $0.at > .seconds(2) }
        #expect(!later.isEmpty && later.allSatisfy { $0.inFlight <= 2 })
    }

    @Test func `a scraper keeps nothing between runs`() async throws {
        let source = FakeSource(clock: clock) { month, attempt in
            guard attempt > 1 else { throw MonthFailure.of(month, 404) }
            return MonthResult(month: month)
        }
        let scraper = AmionScraper(source: source, policy: RatePolicy(), clock: clock)
        let first = try await clock.run { try await scraper.scrape(months: months(2)) }
        let second = try await clock.run { try await scraper.scrape(months: months(2)) }
        #expect(first.failures.count == 2 && first.months.isEmpty)
        #expect(second.months.count == 2 && second.failures.isEmpty)
        #expect(second.requests == 2)
    }

    @Test func `each month is told as it ends`() async throws {
        let source = FakeSource(clock: clock) { month, _ in
            guard month != months(1)[0] else { throw MonthFailure.of(month, 404) }
            return MonthResult(month: month)
        }
        let told = LockedValue<[(Bool, Int)]>([])
        let scraper = AmionScraper(source: source, policy: RatePolicy(), clock: clock)
        _ = try await clock.run {
            try await scraper.scrape(months: months(3)) { outcome, ended in
                let isHad = if case .answered = outcome { true } else { false }
                told.withLock { $0.append((isHad, ended)) }
            }
        }
        #expect(told.withLock { $0.map(\.1) } == [1, 2, 3])
        #expect(told.withLock { $0.filter { !$0.0 }.count } == 1)
    }

    @Test func `a batch whose permits nobody can give asks for nothing and can be tried again`() async throws {
        let source = FakeSource(clock: clock)
        let scraper = AmionScraper(source: source, policy: RatePolicy(), permits: NoPermits(), clock: clock)
        let result = try await clock.run { try await scraper.scrape(months: months(3)) }
        #expect(source.calls.isEmpty && result.requests == 0 && result.months.isEmpty)
        #expect(result.failures.map(\.month) == months(3))
        #expect(result.failures.allSatisfy { $0.isRetriable && $0.cause.contains("nobody is there") })
    }

    @Test func `too young a page is not asked for: what is stored holds, else the failure says when`() async throws {
        let source = FakeSource(clock: clock)
        let scraper = AmionScraper(
            source: source, policy: RatePolicy(), permits: NoPermits(young: .seconds(240)), clock: clock)
        let result = try await clock.run {
            try await scraper.scrape(
                months: months(3), known: [months(3)[0]: MonthValidators(etag: "\"1\"")], replayable: [months(3)[1]])
        }
        #expect(source.calls.isEmpty && result.requests == 0 && result.retries == 0)
        #expect(result.tooYoung == Array(months(3).prefix(2)) && result.unchanged.isEmpty)
        let failure = try #require(result.failures.first)
        #expect(failure.month == months(3)[2] && failure.isRetriable && failure.retryAfter == .seconds(240))
        #expect(failure.code == "EXTERNAL_SERVICE_ERROR" && failure.cause.contains("240 s"))
    }

    @Test func `cancelling ends the wait before a retry`() async throws {
        let source = FakeSource(clock: clock, latency: .milliseconds(1)) { month, _ in throw MonthFailure.of(month, 500)
        }
        let scraper = AmionScraper(source: source, policy: RatePolicy(), clock: clock)
        let run = Task { try await scraper.scrape(months: months(1)) }
        while clock.sleeperCount < 1 { await Task.yield() }
        clock.wakeNext()
        await clock.rest()
        #expect(clock.sleeperCount == 1)
        run.cancel()
        await #expect(throws: CancellationError.self) { try await run.value }
        #expect(clock.sleeperCount == 0 && source.calls.count == 1)
    }

    @Test(arguments: [0, 1])
    func `cancelling ends running requests and waits`(retriable: Int) async throws {
        let source = FakeSource(clock: clock, latency: .seconds(20)) { month, _ in
            guard retriable == 0 else { throw MonthFailure.of(month, 500) }
            return MonthResult(month: month)
        }
        let scraper = AmionScraper(source: source, policy: RatePolicy(), clock: clock)
        let run = Task { try await scraper.scrape(months: months(12)) }
        while clock.sleeperCount < 5 { await Task.yield() }
        if retriable == 1 {
            clock.wakeNext()
            await clock.rest()
        }
        run.cancel()
        await #expect(throws: CancellationError.self) { try await run.value }
        #expect(clock.sleeperCount == 0)
    }
}
