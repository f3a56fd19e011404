import Foundation
import Redis
import TaskQueue

/// A fault planted in the worker: its handlers change Redis just as a worker would whose product has the fault.
///
/// The product itself has no switch for faults, and what it does afterwards finds its work done already.
package enum Sabotage: String, Sendable, CaseIterable {
    /// No fault.
    case none
    /// Success is written whether or not the run still owns its task.
    case fence
    /// Leases are never extended, although the worker believes it.
    case lease
    /// Success is counted and the task deleted, but its id stays in the active list.
    case removal
    /// The queue's limits are not looked at.
    case limits
    /// A workflow's step starts with the success of the first of its predecessors.
    case fanIn

    /// What a worker without the fence writes: the success of whoever holds the task, as long as somebody does.
    ///
    /// KEYS[1] `…:t:<id>` (HASH) · KEYS[2] `…:active` (LIST) · KEYS[3] `…:lease` (ZSET) · KEYS[4] `…:processed:<day>` ·
    /// KEYS[5] `…:processed` (STRING)
    /// ARGV[1] id · ARGV[2] the day's life, seconds
    ///
    /// Returns 1, or 0 when the task is not active. Source: our `done` without its fence.
    private static let unfencedDone = LuaScript(
        name: "unfenced done",
        """
        if redis.call('LREM', KEYS[2], -1, ARGV[1]) == 0 then return 0 end
        redis.call('ZREM', KEYS[3], ARGV[1])
        local lock = redis.call('HGET', KEYS[1], 'unique_key')
        if lock and redis.call('GET', lock) == ARGV[1] then redis.call('DEL', lock) end
        redis.call('DEL', KEYS[1])
        if redis.call('INCR', KEYS[4]) == 1 then redis.call('EXPIRE', KEYS[4], ARGV[2]) end
        redis.call('INCR', KEYS[5])
        return 1
        """)

    /// What a worker writes that forgets to take the task out of its list; keys, arguments and source as above.
    private static let doneWithoutRemoval = LuaScript(
        name: "done without removal",
        """
        if redis.call('DEL', KEYS[1]) == 0 then return 0 end
        if redis.call('INCR', KEYS[4]) == 1 then redis.call('EXPIRE', KEYS[4], ARGV[2]) end
        redis.call('INCR', KEYS[5])
        return 1
        """)

    /// Puts a lease back to where it was.
    ///
    /// KEYS[1] `…:t:<id>` (HASH) · KEYS[2] `…:lease` (ZSET)
    /// ARGV[1] the lease's end as it was, Unix seconds · ARGV[2] id
    ///
    /// Returns 1. The lease in the owner's field goes back too, so that the run stays the owner. Source: ours.
    private static let resetLease = LuaScript(
        name: "reset lease",
        """
        redis.call('ZADD', KEYS[2], 'XX', ARGV[1], ARGV[2])
        local owner, _, deliveries = string.match(redis.call('HGET', KEYS[1], 'schedcu:owner') or '', '^(.*)|(%d+)|(%d+)$')
        if owner then
          redis.call('HSET', KEYS[1], 'schedcu:owner', owner .. '|' .. ARGV[1] .. '|' .. deliveries)
        end
        return 1
        """)

    private static let statsSeconds = 90 * 86_400
    private static let leaseResetInterval = Duration.milliseconds(10)

    /// Keeps the run's lease where it was until the task is cancelled; does nothing but for ``lease``.
    func holdLease(of id: String, in queue: String, client: RedisClient) async {
        guard self == .lease else { return }
        let keys = RedisKeys(queue: queue)
        var first: String?
        while !Task.isCancelled {
            // Redis may be away; the next turn tries again.
            if let first {
                _ = try? await client.evaluate(
                    Self.resetLease, keys: [keys.task(id), keys.lease], arguments: [.string(first), .string(id)])
            } else {
                first = try? await client.send("ZSCORE", .string(keys.lease), .string(id)).string()
            }
            try? await Task.sleep(for: Self.leaseResetInterval)
        }
    }

    /// Takes the queue's limits away, so that this worker keeps to none; does nothing but for ``limits``.
    func ignoreLimits(of queue: String, client: RedisClient) async throws {
        guard self == .limits else { return }
        try await client.send("DEL", .string(RedisKeys(queue: queue).limits))
    }

    /// Has the steps after this one wait for nobody else; does nothing but for ``fanIn``.
    func forgetPredecessors(of step: StepContext, in queue: String, client: RedisClient) async {
        guard self == .fanIn else { return }
        let flow = RedisArgument.string(RedisKeys(queue: queue).workflow(step.workflowID))
        // A write that fails leaves the workflow as it is.
        let next = try? await client.send("HGET", flow, .string("next:\(step.name)")).optionalBytes()
        for name in String(decoding: (next ?? nil) ?? [], as: UTF8.self).split(separator: " ") {
            let waits = RedisArgument.string("waits:\(name)")
            if let count = try? await client.send("HEXISTS", flow, waits).integer(), count == 1 {
                _ = try? await client.send("HSET", flow, waits, 1)
            }
        }
    }

    /// Writes the success of a run as a worker with the fault would; does nothing but for ``fence`` and ``removal``.
    func writeSuccess(of id: String, in queue: String, client: RedisClient) async {
        let script: LuaScript
        switch self {
        case .none, .lease, .limits, .fanIn: return
        case .fence: script = Self.unfencedDone
        case .removal: script = Self.doneWithoutRemoval
        }
        let keys = RedisKeys(queue: queue)
        // A write that fails leaves the success to the product.
        _ = try? await client.evaluate(
            script,
            keys: [keys.task(id), keys.active, keys.lease, keys.processed(on: UTCDay(Date())), keys.processedTotal],
            arguments: [.string(id), .int(Self.statsSeconds)])
    }
}
