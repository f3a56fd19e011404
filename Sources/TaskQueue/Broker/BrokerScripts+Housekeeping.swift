import Redis

extension BrokerScripts {
    /// Moves due tasks to the pending list, or to their group.
    ///
    /// KEYS[1] `…:scheduled` or `…:retry` (ZSET) · KEYS[2] `…:pending` (LIST) · KEYS[3] `…:groups` (SET)
    /// ARGV[1] now, Unix seconds · ARGV[2] task key prefix · ARGV[3] now, Unix nanoseconds · ARGV[4] group key prefix
    ///
    /// Returns how many left the set, 100 at most, so that Redis is not held up. The group's name is listed again (W8), and an id
    /// without a hash is dropped. A task whose group's key, or whose queue's set of groups, is of another type stays in the
    /// set; the error is returned when nothing else is due, so that the others go first (100 such tasks hold up what is due after
    /// them). Source: asynq `rdb.go`, `forwardCmd`.
    static let forward = LuaScript(
        name: "forward",
        """
        local wasEmpty = redis.call('LLEN', KEYS[2]) == 0
        local due = redis.call('ZRANGE', KEYS[1], '-inf', ARGV[1], 'BYSCORE', 'LIMIT', 0, 100)
        local left, stuck = 0, nil
        -- The error that keeps a task out of its group, or nil.
        local function refused(key)
          local members = redis.pcall('ZCARD', key)
          local names = redis.pcall('SCARD', KEYS[3])
          return type(members) == 'table' and members or type(names) == 'table' and names or nil
        end
        for _, id in ipairs(due) do
          local task = ARGV[2] .. id
          local held = redis.pcall('HMGET', task, 'msg', 'group')
          local group = held[2]
          local refusal
          if held[1] and group and group ~= '' then refusal = refused(ARGV[4] .. group) end
          if refusal then
            stuck = refusal
          else
            left = left + 1
            redis.call('ZREM', KEYS[1], id)
            if held[1] and group and group ~= '' then
              redis.call('ZADD', ARGV[4] .. group, ARGV[1], id)
              redis.call('SADD', KEYS[3], group)
              redis.call('HSET', task, 'state', 'aggregating')
            elseif held[1] then
              redis.call('LPUSH', KEYS[2], id)
              redis.call('HSET', task, 'state', 'pending', 'pending_since', ARGV[3])
            end
          end
        end
        if stuck and left == 0 then return stuck end
        if wasEmpty and redis.call('LLEN', KEYS[2]) > 0 then
          redis.call('PUBLISH', '\(RedisKeys.wakeChannel)', KEYS[2])
        end
        return left
        """)

    /// Deletes completed tasks whose retention is over.
    ///
    /// KEYS[1] `…:completed` (ZSET) · ARGV[1] now, Unix seconds · ARGV[2] task key prefix · ARGV[3] how many at most
    ///
    /// Returns how many went. Source: asynq `rdb.go`, `deleteExpiredCompletedTasksCmd`.
    static let deleteExpiredCompleted = LuaScript(
        name: "delete expired completed",
        """
        local over = redis.call('ZRANGE', KEYS[1], '-inf', ARGV[1], 'BYSCORE', 'LIMIT', 0, ARGV[3])
        for _, id in ipairs(over) do
          redis.call('DEL', ARGV[2] .. id)
          redis.call('ZREM', KEYS[1], id)
        end
        return #over
        """)

    /// Lists active tasks whose lease has ended.
    ///
    /// KEYS[1] `…:lease` (ZSET) · KEYS[2] `…:active` (LIST)
    /// ARGV[1] up to which lease end, Unix seconds · ARGV[2] task key prefix · ARGV[3] how many at most
    ///
    /// Returns id, message, and owner or an empty text, of each in one flat array. An entry whose task is gone is removed; asynq
    /// keeps it for ever. So is one whose task is not active, since every outcome of it would be refused; but a task that says
    /// so of itself and stands nowhere else is listed as active again. Source: asynq `rdb.go`, `listLeaseExpiredCmd`.
    static let expiredLeases = LuaScript(
        name: "expired leases",
        owner + """
            redis.call('LLEN', KEYS[2])
            local found = {}
            local expired = redis.call('ZRANGE', KEYS[1], '-inf', ARGV[1], 'BYSCORE', 'LIMIT', 0, ARGV[3], 'WITHSCORES')
            for i = 1, #expired, 2 do
              local id = expired[i]
              local held = redis.pcall('HMGET', ARGV[2] .. id, 'msg', '\(TaskField.owner)', 'state')
              local active = redis.call('LPOS', KEYS[2], id, 'RANK', -1)
              if not held.err and held[1] and not active and held[3] == 'active' then
                active = redis.call('RPUSH', KEYS[2], id)
              end
              if not held.err and held[1] and active then
                local owner, lease = owner_parts(held[2])
                table.insert(found, id)
                table.insert(found, held[1])
                table.insert(found, lease == expired[i + 1] and owner or '')
              else
                redis.call('ZREM', KEYS[1], id)
                redis.call('LREM', KEYS[2], -1, id)
              end
            end
            return found
            """)

    /// Replaces a server's snapshot.
    ///
    /// KEYS[1] `asynq:servers:{…}` (STRING) · KEYS[2] `asynq:workers:{…}` (HASH)
    /// ARGV[1] life, seconds · ARGV[2] snapshot · then id and snapshot of each running task
    ///
    /// Returns 1. Source: asynq `rdb.go`, `writeServerStateCmd`.
    static let writeServerState = LuaScript(
        name: "write server state",
        """
        redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[1])
        redis.call('DEL', KEYS[2])
        for i = 3, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
        redis.call('EXPIRE', KEYS[2], ARGV[1])
        return 1
        """)
}
