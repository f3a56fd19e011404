import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// What our workers heed of a task beyond asynq's message, in the keys.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct PerTaskTests {
    private let fixture: BrokerFixture
    private let broker: RedisBroker
    private let lock = "schedcu:{default}:unique:x"

    init() throws {
        fixture = try BrokerFixture()
        broker = fixture.broker
    }

    private func options(_ text: String) -> StoredOptions { StoredOptions(Array(text.utf8)) }

    private func created(_ message: TaskMessage, _ text: String, uniqueFor: Duration? = nil) async throws {
        let creation = TaskCreation(message: message, uniqueFor: uniqueFor, options: options(text))
        #expect(try await broker.create([creation]) == [.created])
    }

    @Test func `a Go worker passes a task's options on, and runs it without heeding them`() async throws {
        try await created(fixture.message("1"), "1;e=1;r=l:7;")
        let go = GoFleet(redis: fixture.redis.client, clock: { [clock = fixture.clock] in clock.now })
        let message = try #require(try await go.dequeue())
        try await go.retry(message, at: go.now, error: "e")
        #expect(try await go.forward() == 1)
        #expect(try await fixture.taken().options == options("1;e=1;r=l:7;"))
    }

    @Test(arguments: ["1;u;", "1;e=9;u;", "1;e=9;", "2;u;"])
    func `a lock is released when the task is archived where the task says so`(text: String) async throws {
        let message = fixture.message("1", uniqueKey: lock)
        // As a producer of a later version may store it, too.
        #expect(try await broker.create(message, placement: .pending, uniqueFor: .seconds(60)) == .created)
        _ = try await fixture.send("HSET", "asynq:{default}:t:1", "schedcu:options", .string(text))
        #expect(try await broker.archive(fixture.taken().run, error: "e") == .written)
        let isReleased = text.hasPrefix("1;") && text.contains("u;")
        #expect(try await fixture.integer("EXISTS", .string(lock)) == (isReleased ? 0 : 1))
    }

    @Test func `I4: another task's lock is not released by an archived one`() async throws {
        try await created(fixture.message("1", uniqueKey: lock), "1;u;", uniqueFor: .seconds(60))
        _ = try await fixture.send("SET", .string(lock), "2")
        #expect(try await broker.archive(fixture.taken().run, error: "e") == .written)
        #expect(try await fixture.send("GET", .string(lock)).string() == "2")
    }
}
