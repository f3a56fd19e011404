import ConcurrencySupport
import Foundation
import Postgres
import PostgresTestSupport
import RedisTestSupport
import ScheduleModel
import ScheduleStore
import ScheduleTasks
import Testing

@testable import ScheduleWorkflow

/// The sweeper of every worker (domain 5.8).
@Suite(.requiresRedis, .requiresPostgres, .redisDatabase, .postgresSchema(migrated: true), .timeLimit(.minutes(2)))
struct BatchSweeperTests {
    /// A clock whose sleeps end when the test says so.
    private struct StepClock: Clock {
        let steps: AsyncStream<Void>
        let slept = LockedValue<[Duration]>([])

        var now: ContinuousClock.Instant { ContinuousClock.now }
        var minimumResolution: Duration { .nanoseconds(1) }

        func sleep(until deadline: ContinuousClock.Instant, tolerance: Duration?) async throws {
            slept.withLock { $0.append(ContinuousClock.now.duration(to: deadline)) }
            for await _ in steps { return }
            throw CancellationError()
        }
    }

    @Test func `a batch of a dead worker is failed at the next look, and a live one is not`() async throws {
        let fixture = try await ScrapeRunFixture()
        let version = try await fixture.makeVersion(1, "2026-03-01", "2026-03-31")
        for task in ["dead", "alive"] {
            _ = try await fixture.store.beginScrape(
                ScrapeRequest(
                    task: TaskIdentity(
                        queue: "q", taskID: task, taskType: "amion:scrape",
                        payloadSHA256: String(repeating: "a", count: 64)),
                    hospitalID: try await fixture.store.hospital(code: "NORTH").id, versionID: version,
                    ratePolicy: "perLane:5:1000ms"))
        }
        let (steps, step) = AsyncStream.makeStream(of: Void.self)
        let clock = StepClock(steps: steps)
        let sweeper = BatchSweeper(store: fixture.store, logger: fixture.redis.logger, clock: clock)
        let running = Task { await sweeper.run() }
        // The first look is over when the sweeper sleeps; nothing was old then.
        while clock.slept.withLock({ $0.isEmpty }) { await Task.yield() }
        #expect(try await states(fixture) == "alive PENDING RUNNING, dead PENDING RUNNING")
        // The most that a scrape of 24 months may take, and the grace.
        let limit = ScheduleTaskType.amionScrape.timeout(months: 24) + BatchSweeper.grace
        _ = try await fixture.pool.query(
            """
            UPDATE scrape_batches SET scraped_at = now() - make_interval(secs => \(Int(limit.components.seconds)))
                + CASE task_id WHEN 'alive' THEN interval '10 s' ELSE interval '-1 s' END
            """, operation: "test")
        step.yield()
        while clock.slept.withLock({ $0.count < 2 }) { await Task.yield() }
        #expect(try await states(fixture) == "alive PENDING RUNNING, dead FAILED FAILED")
        running.cancel()
        step.finish()
        await running.value
    }

    private func states(_ fixture: ScrapeRunFixture) async throws -> String? {
        try await fixture.text(
            """
            SELECT string_agg(concat_ws(' ', b.task_id, b.state, r.status), ', ' ORDER BY b.task_id)
            FROM scrape_batches b JOIN import_runs r ON r.scrape_batch_id = b.id
            """)
    }
}
