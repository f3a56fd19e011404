import Redis

/// The steps of asynq-wire 3.1 to 3.3, written from the specification's words for tests alone: what a Go producer or worker
/// does to the keys.
enum GoScripts {
    /// Creates a pending task.
    ///
    /// KEYS[1] task · KEYS[2] pending. ARGV message, id, now ns. Returns 1, or 0 when the id is taken.
    static let enqueue = LuaScript(
        name: "go-enqueue",
        """
        if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
        redis.call('HSET', KEYS[1], 'msg', ARGV[1], 'state', 'pending', 'pending_since', ARGV[3])
        redis.call('LPUSH', KEYS[2], ARGV[2])
        return 1
        """)

    /// Creates a pending task that takes a lock.
    ///
    /// KEYS lock, task, pending. ARGV id, lock seconds, message, now ns. Returns 1, 0 or -1 for a held lock.
    static let enqueueUnique = LuaScript(
        name: "go-enqueue-unique",
        """
        if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) then return -1 end
        if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
        redis.call('HSET', KEYS[2], 'msg', ARGV[3], 'state', 'pending', 'pending_since', ARGV[4], 'unique_key', KEYS[1])
        redis.call('LPUSH', KEYS[3], ARGV[1])
        return 1
        """)

    /// Creates a task for later.
    ///
    /// KEYS task, scheduled. ARGV message, process-at s, id. Returns 1, or 0 when the id is taken.
    static let schedule = LuaScript(
        name: "go-schedule",
        """
        if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
        redis.call('HSET', KEYS[1], 'msg', ARGV[1], 'state', 'scheduled')
        redis.call('ZADD', KEYS[2], ARGV[2], ARGV[3])
        return 1
        """)

    /// Creates a task of a group.
    ///
    /// KEYS task, group zset, groups. ARGV message, id, now s, group. Returns 1, or 0 when the id is taken.
    static let addToGroup = LuaScript(
        name: "go-add-to-group",
        """
        if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
        redis.call('HSET', KEYS[1], 'msg', ARGV[1], 'state', 'aggregating', 'group', ARGV[4])
        redis.call('ZADD', KEYS[2], ARGV[3], ARGV[2])
        redis.call('SADD', KEYS[3], ARGV[4])
        return 1
        """)

    /// Takes the next task.
    ///
    /// KEYS pending, paused, active, lease. ARGV lease expiry s, task prefix. Returns the message or nil.
    static let dequeue = LuaScript(
        name: "go-dequeue",
        """
        if redis.call('EXISTS', KEYS[2]) == 1 then return nil end
        local id = redis.call('RPOPLPUSH', KEYS[1], KEYS[3])
        if not id then return nil end
        local task = ARGV[2] .. id
        redis.call('HSET', task, 'state', 'active')
        redis.call('HDEL', task, 'pending_since')
        redis.call('ZADD', KEYS[4], ARGV[1], id)
        return redis.call('HGET', task, 'msg')
        """)

    /// Ends a task.
    ///
    /// KEYS active, lease, task, processed:day, processed, lock (or none). ARGV id, stats expiry s.
    static let done = LuaScript(
        name: "go-done",
        """
        if redis.call('LREM', KEYS[1], 0, ARGV[1]) == 0 then return redis.error_reply('NOT FOUND') end
        if redis.call('ZREM', KEYS[2], ARGV[1]) == 0 then return redis.error_reply('NOT FOUND') end
        if redis.call('DEL', KEYS[3]) == 0 then return redis.error_reply('NOT FOUND') end
        if redis.call('INCR', KEYS[4]) == 1 then redis.call('EXPIREAT', KEYS[4], ARGV[2]) end
        redis.call('INCR', KEYS[5])
        if KEYS[6] and redis.call('GET', KEYS[6]) == ARGV[1] then redis.call('DEL', KEYS[6]) end
        return redis.status_reply('OK')
        """)

    /// Ends a task that is kept.
    ///
    /// KEYS active, lease, completed, task, processed:day, processed, lock (or none).
    /// ARGV id, stats expiry s, end of retention s, message.
    static let complete = LuaScript(
        name: "go-complete",
        """
        if redis.call('LREM', KEYS[1], 0, ARGV[1]) == 0 then return redis.error_reply('NOT FOUND') end
        if redis.call('ZREM', KEYS[2], ARGV[1]) == 0 then return redis.error_reply('NOT FOUND') end
        if redis.call('ZADD', KEYS[3], ARGV[3], ARGV[1]) ~= 1 then return redis.error_reply('INTERNAL') end
        redis.call('HSET', KEYS[4], 'msg', ARGV[4], 'state', 'completed')
        if redis.call('INCR', KEYS[5]) == 1 then redis.call('EXPIREAT', KEYS[5], ARGV[2]) end
        redis.call('INCR', KEYS[6])
        if KEYS[7] and redis.call('GET', KEYS[7]) == ARGV[1] then redis.call('DEL', KEYS[7]) end
        return redis.status_reply('OK')
        """)

    /// Gives a task back.
    ///
    /// KEYS active, lease, pending, task. ARGV id.
    static let requeue = LuaScript(
        name: "go-requeue",
        """
        if redis.call('LREM', KEYS[1], 0, ARGV[1]) == 0 then return redis.error_reply('NOT FOUND') end
        if redis.call('ZREM', KEYS[2], ARGV[1]) == 0 then return redis.error_reply('NOT FOUND') end
        redis.call('RPUSH', KEYS[3], ARGV[1])
        redis.call('HSET', KEYS[4], 'state', 'pending')
        return redis.status_reply('OK')
        """)

