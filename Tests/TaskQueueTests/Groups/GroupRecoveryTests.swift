import Foundation
import Redis
import RedisTestSupport
import TaskQueue
import Testing

/// Groups and sets that an aggregator left behind, and tasks that come back to their group.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct GroupRecoveryTests {
    let fixture: BrokerFixture
    var broker: RedisBroker { fixture.broker }

    init() throws { fixture = try BrokerFixture() }

    @Test func `item 47, W8: a stale set as Go wrote it goes back into its group, which is listed again`() async throws
    {
        let vector = try GoldenVectors.named("life_group_set")
        try await fixture.restore(vector)
        fixture.clock.set(Date(timeIntervalSince1970: 1_893_456_120.9))
        #expect(try await broker.reclaimStaleSets(in: "default") == 0)
        fixture.clock.set(Date(timeIntervalSince1970: 1_893_456_121))
        #expect(try await broker.reclaimStaleSets(in: "default") == 1)
        // Exactly what stood there before the set was staged.
        let before = try GoldenVectors.named("life_group")
        #expect(try before.differences(from: await fixture.redis.client.storedKeys()) == [])
        #expect(try await broker.reclaimStaleSets(in: "default") == 0)
    }

    @Test func `W8: giving a set back drops members that are gone and keeps what was added meanwhile`() async throws {
        try await fixture.addGroup([("1", 9), ("gone", 8), ("2", 7)])
        let set = try await fixture.staged()
        try await fixture.addGroup([("3", 1)])
        _ = try await fixture.send("DEL", "asynq:{default}:t:gone")
        try await broker.giveBack(set)
        #expect(try await fixture.scores("asynq:{default}:g:g") == ["1": 9, "2": 7, "3": 1])
        try await broker.giveBack(set)
        #expect(try await fixture.integer("EXISTS", "asynq:{default}:aggregation_sets") == 0)
        try await fixture.expectOneContainerEach()
    }

    @Test func `registrations that name no set, or a key of another type, do not keep the others`() async throws {
        try await fixture.addGroup([("1", 9)])
        _ = try await fixture.staged()
        let odd = ["x", "asynq:{other}:g:g:1", "asynq:{default}:g:", "asynq:{default}:g:noset"]
        for name in odd { _ = try await fixture.send("ZADD", "asynq:{default}:aggregation_sets", 1, .string(name)) }
        _ = try await fixture.send("ZADD", "asynq:{default}:aggregation_sets", 2, "asynq:{default}:g:text:1")
        _ = try await fixture.send("SET", "asynq:{default}:g:text:1", "x")
        _ = try await fixture.send(
            "ZADD", "asynq:{default}:aggregation_sets", 3,
            .bytes(Array("asynq:{default}:g:".utf8) + [0xFF, 0x3A, 0x31]))
        fixture.clock.advance(by: 121)
        #expect(try await broker.reclaimStaleSets(in: "default") == 1)
        #expect(try await fixture.scores("asynq:{default}:g:g") == ["1": 130])
        let left = try await fixture.strings("ZRANGE", "asynq:{default}:aggregation_sets", 0, -1)
        #expect(left == ["asynq:{default}:g:text:1"])
    }

    @Test func `W8: groups that left the list are found in every queue, staged sets are not taken for groups`()
        async throws
    {
        try await fixture.addGroup([("1", 9)], to: "a:b")
        try await fixture.addGroup([("1", 9)], to: "lost", queue: "q:{x}")
        try await fixture.addGroup([("2", 9)], to: "kept")
        let set = try await fixture.staged("kept")
        for queue in ["default", "q:{x}"] { _ = try await fixture.send("DEL", .string("asynq:{\(queue)}:groups")) }
        #expect(try await broker.relistLostGroups(atMostEvery: .seconds(60)) == 2)
        #expect(try await broker.groups(in: "default") == ["a:b"])
        #expect(try await broker.groups(in: "q:{x}") == ["lost"])
        try await broker.giveBack(set)
        // Another server's turn within the minute does nothing; the next one has nothing left to list.
        _ = try await fixture.send("DEL", "asynq:{default}:groups")
        #expect(try await broker.relistLostGroups(atMostEvery: .seconds(60)) == 0)
        #expect((1...60_000).contains(try await fixture.integer("PTTL", "schedcu:groups:swept")))
        _ = try await fixture.send("DEL", "schedcu:groups:swept")
        #expect(try await broker.relistLostGroups(atMostEvery: .seconds(60)) == 2)
        _ = try await fixture.send("DEL", "schedcu:groups:swept")
        #expect(try await broker.relistLostGroups(atMostEvery: .seconds(60)) == 0)
    }

    @Test func `item 44: a task that Go stored with a group, due in scheduled or retry, goes to the group`()
        async throws
    {
        let vector = try GoldenVectors.named("life_group")
        try await fixture.restore(vector)
        let ids = ["00000000-0000-4000-8000-000000000161", "00000000-0000-4000-8000-000000000162"]
        // As Go leaves a task of a group that was run by hand and failed, and one that was scheduled by an updated client.
        for (id, state) in zip(ids, ["retry", "scheduled"]) {
            _ = try await fixture.send("ZREM", "asynq:{default}:g:g1", .string(id))
            _ = try await fixture.send("HSET", .string("asynq:{default}:t:\(id)"), "state", .string(state))
            _ = try await fixture.send("ZADD", .string("asynq:{default}:\(state)"), 1_893_456_000, .string(id))
        }
        _ = try await fixture.send("DEL", "asynq:{default}:groups")
        #expect(try await broker.forward(queue: "default") == 2)
        #expect(try await fixture.scores("asynq:{default}:g:g1") == [ids[0]: 0, ids[1]: 0])
        #expect(try await broker.groups(in: "default") == ["g1"])
        #expect(try await fixture.integer("EXISTS", "asynq:{default}:pending") == 0)
        try await fixture.expectOneContainerEach()
    }

    @Test func `item 44: a task of a group that is run by hand and fails comes back to its group`() async throws {
        try await fixture.addGroup([("1", 9)])
        try await fixture.inspector.runTask("1", in: "default")
        #expect(try await broker.groups(in: "default") == [])
        let run = try await fixture.taken().run
        #expect(try await broker.retry(run, at: fixture.clock.now + 5, error: "x", isFailure: true) == .written)
        #expect(try await fixture.field("group", of: "1") == "g")
        fixture.clock.advance(by: 6)
        #expect(try await broker.forward(queue: "default") == 1)
        #expect(try await fixture.scores("asynq:{default}:g:g") == ["1": 0])
        #expect(try await fixture.field("state", of: "1") == "aggregating")
        #expect(try await broker.groups(in: "default") == ["g"])
        try await fixture.expectOneContainerEach()
    }
}
