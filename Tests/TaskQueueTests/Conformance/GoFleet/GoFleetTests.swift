import Foundation
import Redis
import RedisTestSupport
import TaskQueue
import Testing

/// The stand-in for Go leaves what Go left, key by key, so that the tests beside it may lean on it.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct GoFleetTests {
    let fixture: BrokerFixture
    let go: GoFleet

    init() throws {
        let fixture = try BrokerFixture()
        self.fixture = fixture
        go = GoFleet(redis: fixture.redis.client, clock: { fixture.clock.now })
    }

    @Test func `the stand-in enqueues, takes, finishes and gives back as Go does`() async throws {
        for number in [101, 102] {
            fixture.clock.set(try GoldenVectors.named("life_enqueue2").date)
            #expect(try await go.enqueue(original(number, "life_enqueue2")) == 1)
        }
        try await expect("life_enqueue2")
        let first = try #require(await go.dequeue())
        try await expect("life_dequeue")
        fixture.clock.set(try GoldenVectors.named("life_extend_lease").date)
        _ = try await fixture.send(
            "ZADD", "asynq:{default}:lease", "XX", .integer(go.now + 30), .string(first.id))
        try await expect("life_extend_lease")
        try await go.done(first)
        try await expect("life_done")
        try await go.requeue(#require(await go.dequeue()))
        try await expect("life_requeue")
    }

    @Test func `the stand-in retries, forwards, completes and archives as Go does`() async throws {
        fixture.clock.set(Date(timeIntervalSince1970: 1_893_456_000.123456))
        #expect(try await go.enqueue(original(111, "life_retry")) == 1)
        let taken = try #require(await go.dequeue())
        fixture.clock.set(try GoldenVectors.named("life_retry").date)
        try await go.retry(taken, at: go.now + 60, error: "boom: é")
        try await expect("life_retry")
        fixture.clock.set(try GoldenVectors.named("life_retry_forward").date)
        #expect(try await go.forward() == 1)
        try await expect("life_retry_forward")
        try await go.retry(
            #require(await go.dequeue()), at: go.now + 60, error: "not a failure", isFailure: false)
        try await expect("life_retry_nofailure")
    }

    @Test func `the stand-in archives as Go does`() async throws {
        fixture.clock.set(try GoldenVectors.named("life_archive").date)
        #expect(try await go.enqueue(original(121, "life_archive")) == 1)
        try await go.archive(#require(await go.dequeue()), error: "gave up")
        try await expect("life_archive")
    }

    @Test func `the stand-in completes as Go does`() async throws {
        let vector = try GoldenVectors.named("life_complete")
        fixture.clock.set(vector.date)
        var message = try original(131, "life_complete")
        message.completedAtUnixSeconds = 0
        #expect(try await go.enqueue(message) == 1)
        let taken = try #require(await go.dequeue())
        let result = try #require(vector.keys.first { $0.fields?["result"] != nil }?.fields?["result"]).bytes
        _ = try await fixture.send("HSET", .string(go.taskKey(taken)), "result", .bytes(result))
        try await go.complete(taken)
        try await expect("life_complete")
    }

    @Test func `the stand-in locks, schedules and groups as Go does`() async throws {
        fixture.clock.set(try GoldenVectors.named("life_unique").date)
        #expect(try await go.enqueue(original(141, "life_unique"), lockSeconds: 3600) == 1)
        try await expect("life_unique")
        try await go.done(#require(await go.dequeue()))
        try await expect("life_unique_done")
        try await fixture.redis.client.send("FLUSHDB")
        fixture.clock.set(try GoldenVectors.named("life_scheduled").date)
        #expect(try await go.schedule(original(151, "life_scheduled"), at: 1_893_456_060) == 1)
        try await expect("life_scheduled")
        fixture.clock.set(try GoldenVectors.named("life_scheduled_forward").date)
        #expect(try await go.forward() == 1)
        try await expect("life_scheduled_forward")
        try await fixture.redis.client.send("FLUSHDB")
        fixture.clock.set(Date(timeIntervalSince1970: 1_893_456_000.123456))
        for number in [161, 162] {
            #expect(try await go.addToGroup(original(number, "life_group")) == 1)
            fixture.clock.advance(by: 1)
        }
        try await expect("life_group")
    }

    @Test func `the stand-in stages, reads, puts back and deletes a group's set as Go does`() async throws {
        let staged = try GoldenVectors.named("life_group_set")
        try await GoldenVectors.named("life_group").restore(to: fixture.redis.client)
        fixture.clock.set(staged.date)
        let prefix = "asynq:{default}:g:g1:"
        let golden = try #require(staged.keys.first { $0.key.hasPrefix(prefix) }?.key)
        let set = try await go.stage("g1", maxSize: 2, setID: String(golden.dropFirst(prefix.count)))
        #expect(set == golden)
        try await expect("life_group_set")
        let messages = try GoldenVectors.named("life_group").messages()
        #expect(try await go.members(ofSet: golden) == messages.keys.sorted().compactMap { messages[$0] })
        fixture.clock.advance(by: 119)
        #expect(try await go.reclaimSets() == 0)
        try await go.deleteSet(golden)
        try await expect("life_group_deleted")
    }

    private func expect(_ name: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let stored = try await fixture.redis.client.storedKeys()
        #expect(
            try GoldenVectors.named(name).differences(from: stored) == [], Comment(rawValue: name),
            sourceLocation: sourceLocation)
    }

    private func original(_ number: Int, _ vector: String) throws -> TaskMessage {
        let id = "00000000-0000-4000-8000-000000000\(number)"
        var message = try #require(GoldenVectors.named(vector).messages()[id])
        (message.retried, message.errorMessage, message.lastFailedAtUnixSeconds) = (0, "", 0)
        return message
    }
}
