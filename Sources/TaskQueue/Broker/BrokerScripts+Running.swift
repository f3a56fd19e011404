import Redis

extension BrokerScripts {
    /// Takes tasks from one queue, oldest first.
    ///
    /// KEYS[1] `…:pending` (LIST) · KEYS[2] `…:paused` (STRING) · KEYS[3] `…:active` (LIST) · KEYS[4] `…:lease` (ZSET) ·
    /// KEYS[5] `schedcu:{q}:limits` (HASH) · KEYS[6] `schedcu:{q}:rate` (STRING)
    /// ARGV[1] how many at most · ARGV[2] lease end, Unix seconds · ARGV[3] task key prefix · ARGV[4] worker id and run token,
    /// joined by `|` · ARGV[5] now, Unix seconds
    ///
    /// Returns id, message, deliveries, crashes and options (or nil each) of each task in one flat array; the owner of the first
    /// is ARGV[4] and `.1`. Of a queue with limits two more values follow: why pending tasks are left, -1 for its concurrency,
    /// else the microseconds until its rate allows the next, or 0; and which limit cannot be read, `concurrency`, `rate`, `all`
    /// or empty. An id without a message is dropped, with what is left of its hash, and others are taken instead (W3). Each
    /// container is changed once a call, not once a task. Source: asynq `rdb.go`, `dequeueCmd`.
    static let dequeue = LuaScript(
        name: "dequeue",
        owner + limits + """
            local taken = {}
            if redis.call('EXISTS', KEYS[2]) == 1 then return taken end
            -- Refused here, before anything is changed, where a key is of another type.
            redis.call('LLEN', KEYS[3])
            redis.call('ZCARD', KEYS[4])
            local wanted = tonumber(ARGV[1])
            local given = allowance(KEYS[4], KEYS[5], KEYS[6], ARGV[5])
            if given then wanted = math.min(wanted, given.room, given.permits) end
            for _ = 1, wanted > 0 and 100 or 0 do
              local ids = redis.call('LRANGE', KEYS[1], -wanted, -1)
              if #ids == 0 then break end
              local active, leases, dropped = {}, {}, {}
              for at = #ids, 1, -1 do
                local id = ids[at]
                local task = ARGV[3] .. id
                local held = redis.pcall('HMGET', task, 'msg', '\(TaskField.deliveries)', '\(TaskField.owner)',
                  '\(TaskField.crashes)', '\(TaskField.options)')
                if held.err or not held[1] then
                  dropped[#dropped + 1] = task
                else
                  active[#active + 1] = id
                  leases[#leases + 1] = ARGV[2]
                  leases[#leases + 1] = id
                  local deliveries = tonumber(held[2]) or 0
                  if held[3] then
                    local _, _, left = owner_parts(held[3])
                    deliveries = math.max(deliveries, tonumber(left) or 0)
                  end
                  deliveries = deliveries + 1
                  redis.call('HDEL', task, 'pending_since')
                  redis.call('HSET', task, 'state', 'active', '\(TaskField.owner)',
                    ARGV[4] .. '.' .. #active .. '|' .. ARGV[2] .. '|' .. deliveries)
                  local next = #taken
                  taken[next + 1] = id
                  taken[next + 2] = held[1]
                  taken[next + 3] = deliveries
                  taken[next + 4] = held[4]
                  taken[next + 5] = held[5]
                end
              end
              redis.call('LTRIM', KEYS[1], 0, -#ids - 1)
              if #dropped > 0 then redis.call('DEL', unpack(dropped)) end
              if #active > 0 then
                redis.call('LPUSH', KEYS[3], unpack(active))
                redis.call('ZADD', KEYS[4], unpack(leases))
                break
              end
            end
            if given then settle(given, taken, KEYS[1], KEYS[6]) end
            return taken
            """)

