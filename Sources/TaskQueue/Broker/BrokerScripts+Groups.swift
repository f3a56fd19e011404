import Redis

/// Members are moved in parts of 1000, since Lua's `unpack` takes about 8000 values (asynq-wire W5).
extension BrokerScripts {
    /// Moves a group's oldest members into a new set when the group is due.
    ///
    /// KEYS[1] `…:g:<group>` (ZSET) · KEYS[2] `…:g:<group>:<set id>` (ZSET), not there yet · KEYS[3] `…:aggregation_sets`
    /// (ZSET) · KEYS[4] `…:groups` (SET)
    /// ARGV[1] how many make it due and are moved at most, 0 for no limit · ARGV[2] the age of its oldest member that makes it
    /// due, seconds, 0 for none · ARGV[3] the age of its newest, seconds · ARGV[4] the set's deadline, Unix seconds · ARGV[5]
    /// now, Unix seconds · ARGV[6] group name
    ///
    /// Returns 1, or 0 when the group is not due and nothing was changed. Members keep their scores and their state; a group
    /// that is left empty is not listed any more. Source: asynq `rdb.go`, `aggregationCheckCmd`.
    static let stageGroup = LuaScript(
        name: "stage group",
        """
        local left = redis.call('ZCARD', KEYS[1])
        if left == 0 then return 0 end
        local most, delay, grace, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[5])
        local function score(rank)
          return tonumber(redis.call('ZRANGE', KEYS[1], rank, rank, 'WITHSCORES')[2])
        end
        local is_due = most > 0 and left >= most
        is_due = is_due or delay > 0 and score(0) <= now - delay
        if not is_due and score(-1) > now - grace then return 0 end
        -- Refused here, before anything is changed, where a key is of another type.
        redis.call('ZCARD', KEYS[3])
        redis.call('SCARD', KEYS[4])
        if most > 0 and most < left then left = most end
        while left > 0 do
          local part = redis.call('ZRANGE', KEYS[1], 0, math.min(left, 1000) - 1, 'WITHSCORES')
          local scored = {}
          for i = 1, #part, 2 do scored[i], scored[i + 1] = part[i + 1], part[i] end
          redis.call('ZADD', KEYS[2], unpack(scored))
          redis.call('ZREMRANGEBYRANK', KEYS[1], 0, #part / 2 - 1)
          left = left - #part / 2
        end
        redis.call('ZADD', KEYS[3], ARGV[4], KEYS[2])
        if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('SREM', KEYS[4], ARGV[6]) end
        return 1
        """)

    /// Replaces a set's members by the task that they were joined into: all of it or nothing (W20).
    ///
    /// KEYS[1] `…:g:<group>:<set id>` (ZSET) · KEYS[2] `…:aggregation_sets` (ZSET) · KEYS[3] `…:t:<id>` of the new task
    /// (HASH) · KEYS[4] its container: `…:pending` (LIST) or `…:scheduled` (ZSET) · KEYS[5], if ARGV[6] is not 0, the lock that
    /// it takes (STRING) · then the members' locks (STRING)
    /// ARGV[1] task key prefix · ARGV[2] the new task's id · ARGV[3] its message · ARGV[4] its state · ARGV[5] pending: now,
    /// Unix nanoseconds; else the score, Unix seconds · ARGV[6] its lock's life, seconds, or 0 · ARGV[7] how many members were
    /// joined · then their ids · then the holder of each of the members' locks
    ///
    /// Returns 1; 0 when the set is not registered any more or a joined member has left it or its state; -1 when a task outside
    /// the set holds the new task's lock; -2 when the new task's id is taken. Nothing was changed unless it is 1. A set that
    /// still has members afterwards stays registered. Source: asynq `rdb.go`, `deleteAggregationSetCmd`, and ours.
    static let finishSet = LuaScript(
        name: "finish set",
        adding + """
            if not redis.call('ZSCORE', KEYS[2], KEYS[1]) then return 0 end
            local last = 7 + tonumber(ARGV[7])
            for i = 8, last do
              if not redis.call('ZSCORE', KEYS[1], ARGV[i]) then return 0 end
              if redis.pcall('HGET', ARGV[1] .. ARGV[i], 'state') ~= 'aggregating' then return 0 end
            end
            if redis.call('EXISTS', KEYS[3]) == 1 then return -2 end
            local lock = ARGV[6] ~= '0' and KEYS[5]
            local holder = lock and redis.pcall('GET', lock)
            -- No text where the lock's key is of another type.
            if holder and (type(holder) ~= 'string' or not redis.call('ZSCORE', KEYS[1], holder)) then return -1 end
            -- Refused here, before anything is changed, where the container is of another type.
            redis.call(ARGV[4] == 'pending' and 'LLEN' or 'ZCARD', KEYS[4])
            for i = 8, last do
              redis.call('DEL', ARGV[1] .. ARGV[i])
              redis.call('ZREM', KEYS[1], ARGV[i])
            end
            local first = lock and 6 or 5
            for i = first, #KEYS do
              if redis.pcall('GET', KEYS[i]) == ARGV[last + 1 + i - first] then redis.call('DEL', KEYS[i]) end
            end
            if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('ZREM', KEYS[2], KEYS[1]) end
            redis.call('HSET', KEYS[3], 'msg', ARGV[3], 'state', ARGV[4])
            if lock then
              redis.call('SET', lock, ARGV[2], 'EX', ARGV[6])
              redis.call('HSET', KEYS[3], 'unique_key', lock)
            end
            if ARGV[4] == 'pending' then
              redis.call('HSET', KEYS[3], 'pending_since', ARGV[5])
              push_pending(KEYS[4], ARGV[2])
            else
              add_scheduled(KEYS[4], ARGV[5], ARGV[2])
            end
            return 1
            """)

