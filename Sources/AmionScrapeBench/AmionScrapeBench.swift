import BenchSupport
import Foundation
import Logging
import Redis

/// Measures scraping: `amion-scrape-bench BASE_URL REDIS_URL MONTHS perLane|global [HOSPITALS]`.
///
/// Each hospital scrapes so many months at once with the others, through the HTTP source, the scraper and the fleet's limiter,
/// under a login of its own. Prints one line: wall time of the slowest hospital and the policy's own least time in
/// nanoseconds, requests of all, the least time between starts that the policy keeps apart, and the largest resident set.
@main
struct AmionScrapeBench {
    static func main() async {
        do {
            try await run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            FileHandle.standardError.write(Data("amion-scrape-bench: error: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func run(_ arguments: [String]) async throws {
        guard (4...5).contains(arguments.count), let months = Int(arguments[2]), months > 0,
            let hospitals = arguments.count == 5 ? Int(arguments[4]) : 1, hospitals > 0
        else { throw BenchFailure("usage: amion-scrape-bench BASE_URL REDIS_URL MONTHS perLane|global [HOSPITALS]") }
        let work = try ScrapeWork(
            baseURL: arguments[0], redis: RedisConfiguration(url: arguments[1]), months: months, scope: arguments[3])
        var runs: [ScrapeRun] = []
        try await withThrowingTaskGroup(of: ScrapeRun.self) { group in
            for number in 0..<hospitals { group.addTask { try await work.run(login: "hospital-\(number)") } }
            for try await run in group { runs.append(run) }
        }
        let gap = runs.compactMap { $0.leastGap(lanes: work.spacedLanes) }.min()
        print(
            "months=\(months) scope=\(arguments[3]) hospitals=\(hospitals)",
            "wall_ns=\(nanoseconds(runs.map(\.wall).max() ?? .zero))",
            "requests=\(runs.map(\.requests).reduce(0, +)) rows=\(runs.map(\.rows).reduce(0, +))",
            "gap_ns=\(gap.map(nanoseconds) ?? 0) rss=\(ProcessUsage.peakBytes())")
    }

    private static func nanoseconds(_ span: Duration) -> Int64 { Int64(span / .nanoseconds(1)) }
}
