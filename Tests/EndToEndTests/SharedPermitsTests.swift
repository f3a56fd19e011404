import Foundation
import PostgresTestSupport
import RedisTestSupport
import TaskEvents
import Testing

/// Domain 5.6: the policy of a host and a login holds for all workers together.
@Suite(.requiresRedis, .requiresPostgres, .redisDatabase, .postgresSchema(migrated: true), .timeLimit(.minutes(5)))
struct SharedPermitsTests {
    private static func dryScrape(from start: String, to end: String) -> [UInt8] {
        Array(
            #"{"hospital_code":"NORTH","dry_run":true,"rate_scope":"global","start_date":"\#(start)","end_date":"\#(end)"}"#
                .utf8)
    }

    /// Runs two scrapes of three months at once, each in a worker of its own.
    ///
    /// - Returns: The workers that took them, and how each task ended.
    private func scrapeTwice(
        _ amion: NotingAmion, ranges: [(String, String)], floor: String
    ) async throws -> (workers: Set<String>, endings: [TaskEvent]) {
        let installation = try await Installation()
        let settings = [("rate_policy.interval_ms", "400"), ("amion.base_url", "http://\(amion.address)")]
        for (name, value) in settings {
            let set = try await installation.schedcu(["hospitals", "settings", "set", "NORTH", name, value])
            try #require(set.status == 0, "\(set.errors)")
        }
        try installation.startWorkers(
            2,
            environment: [
                "SCHEDCU_AMION_HOSTS": "\(amion.address)+private+http", "SCHEDCU_AMION_FLOOR": floor,
            ])
        var ids: [String] = []
        for (start, end) in ranges {
            let payload = Self.dryScrape(from: start, to: end)
            ids.append(try await installation.enqueueRaw(type: "amion:scrape", payload: payload))
        }
        var (workers, endings): (Set<String>, [TaskEvent]) = ([], [])
        for id in ids {
            try await installation.follow(id) { event in
                workers.insert(event.worker)
                if event.kind.endsTask || event.kind == .retrying { endings.append(event) }
                return event.kind.endsTask || event.kind == .retrying
            }
        }
        return (workers, endings)
    }

    @Test func `two workers that scrape one host at once keep one policy between them`() async throws {
        try await NotingAmion.serving { amion in
            let (workers, endings) = try await scrapeTwice(
                amion, ranges: [("2026-01-01", "2026-03-31"), ("2026-04-01", "2026-06-30")], floor: "0s")
            #expect(workers.count == 2)
            #expect(endings.map(\.kind) == [.finished, .finished])
            #expect(amion.paths == (1...6).map { "/schedule/2026-0\($0)" })
            let starts = amion.starts
            let span = try #require(starts.first).duration(to: try #require(starts.last))
            // Five intervals of 400 ms; each worker by itself would need two. Not all, since a request may be slow to arrive.
            #expect(span >= .milliseconds(1600), "\(span)")
        }
    }

    @Test func `of two workers that want the same page one fetches it and the other does not`() async throws {
        try await NotingAmion.serving { amion in
            let months = ("2026-01-01", "2026-03-31")
            let (workers, endings) = try await scrapeTwice(amion, ranges: [months, months], floor: "5m")
            #expect(workers.count == 2)
            #expect(amion.paths == (1...3).map { "/schedule/2026-0\($0)" })
            #expect(endings.contains { $0.kind != .finished || $0.body["outcome"]?.stringValue == "PARTIAL" })
        }
    }
}