    /// Puts a set's members back into their group.
    ///
    /// KEYS[1] `…:g:<group>:<set id>` (ZSET) · KEYS[2] `…:aggregation_sets` (ZSET) · KEYS[3] `…:g:<group>` (ZSET) · KEYS[4]
    /// `…:groups` (SET)
    /// ARGV[1] task key prefix · ARGV[2] group name · ARGV[3] up to which deadline, Unix seconds, or empty for any
    ///
    /// Returns how many went back, with the scores that they had, or -1 when the set is not registered or its deadline is
    /// later. A member whose task is gone, or is in another state by now, is dropped. The group is listed again (W8). Source:
    /// asynq `rdb.go`, `reclaimStateAggregationSetsCmd`.
    static let reclaimSet = LuaScript(
        name: "reclaim set",
        """
        local deadline = redis.call('ZSCORE', KEYS[2], KEYS[1])
        if not deadline then return -1 end
        if ARGV[3] ~= '' and tonumber(deadline) > tonumber(ARGV[3]) then return -1 end
        -- Refused here, before anything is changed, where a key is of another type.
        redis.call('ZCARD', KEYS[3])
        redis.call('SCARD', KEYS[4])
        local returned = 0
        local part = redis.call('ZRANGE', KEYS[1], 0, 999, 'WITHSCORES')
        while #part > 0 do
          local scored = {}
          for i = 1, #part, 2 do
            if redis.pcall('HGET', ARGV[1] .. part[i], 'state') == 'aggregating' then
              table.insert(scored, part[i + 1])
              table.insert(scored, part[i])
            end
          end
          if #scored > 0 then redis.call('ZADD', KEYS[3], unpack(scored)) end
          returned = returned + #scored / 2
          redis.call('ZREMRANGEBYRANK', KEYS[1], 0, #part / 2 - 1)
          part = redis.call('ZRANGE', KEYS[1], 0, 999, 'WITHSCORES')
        end
        redis.call('ZREM', KEYS[2], KEYS[1])
        if returned > 0 then redis.call('SADD', KEYS[4], ARGV[2]) end
        return returned
        """)

    /// Sets a set's member aside whose message does not decode, so that it blocks nobody (W4).
    ///
    /// Its hash stays as it is.
    ///
    /// KEYS[1] `…:g:<group>:<set id>` (ZSET) · KEYS[2] `schedcu:{q}:quarantine` (LIST) · KEYS[3] `…:t:<id>` (HASH)
    /// ARGV[1] id · ARGV[2] message as read
    ///
    /// Returns 1, or 0 when the message was changed or the set does not hold the task. Source: ours.
    static let quarantineMember = LuaScript(
        name: "quarantine member",
        """
        if redis.pcall('HGET', KEYS[3], 'msg') ~= ARGV[2] then return 0 end
        redis.call('LLEN', KEYS[2])
        if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end
        redis.call('LREM', KEYS[2], 1, ARGV[1])
        redis.call('RPUSH', KEYS[2], ARGV[1])
        return 1
        """)

    /// Lists a group again that has members (W8).
    ///
    /// KEYS[1] `…:g:<group>` (ZSET) · KEYS[2] `…:aggregation_sets` (ZSET) · KEYS[3] `…:groups` (SET) · ARGV[1] group name
    ///
    /// Returns 1, or 0 when it was listed, is empty, or is a staged set. Source: ours.
    static let relistGroup = LuaScript(
        name: "relist group",
        """
        if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('ZSCORE', KEYS[2], KEYS[1]) then return 0 end
        return redis.call('SADD', KEYS[3], ARGV[1])
        """)
}
