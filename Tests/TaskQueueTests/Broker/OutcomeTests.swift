import Foundation
import Redis
import RedisTestSupport
import TaskQueue
import Testing

@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct OutcomeTests {
    let fixture: BrokerFixture
    let broker: RedisBroker
    let archived: RedisArgument = "asynq:{default}:archived"
    let lock = "asynq:{default}:unique:t:test:x"

    init() throws {
        fixture = try BrokerFixture()
        broker = fixture.broker
    }

    @Test func `item 10: the lock stays through retries, whatever they count as, with its end where it was`()
        async throws
    {
        var run = try await fixture.running(fixture.message("1", uniqueKey: lock), uniqueFor: .seconds(1000)).run
        let end = try await fixture.integer("PEXPIRETIME", .string(lock))
        #expect(end > 0)
        for isFailure in [true, false, true] {
            let write = try await broker.retry(run, at: fixture.clock.now, error: "e", isFailure: isFailure)
            #expect(write == .written)
            try await expectLock(heldUntil: end)
            fixture.clock.advance(by: 1)
            #expect(try await broker.forward(queue: "default") == 1)
            run = try await fixture.taken().run
            try await expectLock(heldUntil: end)
        }
        #expect(try await broker.done(run) == .written)
        #expect(try await fixture.integer("EXISTS", .string(lock)) == 0)
    }

    @Test func `item 10: the lock stays when its task is archived or given back, with its end where it was`()
        async throws
    {
        let run = try await fixture.running(fixture.message("1", uniqueKey: lock), uniqueFor: .seconds(1000)).run
        let end = try await fixture.integer("PEXPIRETIME", .string(lock))
        #expect(try await broker.requeue(run) == .written)
        try await expectLock(heldUntil: end)
        #expect(try await broker.archive(fixture.taken().run, error: "e") == .written)
        try await expectLock(heldUntil: end)
    }

    private func expectLock(heldUntil end: Int, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let holder = try await fixture.send("GET", .string(lock))
        #expect(holder == .bulk(Array("1".utf8)), sourceLocation: sourceLocation)
        #expect(try await fixture.integer("PEXPIRETIME", .string(lock)) == end, sourceLocation: sourceLocation)
    }

    @Test func `item 11: another task's lock is not released`() async throws {
        let key = "asynq:{default}:unique:t:test:x"
        let run = try await fixture.running(fixture.message("1", uniqueKey: key), uniqueFor: .seconds(60)).run
        _ = try await fixture.send("SET", .string(key), "2")
        #expect(try await broker.done(run) == .written)
        #expect(try await fixture.send("GET", .string(key)) == .bulk(Array("2".utf8)))
    }

    @Test func `item 48: daily counters are of the UTC day and live 90 days`() async throws {
        let first = try await fixture.running(fixture.message("1")).run
        _ = try await broker.create(fixture.message("2"), placement: .pending, uniqueFor: nil)
        // In the future, because Redis deletes at once what has expired; over a leap day, which is easily got wrong.
        fixture.clock.set(Date(timeIntervalSince1970: 3_981_311_999))  // 2096-02-28 23:59:59
        #expect(try await broker.done(first) == .written)
        fixture.clock.advance(by: 1)
        #expect(try await broker.archive(fixture.taken().run, error: "e") == .written)
        let keys = try await fixture.strings("KEYS", "asynq:{default}:*:20*").sorted()
        #expect(
            keys == [
                "asynq:{default}:failed:2096-02-29", "asynq:{default}:processed:2096-02-28",
                "asynq:{default}:processed:2096-02-29",
            ])
        let expiry = try await fixture.integer("EXPIRETIME", "asynq:{default}:failed:2096-02-29")
        #expect(expiry == 3_981_312_000 + 90 * 86_400)
        #expect(try await fixture.send("GET", "asynq:{default}:processed").integer() == 2)
        #expect(try await fixture.send("GET", "asynq:{default}:failed").integer() == 1)
    }

    @Test func `the totals start again at 1 when they are full`() async throws {
        _ = try await fixture.send("SET", "asynq:{default}:processed", "9223372036854775807")
        _ = try await fixture.send("SET", "asynq:{default}:failed", 7)
        let run = try await fixture.running(fixture.message("1")).run
        #expect(try await broker.retry(run, at: fixture.clock.now, error: "e", isFailure: true) == .written)
        #expect(try await fixture.send("GET", "asynq:{default}:processed").integer() == 1)
        #expect(try await fixture.send("GET", "asynq:{default}:failed").integer() == 1)
        _ = try await fixture.send("SET", "asynq:{default}:processed", "9223372036854775807")
        #expect(try await broker.forward(queue: "default") == 1)
        #expect(try await broker.done(fixture.taken().run) == .written)
        #expect(try await fixture.send("GET", "asynq:{default}:processed").integer() == 1)
    }

    @Test func `item 46: the 10,000th archived task leaves the 9999 newest and no orphan`() async throws {
        try await fill(10_004, from: 1_893_400_000)
        let run = try await fixture.running(fixture.message("new")).run
        #expect(try await broker.archive(run, error: "e") == .written)
        #expect(try await fixture.integer("ZCARD", archived) == 9999)
        #expect(try await fixture.strings("ZRANGE", archived, 0, 0) == ["old-6"])
        #expect(try await fixture.strings("ZRANGE", archived, -1, -1) == ["new"])
        #expect(try await fixture.strings("KEYS", "asynq:{default}:t:*").count == 9999)
        #expect(try await fixture.integer("EXISTS", "asynq:{default}:t:old-5") == 0)
    }

    @Test func `item 46, W5: 9000 archived tasks that expire together go with their hashes, a bounded number a call`()
        async throws
    {
        try await fill(9000, from: 1_500_000_000)
        let run = try await fixture.running(fixture.message("new")).run
        #expect(try await broker.archive(run, error: "e") == .written)
        #expect(try await fixture.field("state", of: "new") == "archived")
        #expect(try await fixture.integer("ZCARD", archived) == 8901)
        while try await broker.trimArchive(queue: "default", limit: 100) > 0 {}
        #expect(try await fixture.strings("ZRANGE", archived, 0, -1) == ["new"])
        #expect(try await fixture.strings("KEYS", "asynq:{default}:t:*") == ["asynq:{default}:t:new"])
    }

    /// Archived tasks `old-0`… with ascending scores.
    private func fill(_ count: Int, from score: Int) async throws {
        let replies = try await fixture.redis.client.pipeline(
            (0..<count).flatMap { number in
                [
                    RedisCommand("ZADD", [archived, .int(score + number), .string("old-\(number)")]),
                    RedisCommand("HSET", [.string("asynq:{default}:t:old-\(number)"), "state", "archived"]),
                ]
            })
        #expect(replies.allSatisfy { $0 == .integer(1) })
    }
}
