import Logging
import Redis

/// Active tasks without a lease, which no recovery by leases would ever find (W10).
///
/// Every script, asynq's too, changes both in one step, so such a task is a fault whenever it is seen, and nobody's step is
/// disturbed. It gets a lease again; what comes then is the ordinary rescue or recovery, which knows the living from the dead.
extension RedisBroker {
    /// How many active tasks one call looks at: it holds Redis up for less than a millisecond.
    private static let lostLeasePage = 1000

    /// Gives active tasks that have lost their lease a new one, and drops ids whose task is gone.
    func giveLostLeases(in queues: [String]) async throws {
        var pages = queues.map { (queue: $0, offset: 0) }
        while !pages.isEmpty {
            let moment = UnixTime.seconds(now)
            let replies = try await client.evaluate(
                BrokerScripts.giveLostLeases,
                batch: pages.map { queue, offset in
                    let keys = RedisKeys(queue: queue)
                    let arguments: [RedisArgument] = [
                        .string(keys.taskPrefix), .int(offset), .int(Self.lostLeasePage), .integer(moment),
                        .integer(Self.leaseSeconds),
                    ]
                    return ([keys.active, keys.lease], arguments)
                })
            var next: [(queue: String, offset: Int)] = []
            for (page, reply) in zip(pages, replies) {
                guard let parts = try sparing(page.queue, { try reply.array() }), parts.count == 3 else { continue }
                let (leased, dropped) = (try parts[1].integer(), try parts[2].integer())
                if leased + dropped > 0 {
                    logger.warning(
                        "active tasks had no lease; those that still exist have one now and are recovered when it ends",
                        metadata: ["queue": "\(page.queue)", "leased": "\(leased)", "dropped": "\(dropped)"])
                }
                let offset = Int(try parts[0].integer())
                if offset > 0 { next.append((page.queue, offset)) }
            }
            pages = next
        }
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
    /// how many ids were dropped because they have no task. Where every active task has a lease, the two numbers of entries
    /// are equal, and nothing more is looked at.
    ///
    /// The lease is the one that the owner wrote last, so that it is the owner's again and a living owner goes on; but only
    /// while no Go worker can have recovered the task and taken it since (30 s after that lease's end), leaving our fields. Else
    /// it is a new one: whoever has the task extends it, Go's workers too, and otherwise it ends. Source: ours.
    static let giveLostLeases = LuaScript(
        name: "give lost leases",
        owner + """
            local active = redis.call('LLEN', KEYS[1])
            if active == redis.call('ZCARD', KEYS[2]) then return {0, 0, 0} end
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
