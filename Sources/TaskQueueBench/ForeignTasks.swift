import Foundation
import Redis
import TaskQueue

/// Tasks laid down key by key, as Go's asynq lays them (spec 2.3 and 3.1), without our client.
enum ForeignTasks {
    /// Lays down tasks that another worker runs, under leases that stand for an hour.
    ///
    /// They are older than whatever is taken later, so they stay at the right end of the list, as long-running tasks do.
    static func activate(_ count: Int, in queue: String, _ redis: RedisClient) async throws {
        let keys = RedisKeys(queue: queue)
        let leaseEnd = Int64(Date().timeIntervalSince1970) + 3600
        for number in 0..<count {
            let message = message(queue: queue, payload: [])
            let bytes = try message.encoded()
            _ = try await redis.pipeline([
                RedisCommand("HSET", [.string(keys.task(message.id)), "msg", .bytes(bytes), "state", "active"]),
                RedisCommand("LPUSH", [.string(keys.active), .string(message.id)]),
                RedisCommand("ZADD", [.string(keys.lease), .integer(leaseEnd + Int64(number)), .string(message.id)]),
            ])
        }
    }

    /// A task as asynq's client composes it when no option is given.
    static func message(queue: String, payload: [UInt8]) -> TaskMessage {
        TaskMessage(
            type: BenchOptions.taskType, payload: payload, id: UUID().uuidString.lowercased(), queue: queue,
            maxRetry: 25, timeoutSeconds: 1800)
    }
}
