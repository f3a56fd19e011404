import Foundation
import Redis
import TaskQueue

/// Tasks laid down key by key, as Go's asynq lays them (spec 2.3 and 3.1), without our client and what it does beside.
enum ForeignTasks {
    /// Creates a pending task.
    ///
    /// KEYS[1] `…:t:<id>` (HASH) · KEYS[2] `…:pending` (LIST) · ARGV[1] message · ARGV[2] id · ARGV[3] now, Unix nanoseconds
    ///
    /// Returns 1, or 0 when the id is taken. Source: spec 3.1, enqueue.
    private static let enqueue = LuaScript(
        name: "foreign enqueue",
        """
        local id_is_taken = redis.call('EXISTS', KEYS[1])
        if id_is_taken == 0 then
          redis.call('HSET', KEYS[1], 'msg', ARGV[1], 'state', 'pending', 'pending_since', ARGV[3])
          redis.call('LPUSH', KEYS[2], ARGV[2])
        end
        return 1 - id_is_taken
        """)

    /// Creates a scheduled task.
    ///
    /// KEYS[1] `…:t:<id>` (HASH) · KEYS[2] `…:scheduled` (ZSET) · ARGV[1] message · ARGV[2] id · ARGV[3] its moment, Unix
    /// seconds
    ///
    /// Returns 1, or 0 when the id is taken. Source: spec 3.1, schedule.
    private static let schedule = LuaScript(
        name: "foreign schedule",
        """
        local id_is_taken = redis.call('EXISTS', KEYS[1])
        if id_is_taken == 0 then
          redis.call('HSET', KEYS[1], 'msg', ARGV[1], 'state', 'scheduled')
          redis.call('ZADD', KEYS[2], ARGV[3], ARGV[2])
        end
        return 1 - id_is_taken
        """)

    /// Lists queues, as asynq's client does before the first task of each.
    static func list(_ queues: [String], _ redis: RedisClient) async throws {
        try await redis.send(RedisCommand("SADD", [.string(RedisKeys.queues)] + queues.map { .string($0) }))
    }

    /// Creates a task: pending, or scheduled for a Unix second.
    static func create(
        type: String, payload: [UInt8], in queue: String, second: Int64?, _ redis: RedisClient
    ) async throws {
        let keys = RedisKeys(queue: queue)
        let message = message(type: type, queue: queue, payload: payload)
        let bytes = RedisArgument.bytes(try message.encoded())
        let id = RedisArgument.string(message.id)
        let reply =
            if let second {
                try await redis.evaluate(
                    schedule, keys: [keys.task(message.id), keys.scheduled], arguments: [bytes, id, .integer(second)])
            } else {
                try await redis.evaluate(
                    enqueue, keys: [keys.task(message.id), keys.pending],
                    arguments: [bytes, id, .integer(ProcessFigures.unixNanoseconds)])
            }
        guard try reply.integer() == 1 else { throw BenchFailure("a random task id was taken") }
    }

    /// Lays down tasks that another worker runs, under leases that stand for an hour.
    ///
    /// They are older than whatever is taken later, so they stay at the right end of the list, as long-running tasks do.
    static func activate(_ count: Int, in queue: String, _ redis: RedisClient) async throws {
        let keys = RedisKeys(queue: queue)
        let leaseEnd = Int64(Date().timeIntervalSince1970) + 3600
        for _ in 0..<count {
            let message = message(type: BenchOptions.taskType, queue: queue, payload: [])
            let bytes = try message.encoded()
            _ = try await redis.pipeline([
                RedisCommand("HSET", [.string(keys.task(message.id)), "msg", .bytes(bytes), "state", "active"]),
                RedisCommand("LPUSH", [.string(keys.active), .string(message.id)]),
                RedisCommand("ZADD", [.string(keys.lease), .integer(leaseEnd), .string(message.id)]),
            ])
        }
    }

    /// A task as asynq's client composes it when no option is given.
    private static func message(type: String, queue: String, payload: [UInt8]) -> TaskMessage {
        TaskMessage(
            type: type, payload: payload, id: UUID().uuidString.lowercased(), queue: queue, maxRetry: 25,
            timeoutSeconds: 1800)
    }
}
