import Redis

extension BrokerScripts {
    /// Takes tasks from one queue, oldest first.
    ///
    /// KEYS[1] `…:pending` (LIST) · KEYS[2] `…:paused` (STRING) · KEYS[3] `…:active` (LIST) · KEYS[4] `…:lease` (ZSET)
    /// ARGV[1] how many at most · ARGV[2] lease end, Unix seconds · ARGV[3] task key prefix · ARGV[4] worker id and run token,
    /// joined by `|`
    ///
    /// Returns id, message, owner and deliveries of each task in one flat array. An id without a message is dropped, with what
    /// is left of its hash, and the next is taken (W3). Source: asynq `rdb.go`, `dequeueCmd`.
    static let dequeue = LuaScript(
        name: "dequeue",
        """
        local taken = {}
        if redis.call('EXISTS', KEYS[2]) == 1 then return taken end
        local wanted = tonumber(ARGV[1])
        local dropped = 0
        while #taken < wanted * 4 and dropped < 1000 do
          local id = redis.call('LMOVE', KEYS[1], KEYS[3], 'RIGHT', 'LEFT')
          if not id then break end
          local task = ARGV[3] .. id
          local msg = redis.call('HGET', task, 'msg')
          if msg then
            local owner = ARGV[4] .. '.' .. (#taken / 4) .. '|' .. redis.sha1hex(msg)
            redis.call('HSET', task, 'state', 'active', '\(TaskField.owner)', owner)
            redis.call('HDEL', task, 'pending_since')
            redis.call('ZADD', KEYS[4], ARGV[2], id)
            local deliveries = redis.call('HINCRBY', task, '\(TaskField.deliveries)', 1)
            table.insert(taken, id)
            table.insert(taken, msg)
            table.insert(taken, owner)
            table.insert(taken, deliveries)
          else
            redis.call('LREM', KEYS[3], 1, id)
            redis.call('DEL', task)
            dropped = dropped + 1
          end
        end
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
        """
        if redis.call('HGET', ARGV[3] .. ARGV[1], 'msg') ~= ARGV[2] then return 0 end
        if redis.call('LREM', KEYS[1], -1, ARGV[1]) == 0 then return 0 end
        redis.call('ZREM', KEYS[2], ARGV[1])
        redis.call('HDEL', ARGV[3] .. ARGV[1], '\(TaskField.owner)')
        redis.call('LREM', KEYS[3], 1, ARGV[1])
        redis.call('RPUSH', KEYS[3], ARGV[1])
        return 1
        """)

    /// Pushes the leases of several tasks of one queue.
    ///
    /// KEYS[1] `…:lease` (ZSET) · KEYS[2…] `…:t:<id>` (HASH) of each task
    /// ARGV[1] lease end, Unix seconds · then id, owner or empty, message or empty of each task
    ///
    /// Returns the positions, from 0, of the runs that no longer hold their task. Source: asynq `rdb.go`, `ExtendLease`, which
    /// checks nothing.
    static let extendLeases = LuaScript(
        name: "extend leases",
        fence + """
            local lost = {}
            for i = 2, #KEYS do
              local at = 2 + (i - 2) * 3
              if holds(KEYS[i], KEYS[1], ARGV[at], ARGV[at + 1], ARGV[at + 2]) then
                redis.call('ZADD', KEYS[1], 'XX', ARGV[1], ARGV[at])
              else
                table.insert(lost, i - 2)
              end
            end
            return lost
            """)

    /// Stores a result.
    ///
    /// KEYS[1] `…:t:<id>` (HASH) · KEYS[2] `…:active` (LIST) · KEYS[3] `…:lease` (ZSET)
    /// ARGV[1] id · ARGV[2] owner or empty · ARGV[3] message or empty · ARGV[4] result
    ///
    /// Returns 1, or 0 when the run no longer holds the task; a hash that is gone does not come back (W12).
    /// Source: asynq `rdb.go`, `WriteResult`.
    static let writeResult = LuaScript(
        name: "write result",
        fence + """
            if not holds(KEYS[1], KEYS[3], ARGV[1], ARGV[2], ARGV[3]) then return 0 end
            redis.call('HSET', KEYS[1], 'result', ARGV[4])
            return 1
            """)
}
