import Logging
import Redis

/// Active tasks without a lease, which no recovery by leases would ever find (W10).
///
/// Every script, asynq's too, changes both in one step, so such a task is a fault whenever it is seen, and nobody's step is
/// disturbed. It gets a lease again; what comes then is the ordinary rescue or recovery, which knows the living from the dead.
/// The look belongs to the recovery's, once a minute and not once a second: the fault is rare, and all active tasks are read.
extension RedisBroker {
    /// How many active tasks one call looks at: it holds Redis up for less than a millisecond.
    private static let lostLeasePage = 1000

    /// Gives active tasks that have lost their lease a new one, and drops ids whose task is gone.
    func giveLostLeases(in queue: String) async throws {
        let keys = RedisKeys(queue: queue)
        var offset = 0
        repeat {
            let reply = try await client.evaluate(
                BrokerScripts.giveLostLeases, keys: [keys.active, keys.lease],
                arguments: [
                    .string(keys.taskPrefix), .int(offset), .int(Self.lostLeasePage),
                    .integer(UnixTime.seconds(now)), .integer(Self.leaseSeconds),
                ])
            let parts = try reply.array()
            guard parts.count == 3 else { return }
            let (leased, dropped) = (try parts[1].integer(), try parts[2].integer())
            if leased + dropped > 0 {
                logger.warning(
                    "active tasks had no lease; those that still exist have one now and are recovered when it ends",
                    metadata: ["queue": "\(queue)", "leased": "\(leased)", "dropped": "\(dropped)"])
            }
            offset = Int(try parts[0].integer())
        } while offset > 0
    }
}

extension BrokerScripts {
    /// Looks at a page of active tasks, the oldest first, and mends those without a lease.
    ///
    /// KEYS[1] `…:active` (LIST) · KEYS[2] `…:lease` (ZSET)
    /// ARGV[1] task key prefix · ARGV[2] how many of the list's tail are to be passed over · ARGV[3] how many to look at ·
    /// ARGV[4] now, Unix seconds · ARGV[5] how long a lease lasts, seconds
    ///
    /// Returns how many of the list's tail the next page is to pass over, or 0 when there is none; how many tasks got a lease; and
    /// how many ids were dropped because they have no task.
    ///
    /// The lease is the one that the owner wrote last, so that it is the owner's again and a living owner goes on; but only
    /// while no Go worker can have recovered the task and taken it since (30 s after that lease's end), leaving our fields. Else
    /// it is a new one: whoever has the task extends it, Go's workers too, and otherwise it ends. Source: ours.
    static let giveLostLeases = LuaScript(
        name: "give lost leases",
        owner + """
            local active = redis.call('LLEN', KEYS[1])
            local first, count, now = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
            local leased, dropped = 0, 0
            for _, id in ipairs(redis.call('LRANGE', KEYS[1], -first - count, -first - 1)) do
              if not redis.call('ZSCORE', KEYS[2], id) then
                local held = redis.pcall('HMGET', ARGV[1] .. id, '\(TaskField.owner)', 'msg')
                if held.err or not held[2] then
                  dropped = dropped + redis.call('LREM', KEYS[1], -1, id)
                else
                  local _, lease = owner_parts(held[1])
                  if not lease or now >= tonumber(lease) + tonumber(ARGV[5]) then lease = now + ARGV[5] end
                  redis.call('ZADD', KEYS[2], lease, id)
                  leased = leased + 1
                end
              end
            end
            if first + count >= active then return {0, leased, dropped} end
            return {first + count - dropped, leased, dropped}
            """)
}
