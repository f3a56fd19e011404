import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct TaskSemaphoreTests {
    let redis: TestRedis
    let clock = TurnedClock()
    let later = TurnedClock.start + 60.9

    init() throws { redis = try #require(RedisDatabaseTrait.current) }

    @Test func `item 72: no more than the limit hold a token, those that Go's tasks took included`() async throws {
        // As Go's semaphore lays it out: a task id under its deadline in whole seconds.
        try await redis.client.send("ZADD", "asynq:sema:amion", 1_893_456_060, "go-task")
        let semaphore = try semaphore(limit: 2)
        #expect(try await semaphore.acquire(taskID: "a", deadline: later))
        #expect(try await semaphore.acquire(taskID: "b", deadline: later) == false)
        let stored = try await redis.client.storedKeys()
        #expect(
            stored == [
                "asynq:sema:amion": StoredKey(
                    value: .sortedSet([Array("go-task".utf8): 1_893_456_060, Array("a".utf8): 1_893_456_060]))
            ])
        try await semaphore.release(taskID: "a")
        #expect(try await semaphore.acquire(taskID: "b", deadline: later))
    }

    @Test func `item 72: many at once never exceed the limit`() async throws {
        let semaphore = try semaphore(limit: 5)
        let deadline = later
        let taken = try await withThrowingTaskGroup { group in
            for number in 0..<50 {
                group.addTask { try await semaphore.acquire(taskID: "task-\(number)", deadline: deadline) }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(taken == 5)
    }

    @Test func `item 72: a token is free in the second after its deadline`() async throws {
        let semaphore = try semaphore(limit: 1)
        #expect(try await semaphore.acquire(taskID: "a", deadline: later))
        clock.advance(to: 60.999)
        #expect(try await semaphore.acquire(taskID: "b", deadline: later + 60) == false)
        clock.advance(to: 61)
        #expect(try await semaphore.acquire(taskID: "b", deadline: later + 60))
        let error = await #expect(throws: TaskSemaphoreError.self) { try await semaphore.release(taskID: "a") }
        #expect(error?.code == .notHeld)
    }

    @Test func `a task that holds a token may take it again when all are taken, and moves its deadline`() async throws {
        let semaphore = try semaphore(limit: 1)
        let context = TaskContext(taskID: "a", queue: "default", deadline: later)
        #expect(try await semaphore.acquire(for: context))
        #expect(try await semaphore.acquire(taskID: "a", deadline: later + 100))
        #expect(try await redis.client.send("ZSCORE", "asynq:sema:amion", "a").string() == "1893456160")
        #expect(try await semaphore.acquire(taskID: "b", deadline: later) == false)
        try await semaphore.release(for: context)
        #expect(try await redis.client.storedKeys().isEmpty)
    }

    @Test func `scopes do not share tokens`() async throws {
        #expect(try await semaphore(limit: 1).acquire(taskID: "a", deadline: later))
        #expect(try await semaphore(scope: "other", limit: 1).acquire(taskID: "a", deadline: later))
    }

    @Test func `a limit under 1 and blank names are errors, and nothing crashes`() async throws {
        for limit in [0, -1, Int.min] {
            let error = #expect(throws: TaskSemaphoreError.self) { try semaphore(limit: limit) }
            #expect(error?.code == .invalidLimit)
        }
        let scope = #expect(throws: TaskSemaphoreError.self) { try semaphore(scope: " \n", limit: 1) }
        #expect(scope?.code == .blankScope)
        let id = await #expect(throws: TaskSemaphoreError.self) {
            try await semaphore(limit: 1).acquire(taskID: "", deadline: later)
        }
        #expect(id?.code == .blankTaskID)
    }

    private func semaphore(scope: String = "amion", limit: Int) throws -> TaskSemaphore {
        try TaskSemaphore(client: redis.client, scope: scope, limit: limit, now: { [clock] in clock.now })
    }
}
