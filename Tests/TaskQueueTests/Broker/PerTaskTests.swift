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

    @Test(arguments: [TaskPlacement.pending, .scheduled(at: Date(timeIntervalSince1970: 1_893_456_001)), .group("g")])
    func `options are stored in any first state, in a private field`(placement: TaskPlacement) async throws {
        let message = fixture.message("1", group: "g")
        let creation = TaskCreation(message: message, placement: placement, options: options("1;e=9;"))
        #expect(try await broker.create([creation]) == [.created])
        #expect(try await fixture.field("schedcu:options", of: "1") == "1;e=9;")
        #expect(try await fixture.storedMessage("1") == message)
        #expect(try await broker.create([creation]) == [.taskIDConflict])
    }

    @Test func `a batch creates tasks with and without options, each with its own outcome`() async throws {
        let key = lock
        let tasks = [
            TaskCreation(message: fixture.message("a")),
            TaskCreation(
                message: fixture.message("b", uniqueKey: key), uniqueFor: .seconds(100_000), options: options("1;u;")),
            TaskCreation(message: fixture.message("a")),
            TaskCreation(
                message: fixture.message("c", uniqueKey: key), uniqueFor: .seconds(50), options: options("1;e=3;")),
        ]
        #expect(try await broker.create(tasks) == [.created, .created, .taskIDConflict, .duplicate])
        #expect(try await fixture.field("schedcu:options", of: "a") == nil)
        #expect((99_000...100_000).contains(try await fixture.integer("TTL", .string(key))))
        #expect(try await broker.create([]) == [])
    }

    @Test func `options come with each delivery, and stay through retries, rescues and being given back`() async throws
    {
        let text = "1;e=9;r=l:1;"
        try await created(fixture.message("1"), text)
        _ = try await broker.create(fixture.message("2"), placement: .pending, uniqueFor: nil)
        let taken = try await broker.dequeue(from: ["default"], limit: 2, worker: fixture.worker)
        #expect(taken.map(\.options) == [options(text), StoredOptions()])
        var run = taken[0].run
        #expect(try await broker.options(of: run) == options(text))
        #expect(try await broker.options(of: taken[1].run) == StoredOptions())
        #expect(try await broker.rescue(run) == .written)
        run = try await fixture.taken().run
        #expect(try await broker.requeue(run) == .written)
        run = try await fixture.taken().run
        #expect(try await broker.retry(run, at: fixture.clock.now, error: "e", isFailure: true) == .written)
        fixture.clock.advance(by: 5)
        #expect(try await broker.forward(queue: "default") == 1)
        #expect(try await fixture.taken().options == options(text))
    }

    @Test func `a Go worker passes a task's options on, and runs it without heeding them`() async throws {
        try await created(fixture.message("1"), "1;e=1;r=l:7;")
        let go = GoFleet(redis: fixture.redis.client, clock: { [clock = fixture.clock] in clock.now })
        let message = try #require(try await go.dequeue())
        try await go.retry(message, at: go.now, error: "e")
        #expect(try await go.forward() == 1)
        #expect(try await fixture.taken().options == options("1;e=1;r=l:7;"))
    }

    @Test func `a released task waits in the retry set, its message unchanged, and nothing is counted`() async throws {
        var message = fixture.message("1")
        (message.retried, message.errorMessage) = (2, "before")
        let run = try await fixture.running(message).run
        let date = Date(timeIntervalSince1970: 1_893_456_060.25)
        #expect(try await broker.release(run, until: date) == .written)
        #expect(try await fixture.storedMessage("1") == message)
        #expect(try await fixture.field("state", of: "1") == "retry")
        #expect(
            try await fixture.strings("ZRANGE", "asynq:{default}:retry", 0, -1, "WITHSCORES") == ["1", "1893456061"])
        #expect(try await fixture.integer("EXISTS", "asynq:{default}:lease", "asynq:{default}:active") == 0)
        #expect(try await fixture.integer("EXISTS", "asynq:{default}:processed", "asynq:{default}:failed") == 0)
        #expect(try await broker.release(run, until: date) == .superseded)
    }

    @Test func `a dropped task leaves nothing: no key, no lock, no count`() async throws {
        let message = fixture.message("1", retention: 60, uniqueKey: lock)
        let run = try await fixture.running(message, uniqueFor: .seconds(60)).run
        #expect(try await broker.drop(run) == .written)
        #expect(try await fixture.strings("KEYS", "*") == ["asynq:queues"])
        #expect(try await broker.drop(run) == .superseded)
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

    @Test func `a look notes that somebody waits, until the task has ended`() async throws {
        #expect(try await broker.ending(ofTask: "1", in: "default") == .gone)
        #expect(try await fixture.strings("KEYS", "*") == [])
        let run = try await fixture.running(fixture.message("1", retention: 60)).run
        #expect(try await broker.ending(ofTask: "1", in: "default") == .notYet)
        #expect(try await fixture.field("schedcu:waited", of: "1") == "1")
        #expect(try await broker.writeResult([1, 0, 255], of: run) == .written)
        #expect(try await broker.complete(run) == .written)
        #expect(try await broker.ending(ofTask: "1", in: "default") == .completed(result: [1, 0, 255]))
        let failed = try await fixture.running(fixture.message("2")).run
        #expect(try await broker.archive(failed, error: "why") == .written)
        #expect(try await broker.ending(ofTask: "2", in: "default") == .archived(reason: "why"))
        #expect(try await fixture.field("schedcu:waited", of: "2") == nil)
    }
}
