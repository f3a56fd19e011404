import Foundation
import Redis
import RedisTestSupport
import TaskQueue
import Testing

/// W10's principle, check everything and then change, for keys that somebody made ones of another type.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct WrongTypeTests {
    let fixture: BrokerFixture
    let broker: RedisBroker

    init() throws {
        fixture = try BrokerFixture()
        broker = fixture.broker
    }

    private func spoil(_ key: String) async throws {
        _ = try await fixture.send("DEL", .string(key))
        _ = try await fixture.send("HSET", .string(key), "somebody's", "field")
    }

    @Test(arguments: Refusal.Case.allCases)
    func `W10: a call that meets a key of another type throws and has changed nothing`(of wanted: Refusal.Case)
        async throws
    {
        let refusal = try await fixture.refusal(wanted)
        try await spoil("asynq:{default}:\(refusal.key)")
        // Listing the queue is a call of its own.
        _ = try await fixture.send("SADD", "asynq:queues", "default")
        let before = try await fixture.redis.client.storedKeys()
        await #expect(throws: RedisError.self) { try await refusal.call() }
        #expect(try await fixture.redis.client.storedKeys() == before)
    }

    @Test(arguments: ["processed", "processed:2030-01-01", "failed", "failed:2030-01-01"])
    func `a counter that cannot be counted stays as it is and keeps no task from ending`(counter: String) async throws {
        let key = "asynq:{default}:\(counter)"
        try await spoil(key)
        let before = try await fixture.redis.client.storedKeys()[key]
        #expect(try await broker.done(fixture.running(fixture.message("1")).run) == .written)
        let kept = try await fixture.running(fixture.message("2", retention: 60)).run
        #expect(try await broker.complete(kept) == .written)
        let failed = try await fixture.running(fixture.message("3")).run
        let later = fixture.clock.now + 60
        #expect(try await broker.retry(failed, at: later, error: "x", isFailure: true) == .written)
        #expect(try await broker.archive(fixture.running(fixture.message("4")).run, error: "x") == .written)
        #expect(try await fixture.redis.client.storedKeys()[key] == before)
        try await fixture.expectOneContainerEach(besides: [key])
        if counter != "processed" {
            #expect(try await fixture.send("GET", "asynq:{default}:processed").integer() == 4)
        }
    }

    @Test func `a lock of another type is somebody else's`() async throws {
        let message = fixture.message("1", uniqueKey: "asynq:{default}:unique:1")
        let run = try await fixture.running(message, uniqueFor: .seconds(60)).run
        try await spoil(message.uniqueKey)
        #expect(try await broker.done(run) == .written)
        #expect(try await fixture.strings("HKEYS", .string(message.uniqueKey)) == ["somebody's"])
        #expect(try await broker.create(message, placement: .pending, uniqueFor: .seconds(60)) == .duplicate)
        try await fixture.addGroup([("2", 9)])
        let set = try await fixture.staged()
        let joined = fixture.message(set.id, uniqueKey: message.uniqueKey)
        let outcome = try await broker.finish(
            set, members: broker.members(of: set), as: joined, placement: .pending, uniqueFor: .seconds(60))
        #expect(outcome == .duplicate)
    }

    @Test func `a due id whose task is of another type is dropped, and the others are moved`() async throws {
        for id in ["1", "2", "3"] {
            let placement = TaskPlacement.scheduled(at: fixture.clock.now + 1)
            #expect(try await broker.create(fixture.message(id), placement: placement, uniqueFor: nil) == .created)
        }
        _ = try await fixture.send("DEL", "asynq:{default}:t:2")
        _ = try await fixture.send("SET", "asynq:{default}:t:2", "x")
        fixture.clock.advance(by: 5)
        #expect(try await broker.forward(queue: "default") == 3)
        #expect(try await fixture.strings("LRANGE", "asynq:{default}:pending", 0, -1) == ["3", "1"])
        #expect(try await fixture.integer("EXISTS", "asynq:{default}:scheduled") == 0)
    }

    @Test func `due tasks that can be moved are moved before those are told of that cannot`() async throws {
        for (id, group) in [("1", "broken"), ("2", ""), ("3", "g")] {
            let placement = TaskPlacement.scheduled(at: fixture.clock.now + 1)
            let message = fixture.message(id, group: group)
            #expect(try await broker.create(message, placement: placement, uniqueFor: nil) == .created)
        }
        let failed = try await fixture.running(fixture.message("4")).run
        _ = try await broker.retry(failed, at: fixture.clock.now + 1, error: "x", isFailure: true)
        try await spoil("asynq:{default}:g:broken")
        fixture.clock.advance(by: 5)
        #expect(try await broker.forward(queue: "default") == 3)
        #expect(try await fixture.strings("LRANGE", "asynq:{default}:pending", 0, -1) == ["4", "2"])
        #expect(try await fixture.strings("ZRANGE", "asynq:{default}:g:g", 0, -1) == ["3"])
        await #expect(throws: RedisError.self) { try await broker.forward(queue: "default") }
        #expect(try await fixture.strings("ZRANGE", "asynq:{default}:scheduled", 0, -1) == ["1"])
        #expect(try await fixture.field("state", of: "1") == "scheduled")
        // One of the two sets does not keep the other either.
        try await spoil("asynq:{default}:scheduled")
        let again = try await fixture.taken().run
        _ = try await broker.retry(again, at: fixture.clock.now + 1, error: "x", isFailure: true)
        fixture.clock.advance(by: 5)
        #expect(try await broker.forward(queue: "default") == 1)
    }

    @Test func `W4: a task that cannot be set aside does not keep its neighbours`() async throws {
        try await spoil("schedcu:{default}:quarantine")
        _ = try await fixture.send("LPUSH", "asynq:{default}:pending", "bad")
        _ = try await fixture.send("HSET", "asynq:{default}:t:bad", "msg", .bytes([0xFF]), "state", "pending")
        #expect(try await broker.create(fixture.message("1"), placement: .pending, uniqueFor: nil) == .created)
        let taken = try await broker.dequeue(from: ["default"], limit: 9, worker: fixture.worker)
        #expect(taken.map(\.run.message.id) == ["1"])
        let expired = try await broker.expiredLeases(queue: "default", cutoff: fixture.clock.now + 60)
        #expect(expired.map(\.message.id) == ["1"])
        #expect(try await fixture.strings("LRANGE", "asynq:{default}:active", 0, -1) == ["1", "bad"])
    }
}
