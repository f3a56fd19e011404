import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// The system's clock, and a store that does not answer.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct PeriodicClockTests {
    @Test func `the system's clock wakes nobody before the moment, and nobody who is cancelled`() async throws {
        let clock = PeriodicClock.system
        try await clock.sleep(clock.now() - 1)
        let moment = clock.now() + 0.02
        try await clock.sleep(moment)
        #expect(clock.now() >= moment)
        let sleeping = Task { try await clock.sleep(.distantFuture) }
        sleeping.cancel()
        await #expect(throws: CancellationError.self) { try await sleeping.value }
    }

    @Test func `a scheduler with connections of its own enqueues by the system's clock and leaves no announcement`()
        async throws
    {
        let redis = try #require(RedisDatabaseTrait.current)
        let results = Mailbox<Result<TaskInfo, any Error>>()
        var configuration = PeriodicSchedulerConfiguration()
        configuration.postEnqueue = { results.send($0) }
        let scheduler = PeriodicTaskScheduler(
            redis: redis.configuration, configuration: configuration, logger: redis.logger)
        let id = try scheduler.register("@every 1s", QueueTask(type: "t:tick"), EnqueueOptions(taskID: "one"))
        let running = Task { try await scheduler.run() }
        var info: TaskInfo?
        // Of the second tick, which conflicts with the first, may be told first: it has no event to record.
        while info == nil { info = try? await results.next().get() }
        await scheduler.shutdown()
        try await running.value
        #expect(info?.id == "one")
        let keys = try await redis.client.storedKeys().keys.sorted()
        #expect(
            keys == [
                "asynq:queues", "asynq:scheduler_history:\(id)", "asynq:{default}:pending", "asynq:{default}:t:one",
            ])
    }

    @Test func `runs that the store does not answer for fail, later ones are tried, and the end comes all the same`()
        async throws
    {
        let redis = try #require(RedisDatabaseTrait.current)
        let client = RedisClient(redis.configuration, logger: redis.logger)
        await client.close()
        let (clock, results) = (TurnedClock(), Mailbox<Result<TaskInfo, any Error>>())
        var configuration = PeriodicSchedulerConfiguration()
        configuration.heartbeatInterval = .seconds(86_400)
        configuration.postEnqueue = { results.send($0) }
        let scheduler = PeriodicTaskScheduler(
            broker: RedisBroker(
                client: client, blockingClientConfiguration: redis.configuration, logger: redis.logger),
            configuration: configuration, logger: redis.logger, clock: clock.periodic)
        try scheduler.register("* * * * *", QueueTask(type: "t:tick"))
        let running = Task { try await scheduler.run() }
        for minute in 1...2 {
            await clock.tick(at: 60 * Double(minute))
            let result = try await results.next()
            #expect(throws: RedisError.self) { try result.get() }
        }
        await scheduler.shutdown()
        try await running.value
    }
}