    /// Keeps a failed task for a retry.
    ///
    /// KEYS task, active, lease, retry, processed:day, failed:day, processed, failed.
    /// ARGV id, message, retry-at s, stats expiry s, is-failure 1/0.
    static let retry = LuaScript(
        name: "go-retry",
        """
        if redis.call('LREM', KEYS[2], 0, ARGV[1]) == 0 then return redis.error_reply('NOT FOUND') end
        if redis.call('ZREM', KEYS[3], ARGV[1]) == 0 then return redis.error_reply('NOT FOUND') end
        redis.call('ZADD', KEYS[4], ARGV[3], ARGV[1])
        redis.call('HSET', KEYS[1], 'msg', ARGV[2], 'state', 'retry')
        if tonumber(ARGV[5]) == 1 then
            for index = 5, 6 do
                if redis.call('INCR', KEYS[index]) == 1 then redis.call('EXPIREAT', KEYS[index], ARGV[4]) end
            end
            redis.call('INCR', KEYS[7])
            redis.call('INCR', KEYS[8])
        end
        return redis.status_reply('OK')
        """)

    /// Keeps a failed task for good, and deletes what is too old or too much in the archive.
    ///
    /// KEYS task, active, lease, archived, processed:day, failed:day, processed, failed.
    /// ARGV id, message, now s, stats expiry s, cutoff s, most, task prefix.
    static let archive = LuaScript(
        name: "go-archive",
        """
        if redis.call('LREM', KEYS[2], 0, ARGV[1]) == 0 then return redis.error_reply('NOT FOUND') end
        if redis.call('ZREM', KEYS[3], ARGV[1]) == 0 then return redis.error_reply('NOT FOUND') end
        redis.call('ZADD', KEYS[4], ARGV[3], ARGV[1])
        local old = redis.call('ZRANGE', KEYS[4], '-inf', ARGV[5], 'BYSCORE')
        for _, id in ipairs(old) do
            redis.call('DEL', ARGV[7] .. id)
            redis.call('ZREM', KEYS[4], id)
        end
        local surplus = redis.call('ZRANGE', KEYS[4], 0, -tonumber(ARGV[6]))
        for _, id in ipairs(surplus) do
            redis.call('DEL', ARGV[7] .. id)
            redis.call('ZREM', KEYS[4], id)
        end
        redis.call('HSET', KEYS[1], 'msg', ARGV[2], 'state', 'archived')
        for index = 5, 6 do
            if redis.call('INCR', KEYS[index]) == 1 then redis.call('EXPIREAT', KEYS[index], ARGV[4]) end
        end
        redis.call('INCR', KEYS[7])
        redis.call('INCR', KEYS[8])
        return redis.status_reply('OK')
        """)

    /// Moves due tasks.
    ///
    /// KEYS scheduled or retry, pending. ARGV now s, task prefix, now ns, group prefix. Returns how many moved.
    static let forward = LuaScript(
        name: "go-forward",
        """
        local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 100)
        for _, id in ipairs(ids) do
            local task = ARGV[2] .. id
            local group = redis.call('HGET', task, 'group')
            redis.call('ZREM', KEYS[1], id)
            if group and group ~= '' then
                redis.call('ZADD', ARGV[4] .. group, ARGV[1], id)
                redis.call('HSET', task, 'state', 'aggregating')
            else
                redis.call('LPUSH', KEYS[2], id)
                redis.call('HSET', task, 'state', 'pending', 'pending_since', ARGV[3])
            end
        end
        return #ids
        """)

    /// Lists what crashed workers left.
    ///
    /// KEYS lease. ARGV cutoff s, task prefix. Returns the messages of the tasks whose lease ended by then.
    static let leaseExpired = LuaScript(
        name: "go-lease-expired",
        """
        local messages = {}
        for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])) do
            local message = redis.call('HGET', ARGV[2] .. id, 'msg')
            if message then messages[#messages + 1] = message end
        end
        return messages
        """)

    /// Deletes a task that does not run.
    ///
    /// KEYS task, groups (of the queue). ARGV id, queue prefix, group prefix. Returns 1, 0 not found, -1 active.
    static let delete = LuaScript(
        name: "go-delete",
        """
        if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
        local state = redis.call('HGET', KEYS[1], 'state')
        local group = redis.call('HGET', KEYS[1], 'group')
        if state == 'active' then return -1 end
        if state == 'pending' then
            redis.call('LREM', ARGV[2] .. state, 0, ARGV[1])
        elseif state == 'aggregating' then
            redis.call('ZREM', ARGV[3] .. group, ARGV[1])
            if redis.call('ZCARD', ARGV[3] .. group) == 0 then redis.call('SREM', KEYS[2], group) end
        else
            redis.call('ZREM', ARGV[2] .. state, ARGV[1])
        end
        local lock = redis.call('HGET', KEYS[1], 'unique_key')
        if lock and lock ~= '' and redis.call('GET', lock) == ARGV[1] then redis.call('DEL', lock) end
        redis.call('DEL', KEYS[1])
        return 1
        """)
}
