import Foundation
import Redis
import RedisTestSupport
import TaskQueue
import Testing

/// Replacing staged tasks by the one that they were joined into.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct GroupFinishTests {
    let fixture: BrokerFixture
    var broker: RedisBroker { fixture.broker }

    init() throws { fixture = try BrokerFixture() }

    @Test func `W20: a set that is finished twice makes one task`() async throws {
        try await fixture.addGroup([("1", 5), ("2", 3)])
        let set = try await fixture.staged()
        let members = try await broker.members(of: set)
        try await fixture.expectOneContainerEach()
        #expect(try await fixture.finish(set, members) == .joined)
        try await fixture.expectOneContainerEach()
        #expect(try await fixture.finish(set, members) == .superseded)
        #expect(try await fixture.strings("LRANGE", "asynq:{default}:pending", 0, -1) == [set.id])
        // Not even when the joined task has run by then.
        #expect(try await broker.done(fixture.taken().run) == .written)
        #expect(try await fixture.finish(set, members) == .superseded)
        #expect(try await fixture.strings("KEYS", "asynq:{default}:t:*").isEmpty)
        #expect(try await fixture.strings("KEYS", "asynq:{default}:g:*").isEmpty)
        #expect(try await fixture.integer("EXISTS", "asynq:{default}:aggregation_sets", "asynq:{default}:pending") == 0)
        #expect(try await fixture.send("GET", "asynq:{default}:processed").integer() == 1)
    }

    @Test func `W20: a set that was put back is not finished, and its tasks are joined once`() async throws {
        try await fixture.addGroup([("1", 5), ("2", 3)])
        let late = try await fixture.staged()
        let members = try await broker.members(of: late)
        fixture.clock.advance(by: 121)
        #expect(try await broker.reclaimStaleSets(in: "default") == 1)
        #expect(try await fixture.finish(late, members) == .superseded)
        let second = try await fixture.staged()
        #expect(try await fixture.finish(late, members) == .superseded)
        #expect(try await fixture.finish(second, broker.members(of: second)) == .joined)
        #expect(try await fixture.strings("LRANGE", "asynq:{default}:pending", 0, -1) == [second.id])
        try await fixture.expectOneContainerEach()
    }

    @Test func `W20: the members' unique locks are released, a lock that another task holds by now is not`()
        async throws
    {
        let keys = ["1", "2"].map { UniqueKey.key(queue: "default", type: "t:test", payload: Array($0.utf8)) }
        for (id, key) in zip(["1", "2"], keys) {
            let message = fixture.message(id, uniqueKey: key, group: "g")
            #expect(try await broker.create(message, placement: .group("g"), uniqueFor: .seconds(3600)) == .created)
        }
        try await fixture.addGroup([("3", 0)])
        _ = try await fixture.send("SET", .string(keys[1]), "other")
        let set = try await fixture.staged()
        #expect(try await fixture.finish(set, broker.members(of: set)) == .joined)
        #expect(try await fixture.integer("EXISTS", .string(keys[0])) == 0)
        #expect(try await fixture.send("GET", .string(keys[1])).string() == "other")
    }

    @Test func `a joined task can take a lock of its own, even one that a member holds`() async throws {
        let key = UniqueKey.key(queue: "default", type: "t:test", payload: [1, 0, 255])
        let member = fixture.message("1", uniqueKey: key, group: "g")
        #expect(try await broker.create(member, placement: .group("g"), uniqueFor: .seconds(60)) == .created)
        let set = try await fixture.staged()
        let joined = fixture.message(set.id, uniqueKey: key)
        _ = try await fixture.send("SET", .string(key), "other")
        func finish() async throws -> SetOutcome {
            try await broker.finish(
                set, members: [member], as: joined, placement: .pending, uniqueFor: .seconds(3600))
        }
        let before = try await fixture.redis.client.storedKeys()
        #expect(try await finish() == .duplicate)
        #expect(try await fixture.redis.client.storedKeys() == before)
        _ = try await fixture.send("SET", .string(key), "1")
        #expect(try await finish() == .joined)
        #expect(try await fixture.send("GET", .string(key)).string() == set.id)
        #expect(try await fixture.field("unique_key", of: set.id) == key)
        #expect((3590...3600).contains(try await fixture.integer("TTL", .string(key))))
        #expect(try await broker.done(fixture.taken().run) == .written)
        #expect(try await fixture.integer("EXISTS", .string(key)) == 0)
    }

    @Test func `a scheduled joined task waits for its moment in the same queue`() async throws {
        try await fixture.addGroup([("1", 5)], queue: "q")
        let set = try await fixture.staged(queue: "q")
        let outcome = try await broker.finish(
            set, members: broker.members(of: set), as: fixture.message(set.id, queue: "q"),
            placement: .scheduled(at: fixture.clock.now + 60), uniqueFor: nil)
        #expect(outcome == .joined)
        #expect(try await fixture.scores("asynq:{q}:scheduled") == [set.id: -61])
        #expect(try await fixture.field("state", of: set.id, queue: "q") == "scheduled")
        #expect(try await fixture.field("pending_since", of: set.id, queue: "q") == nil)
        try await fixture.expectOneContainerEach()
    }

    @Test func `nothing changes when the id is taken, or a member was run, deleted or moved meanwhile`() async throws {
        try await fixture.addGroup([("1", 5), ("2", 3)])
        let set = try await fixture.staged()
        let members = try await broker.members(of: set)
        #expect(
            try await broker.create(fixture.message(set.id), placement: .pending, uniqueFor: nil) == .created)
        #expect(try await fixture.finish(set, members) == .taskIDConflict)
        _ = try await fixture.send("DEL", .string("asynq:{default}:t:\(set.id)"), "asynq:{default}:pending")
        _ = try await fixture.send("HSET", "asynq:{default}:t:2", "state", "pending")
        #expect(try await fixture.finish(set, members) == .superseded)
        _ = try await fixture.send("HSET", "asynq:{default}:t:2", "state", "aggregating")
        _ = try await fixture.send("ZREM", .string("asynq:{default}:g:g:\(set.id)"), "2")
        #expect(try await fixture.finish(set, members) == .superseded)
        _ = try await fixture.send("DEL", "asynq:{default}:t:1")
        #expect(try await fixture.finish(set, members) == .superseded)
        #expect(try await fixture.integer("EXISTS", .string("asynq:{default}:t:\(set.id)")) == 0)
        #expect(try await fixture.integer("EXISTS", "asynq:{default}:t:2") == 1)
    }
}
