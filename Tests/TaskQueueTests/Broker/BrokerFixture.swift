import ConcurrencySupport
import Foundation
import Redis
import RedisTestSupport
import TaskQueue
import Testing

/// A broker on the test's own database, with a clock that the test turns.
struct BrokerFixture {
    let redis: TestRedis
    let clock: BrokerClock
    let broker: RedisBroker
    let worker = WorkerIdentity(host: "host-1", pid: 4242, serverID: "11111111-2222-4333-8444-555555555555")

    init() throws {
        redis = try #require(RedisDatabaseTrait.current)
        clock = BrokerClock()
        broker = RedisBroker(
            client: redis.client, blockingClientConfiguration: redis.configuration, clock: { [clock] in clock.now },
            logger: redis.logger)
    }

    /// A message with what asynq's producers set always.
    func message(
        _ id: String, queue: String = "default", retention: Int64 = 0, uniqueKey: String = "", group: String = ""
    ) -> TaskMessage {
        TaskMessage(
            type: "t:test", payload: [1, 0, 255], id: id, queue: queue, maxRetry: 25, timeoutSeconds: 1800,
            uniqueKey: uniqueKey, retentionSeconds: retention, groupKey: group)
    }

    /// Creates a pending task and takes it.
    func running(_ message: TaskMessage, uniqueFor: Duration? = nil) async throws -> DequeuedTask {
        #expect(try await broker.create(message, placement: .pending, uniqueFor: uniqueFor) == .created)
        return try await taken(from: message.queue)
    }

    /// Takes the one task that is next.
    func taken(from queue: String = "default") async throws -> DequeuedTask {
        try #require(await broker.dequeue(from: [queue], limit: 1, worker: worker).first)
    }

    func send(_ name: String, _ arguments: RedisArgument...) async throws -> RedisReply {
        try await redis.client.send(RedisCommand(name, arguments))
    }

    func strings(_ name: String, _ arguments: RedisArgument...) async throws -> [String] {
        try await redis.client.send(RedisCommand(name, arguments)).array().map { try $0.string() }
    }

    func integer(_ name: String, _ arguments: RedisArgument...) async throws -> Int {
        Int(try await redis.client.send(RedisCommand(name, arguments)).integer())
    }

    func field(_ name: String, of id: String, queue: String = "default") async throws -> String? {
        try await redis.client.send("HGET", .string("asynq:{\(queue)}:t:\(id)"), .string(name)).optionalBytes()
            .map { String(decoding: $0, as: UTF8.self) }
    }

    func storedMessage(_ id: String, queue: String = "default") async throws -> TaskMessage {
        try TaskMessage(
            decoding: await redis.client.send("HGET", .string("asynq:{\(queue)}:t:\(id)"), "msg").bytes())
    }
}

/// The time, as the test says it is; 2030-01-01 at first.
final class BrokerClock: Sendable {
    private let moment = LockedValue(Date(timeIntervalSince1970: 1_893_456_000.123456789))

    var now: Date { moment.withLock { $0 } }

    func set(_ date: Date) { moment.withLock { $0 = date } }

    func advance(by seconds: TimeInterval) { moment.withLock { $0 += seconds } }
}