    /// Sets a task aside whose message does not decode, so that it blocks nobody (W4).
    ///
    /// Its hash stays as it is but for the owner.
    ///
    /// KEYS[1] `…:active` (LIST) · KEYS[2] `…:lease` (ZSET) · KEYS[3] `schedcu:{q}:quarantine` (LIST)
    /// ARGV[1] id · ARGV[2] message as read · ARGV[3] task key prefix
    ///
    /// Returns 1, or 0 when the message was changed or the task is not active. Source: ours.
    static let quarantine = LuaScript(
        name: "quarantine",
        roomMade + """
            if redis.pcall('HGET', ARGV[3] .. ARGV[1], 'msg') ~= ARGV[2] then return 0 end
            redis.call('ZCARD', KEYS[2])
            redis.call('LLEN', KEYS[3])
            if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 0 then return 0 end
            redis.call('ZREM', KEYS[2], ARGV[1])
            redis.call('HDEL', ARGV[3] .. ARGV[1], '\(TaskField.owner)')
            room_made(KEYS[1], KEYS[2], 1)
            redis.call('LREM', KEYS[3], 1, ARGV[1])
            redis.call('RPUSH', KEYS[3], ARGV[1])
            return 1
            """)

    /// Pushes the leases of several tasks of one queue.
    ///
    /// KEYS[1] `…:lease` (ZSET) · KEYS[2…] `…:t:<id>` (HASH) of each task
    /// ARGV[1] lease end, Unix seconds · then id, owner and SHA-1 of the message as taken, of each task
    ///
    /// Returns the positions, from 0, of the runs that no longer hold their task. A digest stands for the message, which may
    /// be large and would travel again and again. Source: asynq `rdb.go`, `ExtendLease`, which checks nothing.
    static let extendLeases = LuaScript(
        name: "extend leases",
        owner + """
            local lost = {}
            for i = 2, #KEYS do
              local at = 2 + (i - 2) * 3
              local id = ARGV[at]
              local held = redis.pcall('HMGET', KEYS[i], '\(TaskField.owner)', 'msg')
              local owner, _, deliveries
              if not held.err then owner, _, deliveries = owner_parts(held[1]) end
              if owner == ARGV[at + 1] and held[2] and redis.sha1hex(held[2]) == ARGV[at + 2]
                and redis.call('ZSCORE', KEYS[1], id) then
                redis.call('ZADD', KEYS[1], 'XX', ARGV[1], id)
                redis.call('HSET', KEYS[i], '\(TaskField.owner)', owner .. '|' .. ARGV[1] .. '|' .. deliveries)
              else
                table.insert(lost, i - 2)
              end
            end
            return lost
            """)

    /// Notes that a run is the only one of its process, so that a crash from here on is its own (I8).
    ///
    /// KEYS[1] `…:t:<id>` (HASH) · KEYS[2] `…:active` (LIST) · KEYS[3] `…:lease` (ZSET)
    /// ARGV[1] id · ARGV[2] owner · ARGV[3] message as taken
    ///
    /// Returns 1, or 0 when the run no longer holds the task. Source: ours.
    static let markAlone = LuaScript(
        name: "mark alone",
        fence + """
            if not holds(KEYS[1], redis.call('ZSCORE', KEYS[3], ARGV[1]), ARGV[2], ARGV[3]) then return 0 end
            redis.call('HSET', KEYS[1], '\(TaskField.alone)', ARGV[2])
            return 1
            """)

    /// Stores a result.
    ///
    /// KEYS[1] `…:t:<id>` (HASH) · KEYS[2] `…:active` (LIST) · KEYS[3] `…:lease` (ZSET)
    /// ARGV[1] id · ARGV[2] owner or empty · ARGV[3] message as taken · ARGV[4] result
    ///
    /// Returns 1, or 0 when the run no longer holds the task; a hash that is gone does not come back (W12).
    /// Source: asynq `rdb.go`, `WriteResult`.
    static let writeResult = LuaScript(
        name: "write result",
        fence + """
            if not holds(KEYS[1], redis.call('ZSCORE', KEYS[3], ARGV[1]), ARGV[2], ARGV[3]) then return 0 end
            redis.call('HSET', KEYS[1], 'result', ARGV[4])
            return 1
            """)
}
