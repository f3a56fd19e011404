import Redis

/// The scripts of ``TaskInspector``.
///
/// All keys of one script share the queue's hash tag; each checks first and changes then.
enum InspectorScripts {
    /// Lua: takes a task out of the container of its state, or says no.
    ///
    /// `prefix` is `asynq:{q}:`. An aggregating task's group that is left empty goes from the set of groups.
    private static let detach = """
        local function detach(prefix, id, state, group)
          if state == 'pending' then return redis.call('LREM', prefix .. 'pending', 1, id) == 1 end
          if state ~= 'aggregating' then return redis.call('ZREM', prefix .. state, id) == 1 end
          local key = prefix .. 'g:' .. (group or '')
          local removed = redis.call('ZREM', key, id) == 1
          if redis.call('ZCARD', key) == 0 then redis.call('SREM', prefix .. 'groups', group or '') end
          return removed
        end

        """

    /// Makes a task pending whatever it waits for.
    ///
    /// KEYS[1] `…:t:<id>` (HASH) · KEYS[2] `…:pending` (LIST)
    /// ARGV[1] id · ARGV[2] queue prefix
    ///
    /// Returns `ok`, `missing`, `moved` when the state's container does not hold it, or the state that forbids it. As in
    /// asynq `pending_since` is not written: the task adds nothing to its queue's latency. Source: asynq `inspect.go`,
    /// `runTaskCmd`.
    static let run = LuaScript(
        name: "run task",
        detach + """
            local found = redis.call('HMGET', KEYS[1], 'state', 'group')
            local state = found[1]
            if not state then return 'missing' end
            if state == 'active' or state == 'pending' then return state end
            if not detach(ARGV[2], ARGV[1], state, found[2]) then return 'moved' end
            redis.call('LPUSH', KEYS[2], ARGV[1])
            redis.call('HSET', KEYS[1], 'state', 'pending')
            redis.call('HDEL', KEYS[1], '\(TaskField.cancel)')
            return 'ok'
            """)

    /// Archives a task that does not run, with a new message if one is given.
    ///
    /// KEYS[1] `…:t:<id>` (HASH) · KEYS[2] `…:archived` (ZSET)
    /// ARGV[1] id · ARGV[2] queue prefix · ARGV[3] now, Unix seconds · ARGV[4] up to which score archived tasks are too old ·
    /// ARGV[5] how many may stay · ARGV[6] the message that was read, or empty · ARGV[7] its replacement
    ///
    /// Returns `ok`, `missing`, `moved` when the message or the container has changed, or the state that forbids it. Tasks
    /// that are too old or too many go with their hashes (asynq-wire W9). Source: asynq `inspect.go`, `archiveTaskCmd`.
    static let archive = LuaScript(
        name: "archive task",
        detach + """
            local found = redis.call('HMGET', KEYS[1], 'state', 'group', 'msg')
            local state = found[1]
            if not state then return 'missing' end
            if state == 'active' or state == 'archived' then return state end
            if ARGV[6] ~= '' and (state == 'completed' or found[3] ~= ARGV[6]) then return 'moved' end
            if not detach(ARGV[2], ARGV[1], state, found[2]) then return 'moved' end
            if ARGV[6] ~= '' then redis.call('HSET', KEYS[1], 'msg', ARGV[7]) end
            redis.call('HSET', KEYS[1], 'state', 'archived')
            redis.call('HDEL', KEYS[1], 'pending_since')
            redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
            local function drop(ids)
              for _, id in ipairs(ids) do
                redis.call('DEL', ARGV[2] .. 't:' .. id)
                redis.call('ZREM', KEYS[2], id)
              end
            end
            drop(redis.call('ZRANGE', KEYS[2], '-inf', ARGV[4], 'BYSCORE', 'LIMIT', 0, 500))
            local excess = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[5])
            if excess > 0 then drop(redis.call('ZRANGE', KEYS[2], 0, math.min(excess, 500) - 1)) end
            return 'ok'
            """)

    /// Deletes a task that does not run, and the unique lock that it holds.
    ///
    /// KEYS[1] `…:t:<id>` (HASH) · KEYS[2] the unique lock of its message, if it has one
    /// ARGV[1] id · ARGV[2] queue prefix
    ///
    /// Returns `ok`, `missing`, `moved` or `active`. Source: asynq `inspect.go`, `deleteTaskCmd`.
    static let delete = LuaScript(
        name: "delete task",
        detach + """
            local found = redis.call('HMGET', KEYS[1], 'state', 'group')
            local state = found[1]
            if not state then return 'missing' end
            if state == 'active' then return state end
            if not detach(ARGV[2], ARGV[1], state, found[2]) then return 'moved' end
            if KEYS[2] and redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
            redis.call('DEL', KEYS[1])
            return 'ok'
            """)

    /// Notes that a running task is to be cancelled for good.
    ///
    /// KEYS[1] `…:t:<id>` (HASH)
    ///
    /// Returns `ok`, `missing` or the state that forbids it. Source: ours.
    static let requestCancellation = LuaScript(
        name: "request cancellation",
        """
        local state = redis.call('HGET', KEYS[1], 'state')
        if not state then return 'missing' end
        if state ~= 'active' then return state end
        redis.call('HSET', KEYS[1], '\(TaskField.cancel)', 1)
        return 'ok'
        """)
}
