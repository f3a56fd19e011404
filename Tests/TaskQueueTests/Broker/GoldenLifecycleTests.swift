import Foundation
import RedisTestSupport
import TaskQueue
import Testing

/// Golden vectors of a task's way through its states, each compared key by key.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct GoldenLifecycleTests {
    let fixture: BrokerFixture
    let broker: RedisBroker

    init() throws {
        fixture = try BrokerFixture()
        broker = fixture.broker
    }

    @Test func `items 4, 5, 19, 20 and 33: two pending, one taken, its lease pushed, done, the other given back`()
        async throws
    {
        let first = try await enqueue(last: 101, of: "life_enqueue2")
        let second = try await enqueue(last: 102, of: "life_enqueue2")
        try await expect("life_enqueue2")
        let run = try await fixture.taken().run
        #expect(run.message == first)
        try await expect("life_dequeue")
        fixture.clock.set(try GoldenVectors.named("life_extend_lease").date)
        #expect(try await broker.extendLeases(of: [run], in: "default") == [])
        try await expect("life_extend_lease")
        #expect(try await broker.done(run) == .written)
        try await expect("life_done")
        let other = try await fixture.taken().run
        #expect(other.message == second)
        #expect(try await broker.requeue(other) == .written)
        try await expect("life_requeue")
    }

    @Test func `items 22, 23 and 43: a failure, its forwarding, and a try that is no failure`() async throws {
        let message = try original(of: 111, in: "life_retry")
        fixture.clock.set(Date(timeIntervalSince1970: 1_893_456_000.123456))
        let run = try await fixture.running(message).run
        fixture.clock.set(try GoldenVectors.named("life_retry").date)
        let later = fixture.clock.now + 60
        #expect(try await broker.retry(run, at: later, error: "boom: é", isFailure: true) == .written)
        try await expect("life_retry")
        fixture.clock.set(try GoldenVectors.named("life_retry_forward").date)
        #expect(try await broker.forward(queue: "default") == 1)
        try await expect("life_retry_forward")
        let again = try await fixture.taken().run
        #expect(
            try await broker.retry(again, at: fixture.clock.now + 60, error: "not a failure", isFailure: false)
                == .written)
        try await expect("life_retry_nofailure")
    }

    @Test func `item 24: an archived task`() async throws {
        fixture.clock.set(try GoldenVectors.named("life_archive").date)
        let run = try await fixture.running(try original(of: 121, in: "life_archive")).run
        #expect(try await broker.archive(run, error: "gave up") == .written)
        try await expect("life_archive")
    }

    @Test func `items 21, 29 and 45: a completed task with its result, and its end`() async throws {
        let vector = try GoldenVectors.named("life_complete")
        var message = try original(of: 131, in: "life_complete")
        message.completedAtUnixSeconds = 0
        let run = try await fixture.running(message).run
        let results = vector.keys.compactMap { $0.fields?["result"]?.bytes }
        let result = try #require(results.first)
        #expect(try await broker.writeResult([1], of: run) == .written)
        #expect(try await broker.writeResult(result, of: run) == .written)
        fixture.clock.set(vector.date)
        #expect(try await broker.complete(run) == .written)
        try await expect("life_complete")
        #expect(try await broker.deleteExpiredCompleted(queue: "default", limit: 100) == 0)
        fixture.clock.set(try GoldenVectors.named("life_complete_expired").date)
        #expect(try await broker.deleteExpiredCompleted(queue: "default", limit: 100) == 1)
        try await expect("life_complete_expired")
    }

    @Test func `items 8 and 10: a unique task and its lock's release`() async throws {
        let vector = try GoldenVectors.named("life_unique")
        fixture.clock.set(vector.date)
        let message = try original(of: 141, in: "life_unique")
        #expect(try await broker.create(message, placement: .pending, uniqueFor: .seconds(3600)) == .created)
        try await expect("life_unique")
        #expect(try await broker.done(fixture.taken().run) == .written)
        try await expect("life_unique_done")
    }

    @Test func `items 6 and 43: a scheduled task and its forwarding`() async throws {
        fixture.clock.set(try GoldenVectors.named("life_scheduled").date)
        let message = try original(of: 151, in: "life_scheduled")
        let date = Date(timeIntervalSince1970: 1_893_456_060)
        #expect(try await broker.create(message, placement: .scheduled(at: date), uniqueFor: nil) == .created)
        try await expect("life_scheduled")
        #expect(try await broker.forward(queue: "default") == 0)
        fixture.clock.set(try GoldenVectors.named("life_scheduled_forward").date)
        #expect(try await broker.forward(queue: "default") == 1)
        try await expect("life_scheduled_forward")
    }

    @Test func `items 12 and 47: two tasks of a group, staged, and joined into one`() async throws {
        fixture.clock.set(Date(timeIntervalSince1970: 1_893_456_000.123456))
        for number in [161, 162] {
            let message = try original(of: number, in: "life_group")
            #expect(try await broker.create(message, placement: .group("g1"), uniqueFor: nil) == .created)
            fixture.clock.advance(by: 1)
        }
        try await expect("life_group")
        let vector = try GoldenVectors.named("life_group_set")
        fixture.clock.set(vector.date)
        let set = try #require(await broker.stageGroup("g1", in: "default", limits: .init(maxSize: 2)))
        let ours = "asynq:{default}:g:g1:\(set.id)"
        var stored = try await fixture.redis.client.storedKeys()
        // Go's set has another UUID.
        let staged = try vector.differences(from: stored) { expected in
            guard let golden = expected.keys.first(where: { $0.hasPrefix("asynq:{default}:g:g1:") }) else { return }
            #expect(golden.utf8.count == ours.utf8.count)
            expected[ours] = expected.removeValue(forKey: golden)
            expected["asynq:{default}:aggregation_sets"] = .sortedSet([Array(ours.utf8): 1_893_456_121])
        }
        #expect(staged == [])
        let joined = fixture.message(set.id)
        let outcome = try await broker.finish(
            set, members: broker.members(of: set), as: joined, placement: .pending, uniqueFor: nil)
        #expect(outcome == .joined)
        stored = try await fixture.redis.client.storedKeys()
        // Go enqueues the joined task in a step of its own, before this one (W20).
        #expect(stored.removeValue(forKey: "asynq:{default}:pending")?.value == .list([Array(set.id.utf8)]))
        #expect(stored.removeValue(forKey: "asynq:{default}:t:\(set.id)") != nil)
        #expect(try GoldenVectors.named("life_group_deleted").differences(from: stored) == [])
    }

    @Test func `items 49 and 50: a server's snapshot, and none after a clean stop`() async throws {
        let vector = try GoldenVectors.named("server_state")
        fixture.clock.set(vector.date)
        let info = try #require(vector.keys.first { $0.key.hasPrefix("asynq:servers:") }?.value)
        let running = try #require(vector.keys.first { $0.key.hasPrefix("asynq:workers:") }?.fields)
        try await broker.writeServerState(
            ServerInfo(decoding: info.bytes), workers: running.values.map { try WorkerInfo(decoding: $0.bytes) },
            worker: fixture.worker, liveness: .seconds(6))
        try await expect("server_state")
        try await broker.clearServerState(worker: fixture.worker)
        try await expect("server_state_cleared")
        #expect(try await fixture.redis.client.storedKeys().isEmpty)
    }

    private func expect(_ name: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let stored = try await fixture.redis.client.storedKeys()
        #expect(
            try GoldenVectors.named(name).differences(from: stored) == [], Comment(rawValue: name),
            sourceLocation: sourceLocation)
    }

    private func enqueue(last number: Int, of vector: String) async throws -> TaskMessage {
        fixture.clock.set(try GoldenVectors.named(vector).date)
        let message = try original(of: number, in: vector)
        #expect(try await broker.create(message, placement: .pending, uniqueFor: nil) == .created)
        return message
    }

    /// The vector's message as it was before any run.
    private func original(of number: Int, in vector: String) throws -> TaskMessage {
        let id = "00000000-0000-4000-8000-000000000\(number)"
        var message = try #require(GoldenVectors.named(vector).messages()[id])
        (message.retried, message.errorMessage, message.lastFailedAtUnixSeconds) = (0, "", 0)
        return message
    }
}
