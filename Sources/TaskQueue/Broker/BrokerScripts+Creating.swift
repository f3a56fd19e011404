import Redis

extension BrokerScripts {
    /// Creates a task in its first state.
    ///
    /// KEYS[1] `…:t:<id>` (HASH) · KEYS[2] its container: `…:pending` (LIST), `…:scheduled` or `…:g:<group>` (ZSET) ·
    /// KEYS[3] `…:groups` (SET) · KEYS[4] the unique lock (STRING), if one is to be taken
    /// ARGV[1] id · ARGV[2] message · ARGV[3] state · ARGV[4] pending: now, Unix nanoseconds; else the score, Unix seconds ·
    /// ARGV[5] group name or empty · ARGV[6] the lock's life, seconds, if there is one · ARGV[7] ``StoredOptions``, if any
    ///
    /// Returns 1 created, 0 the id is taken, -1 the lock is held. The id is looked at before the lock is taken, so that a
    /// refused task leaves no lock (W6). A scheduled task of a group gets the field `group`, which forwarding looks at, and its
    /// group is listed (W7). Like asynq's, a group's task has no field `unique_key`.
    /// Source: asynq `rdb.go`, `enqueueUniqueCmd`, `scheduleCmd`, `addToGroupCmd` and their variants.
    static let create = LuaScript(
        name: "create",
        adding + """
            if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
            -- Refused here, before anything is changed, where a key is of another type.
            redis.call(ARGV[3] == 'pending' and 'LLEN' or 'ZCARD', KEYS[2])
            if ARGV[5] ~= '' then redis.call('SCARD', KEYS[3]) end
            if KEYS[4] and not redis.call('SET', KEYS[4], ARGV[1], 'NX', 'EX', ARGV[6]) then return -1 end
            redis.call('HSET', KEYS[1], 'msg', ARGV[2], 'state', ARGV[3])
            if KEYS[4] and ARGV[3] ~= 'aggregating' then redis.call('HSET', KEYS[1], 'unique_key', KEYS[4]) end
            if ARGV[7] then redis.call('HSET', KEYS[1], '\(TaskField.options)', ARGV[7]) end
            if ARGV[5] ~= '' then
              redis.call('HSET', KEYS[1], 'group', ARGV[5])
              redis.call('SADD', KEYS[3], ARGV[5])
            end
            if ARGV[3] == 'pending' then
              redis.call('HSET', KEYS[1], 'pending_since', ARGV[4])
              push_pending(KEYS[2], ARGV[1])
            elseif ARGV[3] == 'scheduled' then
              add_scheduled(KEYS[2], ARGV[4], ARGV[1])
            else
              redis.call('ZADD', KEYS[2], ARGV[4], ARGV[1])
            end
            return 1
            """)

    /// Creates plain pending tasks of one queue, without locks; each is checked by itself.
    ///
    /// KEYS[1] `…:pending` (LIST) · KEYS[2…] `…:t:<id>` (HASH) of each task
    /// ARGV[1] now, Unix nanoseconds · then id and message of each task
    ///
    /// Returns the positions, from 0, of the tasks whose id is taken, also by an earlier one of the call.
    /// Source: asynq `rdb.go`, `enqueueCmd`, which takes one.
    static let enqueue = LuaScript(
        name: "enqueue",
        """
        local taken, ids, isNew, places = {}, {}, {}, {}
        for i = 2, #KEYS do
          local id = ARGV[i * 2 - 2]
          if isNew[id] or redis.call('EXISTS', KEYS[i]) == 1 then
            taken[#taken + 1] = i - 2
          else
            isNew[id] = true
            ids[#ids + 1] = id
            places[#ids] = i
          end
        end
        if #ids > 0 then
          -- First what may be refused because the key is of another type.
          if redis.call('LPUSH', KEYS[1], unpack(ids)) == #ids then
            redis.call('PUBLISH', '\(RedisKeys.wakeChannel)', KEYS[1])
          end
          for n = 1, #ids do
            local i = places[n]
            redis.call('HSET', KEYS[i], 'msg', ARGV[i * 2 - 1], 'state', 'pending', 'pending_since', ARGV[1])
          end
        end
        return taken
        """)
}
