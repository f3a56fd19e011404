import ConcurrencySupport
import Redis
import RedisTestSupport
import ScheduleModel
import Testing

@testable import Amion

/// Scrapers of several workers on one Redis, in real time: what is asserted are least times and who was asked, never most times.
@Suite(.requiresRedis, .timeLimit(.minutes(1))) struct FleetScrapeTests {
    /// A source that says at once that a month is empty and notes when it was asked; a test may have it do more.
    private final class NotingSource: ScheduleSource {
        private let asked = LockedValue<[ContinuousClock.Instant]>([])
        private let work: @Sendable (LocalDate) async throws -> Void

        init(work: @escaping @Sendable (LocalDate) async throws -> Void = { _ in }) { self.work = work }

        var starts: [ContinuousClock.Instant] { asked.withLock { $0 } }

        func month(_ month: LocalDate, known: MonthValidators?) async throws -> MonthAnswer {
            asked.withLock { $0.append(.now) }
            try await work(month)
            return .changed(MonthResult(month: month))
        }
    }

    private static let limiter = "schedcu:rate:host:login"

    private func permits(
        _ redis: RedisClient, _ policy: RatePolicy, floor: Duration = .zero
    ) -> FleetPermits {
        FleetPermits(
            redis: redis, keys: FleetPermits.Keys(limiter: Self.limiter) { "{\(Self.limiter)}:page:\($0.monthText)" },
            policy: policy, requestLimit: .seconds(30), floor: floor, logger: RedisServerProcess.silentLogger)
    }

    @Test(.redisDatabase) func `two workers keep one policy between them`() async throws {
        let redis = try #require(RedisDatabaseTrait.current)
        let policy = RatePolicy(interval: .milliseconds(50), scope: .global)
        let source = NotingSource()
        let results = try await withThrowingTaskGroup(of: ScrapeResult.self) { group in
            for worker in 0..<2 {
                group.addTask {
                    let client = RedisClient(redis.configuration, name: "worker", logger: redis.logger)
                    let scraper = AmionScraper(source: source, policy: policy, permits: permits(client, policy))
                    let result = try await scraper.scrape(months: Array(months(12).dropFirst(worker * 6).prefix(6)))
                    await client.close()
                    return result
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.flatMap(\.months).count == 12)
        let starts = source.starts.sorted()
        let span = try #require(starts.first).duration(to: try #require(starts.last))
        // Eleven intervals; each worker by itself would need five.
        #expect(span >= .milliseconds(50 * 9))
        // What is left of ended batches: their lanes and the last start.
        let left = try await redis.client.send("HKEYS", .string(Self.limiter)).array().map { try $0.string() }
        #expect(left.allSatisfy { $0.hasPrefix("lane:") || $0 == "start" })
    }

    @Test(.redisDatabase) func `a second scrape within five minutes asks the server for nothing`() async throws {
        let redis = try #require(RedisDatabaseTrait.current)
        let source = NotingSource()
        let floored = permits(redis.client, RatePolicy(), floor: FleetPermits.pageFloor)
        let scraper = AmionScraper(source: source, policy: RatePolicy(), permits: floored)
        let first = try await scraper.scrape(months: months(3))
        #expect(first.months.count == 3)
        let second = try await scraper.scrape(months: months(3), replayable: Set(months(2)))
        #expect(source.starts.count == 3 && second.requests == 0)
        #expect(second.tooYoung == months(2))
        #expect(second.failures.map(\.month) == [months(3)[2]])
    }

    @Test(.redisDatabase) func `cancelling ends the wait for the fleet, and the lane is free for others`() async throws
    {
        let redis = try #require(RedisDatabaseTrait.current)
        let policy = RatePolicy(lanes: 1, interval: .zero)
        let holder = permits(redis.client, policy)
        let held = PermitRequest(batch: "other", number: 1, month: months(1)[0])
        #expect(try await holder.ask(held) == .granted)
        let source = NotingSource()
        let scraper = AmionScraper(source: source, policy: policy, permits: permits(redis.client, policy))
        let run = Task { try await scraper.scrape(months: months(2)) }
        // Its batch has joined, so it has been told to wait.
        while try await redis.client.send("HLEN", .string(Self.limiter)).integer() < 4 { await Task.yield() }
        run.cancel()
        await #expect(throws: CancellationError.self) { try await run.value }
        await holder.settle(held, .failed)
        #expect(try await holder.ask(PermitRequest(batch: "other", number: 2, month: months(1)[0])) == .granted)
        #expect(source.starts.isEmpty)
    }

    @Test func `cancelling ends the wait for a Redis that does not answer`() async throws {
        try await RedisServerProcess.withServer { server in
            let client = RedisClient(server.configuration, name: "worker", logger: RedisServerProcess.silentLogger)
            try await client.send("PING")
            let scraper = AmionScraper(
                source: NotingSource(), policy: RatePolicy(), permits: permits(client, RatePolicy()))
            server.suspend()
            let run = Task { try await scraper.scrape(months: months(2)) }
            await Task.yield()
            run.cancel()
            // Redis is still suspended: nothing that it says can end this.
            await #expect(throws: CancellationError.self) { try await run.value }
            server.resume()
            await client.close()
        }
    }

    @Test func `a scrape that loses Redis asks for no more and fails as retriable`() async throws {
        try await RedisServerProcess.withServer { server in
            var configuration = server.configuration
            configuration.commandTimeout = .milliseconds(300)
            let client = RedisClient(configuration, name: "worker", logger: RedisServerProcess.silentLogger)
            let source = NotingSource { _ in await server.kill() }
            let policy = RatePolicy(lanes: 1, interval: .zero)
            let scraper = AmionScraper(source: source, policy: policy, permits: permits(client, policy))
            let result = try await scraper.scrape(months: months(12))
            #expect(source.starts.count == 1 && result.requests == 1)
            #expect(result.months.map(\.month) == months(1))
            #expect(result.failures.count == 11)
            #expect(result.failures.allSatisfy { $0.isRetriable && $0.cause.contains("Redis") })
            await client.close()
        }
    }

    @Test func `permits that come too late are not spent`() async throws {
        try await RedisServerProcess.withServer { server in
            let client = RedisClient(server.configuration, name: "worker", logger: RedisServerProcess.silentLogger)
            let other = RedisClient(server.configuration, name: "other", logger: RedisServerProcess.silentLogger)
            try await client.send("PING")
            // Redis holds back writes for a while, and a script may write.
            try await other.send("CLIENT", "PAUSE", "400", "WRITE")
            let permits = permits(client, RatePolicy())
            let late = try await permits.ask(PermitRequest(batch: "a", number: 1, month: months(1)[0]))
            #expect(late == .wait(.zero))
            let lane = try await other.send("HGET", .string(Self.limiter), "lane:0").string()
            #expect(lane.hasSuffix("|0|"), "the lane is not given back: \(lane)")
            await client.close()
            await other.close()
        }
    }
}
