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

    @Test func `W11: a queue that was removed is listed again within a minute`() async throws {
        #expect(try await broker.create(fixture.message("1"), placement: .pending, uniqueFor: nil) == .created)
        #expect(try await broker.queueNames() == ["default"])
        _ = try await fixture.send("SREM", "asynq:queues", "default")
        fixture.clock.advance(by: 61)
        #expect(try await broker.create(fixture.message("2"), placement: .pending, uniqueFor: nil) == .created)
        #expect(try await broker.queueNames() == ["default"])
    }
}
