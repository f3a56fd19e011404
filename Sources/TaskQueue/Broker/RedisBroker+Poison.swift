import Foundation
import Redis

extension RedisBroker {
    package func restoreFromPoison(_ run: TaskRun, reason: String) async throws -> OutcomeWrite {
        let keys = RedisKeys(queue: run.message.queue)
        let task = keys.task(run.message.id)
        guard let stored = try await client.send("HGET", .string(task), "msg").optionalBytes(),
            let message = try? TaskMessage(decoding: stored), message.errorMessage == reason
        else { return .superseded }
        let reply = try await client.evaluate(
            BrokerScripts.restoreFromPoison, keys: [task, keys.archived, keys.pending],
            arguments: [
                .string(run.message.id), .string(run.owner ?? ""), .bytes(stored), .bytes(run.encodedMessage),
                .integer(UnixTime.nanoseconds(now)),
            ])
        return try reply.integer() == 1 ? .written : .superseded
    }
}

extension BrokerScripts {
    /// Undoes the archiving of a task that ran alone, for the worker that ran it and lives.
    ///
    /// KEYS[1] `…:t:<id>` (HASH) · KEYS[2] `…:archived` (ZSET) · KEYS[3] `…:pending` (LIST)
    /// ARGV[1] id · ARGV[2] owner of the run · ARGV[3] message as archived · ARGV[4] message as taken · ARGV[5] now, Unix
    /// nanoseconds
    ///
    /// Returns 1: the task is the next to be taken, and runs alone again. 0 and no change when anybody has touched it since, or
    /// when its unique lock went with the archiving.
    /// The counters keep the archiving, as when a tool runs an archived task again. Source: ours (I8).
    static let restoreFromPoison = LuaScript(
        name: "restore from poison",
        adding + """
            local held = redis.pcall('HMGET', KEYS[1], '\(TaskField.alone)', 'state', 'msg', '\(TaskField.options)')
            if held.err or held[1] ~= ARGV[2] or held[2] ~= 'archived' or held[3] ~= ARGV[3] then return 0 end
            -- Its lock went with the archiving, and its like may have been enqueued.
            if string.find(held[4] or '', ';u;', 1, true) then return 0 end
            redis.call('LLEN', KEYS[3])
            if redis.call('ZREM', KEYS[2], ARGV[1]) == 0 then return 0 end
            redis.call('HSET', KEYS[1], 'msg', ARGV[4], 'state', 'pending', 'pending_since', ARGV[5])
            give_back(KEYS[3], ARGV[1])
            return 1
            """)
}
