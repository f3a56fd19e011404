import Amion
import BenchSupport
import ConcurrencySupport
import Foundation
import HTTP
import Logging
import Redis
import ScheduleModel

/// One scrape as a worker does it, without the database.
struct ScrapeWork: Sendable {
    private let baseURL: String
    private let host: AllowedHost
    private let months: [LocalDate]
    private let policy: RatePolicy
    private let vocabulary: ShiftVocabulary
    private let redis: RedisClient
    private let logger: Logger

    init(baseURL: String, redis: RedisConfiguration, months: Int, scope: String) throws {
        guard let scope = RatePolicy.Scope(rawValue: scope) else {
            throw BenchFailure("the scope is perLane or global, not \(scope)")
        }
        guard let url = URL(string: baseURL), let name = url.host(), let port = url.port,
            let first = LocalDate("2026-01-01")
        else { throw BenchFailure("\(baseURL) is not a URL such as http://127.0.0.1:8080") }
        self.baseURL = baseURL
        host = AllowedHost(host: name, port: port, allowPrivate: true, allowHTTP: true)
        self.months = (0..<months).map { first.firstOfMonth(addingMonths: $0) }
        policy = RatePolicy(scope: scope)
        vocabulary = try ShiftVocabulary(ShiftType.initial)
        logger = Logger(label: "amion-scrape-bench") { _ in SwiftLogNoOpLogHandler() }
        self.redis = RedisClient(redis, name: "amion-scrape-bench", logger: logger)
    }

    /// How many starts the policy allows within one interval.
    var spacedLanes: Int { policy.scope == .global ? 1 : policy.lanes }

    /// Scrapes the months once.
    func run(login: String) async throws -> ScrapeRun {
        let http = HTTPPolicy(allowedHosts: [host])
        let client = HTTPClient(policy: http, maxConnectionsPerHost: policy.lanes, logger: logger)
        let source = NotingSource(HTMLScheduleSource(client: client, baseURL: baseURL, vocabulary: vocabulary))
        let limiter = "schedcu:rate:bench:\(login)"
        // Another process may have asked a moment ago, and the bound is that of a limiter that has rested.
        try await redis.send("DEL", .string(limiter))
        let permits = FleetPermits(
            redis: redis, keys: FleetPermits.Keys(limiter: limiter) { "{\(limiter)}:page:\($0.monthText)" },
            policy: policy, requestLimit: http.totalTimeout, floor: .zero, logger: logger)
        let scraper = AmionScraper(source: source, policy: policy, permits: permits)
        let clock = ContinuousClock()
        let began = clock.now
        let result = try await scraper.scrape(months: months)
        let wall = clock.now - began
        await client.close()
        guard result.failures.isEmpty else { throw BenchFailure("\(result.failures[0])") }
        return ScrapeRun(wall: wall, requests: result.requests, rows: result.rowCount, starts: source.starts)
    }
}

/// What one scrape took.
struct ScrapeRun: Sendable {
    let wall: Duration
    let requests: Int
    let rows: Int
    /// When the requests were started.
    let starts: [ContinuousClock.Instant]

    /// The least time from a start to the one so many later; `nil` when there are no more starts than that.
    func leastGap(lanes: Int) -> Duration? {
        let sorted = starts.sorted()
        return zip(sorted, sorted.dropFirst(lanes)).map { $0.duration(to: $1) }.min()
    }
}

/// Notes when requests are started.
final class NotingSource: ScheduleSource {
    private let source: any ScheduleSource
    private let noted = LockedValue<[ContinuousClock.Instant]>([])

    init(_ source: any ScheduleSource) { self.source = source }

    var starts: [ContinuousClock.Instant] { noted.withLock { $0 } }

    func month(_ month: LocalDate, known: MonthValidators?) async throws -> MonthAnswer {
        noted.withLock { $0.append(.now) }
        return try await source.month(month, known: known)
    }
}
