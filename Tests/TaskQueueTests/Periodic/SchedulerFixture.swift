import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// What a scheduler test works with: a database and a clock of its own.
struct SchedulerFixture {
    let redis: TestRedis
    let clock = TurnedClock()
    let broker: RedisBroker
    let results = Mailbox<Result<TaskInfo, any Error>>()

    init() throws {
        redis = try #require(RedisDatabaseTrait.current)
        broker = redis.broker { [clock] in clock.now }
    }

    /// A scheduler that reports to ``results`` and announces once a day, so that tests see it sleep for its entries only.
    func scheduler(
        number: Int = 1, broker: (any Broker)? = nil, clock: TurnedClock? = nil,
        _ change: (inout PeriodicSchedulerConfiguration) -> Void = { _ in }
    ) -> PeriodicTaskScheduler {
        var configuration = PeriodicSchedulerConfiguration()
        configuration.heartbeatInterval = .seconds(86_400)
        configuration.postEnqueue = { [results] result in results.send(result) }
        change(&configuration)
        return PeriodicTaskScheduler(
            broker: broker ?? self.broker, configuration: configuration, logger: redis.logger,
            identity: WorkerIdentity(
                host: "host-\(number)", pid: 4242, serverID: "11111111-2222-4333-8444-555555555555"),
            clock: (clock ?? self.clock).periodic)
    }

    /// Runs schedulers while `body` runs, then shuts them down and waits for their end.
    func withRunning(_ schedulers: [PeriodicTaskScheduler], _ body: () async throws -> Void) async throws {
        let running = schedulers.map { scheduler in Task { try await scheduler.run() } }
        do { try await body() } catch {
            for scheduler in schedulers { await scheduler.shutdown() }
            throw error
        }
        for scheduler in schedulers { await scheduler.shutdown() }
        for run in running { try await run.value }
    }

    func withRunning(_ scheduler: PeriodicTaskScheduler, _ body: () async throws -> Void) async throws {
        try await withRunning([scheduler], body)
    }

    func pending(_ queue: String = "default") async throws -> Int {
        Int(try await redis.client.send("LLEN", .string("asynq:{\(queue)}:pending")).integer())
    }

    /// The ids in an entry's history, oldest first.
    func history(_ id: String) async throws -> [String] {
        let key = RedisKeys.schedulerHistory(entry: id)
        return try await redis.client.send("ZRANGE", .string(key), 0, -1).array().map {
            try SchedulerEnqueueEvent(decoding: try $0.bytes()).taskID
        }
    }

    /// What a scheduler has announced, as Go's tools read it.
    func announced(by scheduler: PeriodicTaskScheduler) async throws -> [SchedulerEntry] {
        try await redis.client.send("LRANGE", .string("asynq:schedulers:{\(scheduler.id)}"), 0, -1).array().map {
            try SchedulerEntry(decoding: try $0.bytes())
        }
    }

    /// The announcement, as soon as there is one.
    func firstAnnouncement(by scheduler: PeriodicTaskScheduler) async throws -> [SchedulerEntry] {
        try await until { try await !announced(by: scheduler).isEmpty }
        return try await announced(by: scheduler)
    }
}
