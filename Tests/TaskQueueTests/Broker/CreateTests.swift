import Foundation
import Redis
import RedisTestSupport
import TaskQueue
import Testing

@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct CreateTests {
    let fixture: BrokerFixture
    let broker: RedisBroker

    init() throws {
        fixture = try BrokerFixture()
        broker = fixture.broker
    }

    @Test(arguments: TaskState.allCases)
    func `item 7: a taken id is refused whatever state its holder is in`(state: TaskState) async throws {
        _ = try await fixture.send("HSET", "asynq:{default}:t:1", "msg", "x", "state", .string(state.rawValue))
        let placements: [TaskPlacement] = [.pending, .scheduled(at: fixture.clock.now + 60), .group("g")]
        for placement in placements {
            let outcome = try await broker.create(fixture.message("1"), placement: placement, uniqueFor: nil)
            #expect(outcome == .taskIDConflict)
        }
        #expect(try await fixture.integer("DBSIZE") == 2)
    }

    @Test func `W6: a task refused for its id leaves no lock`() async throws {
        #expect(try await broker.create(fixture.message("1"), placement: .pending, uniqueFor: nil) == .created)
        let locking = fixture.message("1", uniqueKey: "asynq:{default}:unique:a:b")
        #expect(try await broker.create(locking, placement: .pending, uniqueFor: .seconds(60)) == .taskIDConflict)
        #expect(try await fixture.integer("EXISTS", "asynq:{default}:unique:a:b") == 0)
    }

    @Test func `item 8: a second task with the same lock is a duplicate until the first is done`() async throws {
        let key = UniqueKey.key(queue: "default", type: "t:test", payload: [1])
        let first = try await fixture.running(fixture.message("1", uniqueKey: key), uniqueFor: .seconds(60))
        let second = fixture.message("2", uniqueKey: key)
        #expect(try await broker.create(second, placement: .pending, uniqueFor: .seconds(60)) == .duplicate)
        #expect(try await fixture.integer("EXISTS", "asynq:{default}:t:2") == 0)
        #expect(try await broker.done(first.run) == .written)
        #expect(try await broker.create(second, placement: .pending, uniqueFor: .seconds(60)) == .created)
    }

    @Test func `W11: a queue that was removed is listed again within a minute`() async throws {
        #expect(try await broker.create(fixture.message("1"), placement: .pending, uniqueFor: nil) == .created)
        #expect(try await broker.queueNames() == ["default"])
        _ = try await fixture.send("SREM", "asynq:queues", "default")
        fixture.clock.advance(by: 61)
        #expect(try await broker.create(fixture.message("2"), placement: .pending, uniqueFor: nil) == .created)
        #expect(try await broker.queueNames() == ["default"])
    }

    @Test func `W19: a scheduled task's score is rounded up to a whole second, so that it never runs early`()
        async throws
    {
        let date = Date(timeIntervalSince1970: 1_893_456_100.001)
        #expect(
            try await broker.create(fixture.message("1"), placement: .scheduled(at: date), uniqueFor: nil) == .created)
        let scored = try await fixture.strings("ZRANGE", "asynq:{default}:scheduled", 0, -1, "WITHSCORES")
        #expect(scored == ["1", "1893456101"])
        fixture.clock.set(Date(timeIntervalSince1970: 1_893_456_100.9))
        #expect(try await broker.forward(queue: "default") == 0)
        fixture.clock.set(Date(timeIntervalSince1970: 1_893_456_101))
        #expect(try await broker.forward(queue: "default") == 1)
    }

    @Test func `item 16: a batch over several queues lists each and tells each outcome`() async throws {
        let outcomes = try await broker.create(batch: [
            (fixture.message("1", queue: "a"), .pending, nil), (fixture.message("1", queue: "b"), .group("g"), nil),
            (fixture.message("1", queue: "a"), .scheduled(at: fixture.clock.now + 9), nil),
        ])
        #expect(outcomes == [.created, .created, .taskIDConflict])
        #expect(try await broker.queueNames() == ["a", "b"])
        #expect(try await broker.create(batch: []) == [])
    }
}
