import Redis

/// The scripts that remove a queue.
enum RemovalScripts {
    /// Deletes a queue's containers and counters at once, if nothing speaks against it; the tasks' hashes stay for
    /// ``sweepTasks``.
    ///
    /// KEYS[1] `…:active` · KEYS[2] `…:pending` (LIST) · KEYS[3] `…:scheduled` · KEYS[4] `…:retry` · KEYS[5] `…:archived`
    /// (ZSET) · KEYS[6] `…:groups` (SET) · KEYS[7] `…:aggregation_sets` · KEYS[8] `schedcu:…:workflows` (ZSET) · then the
    /// queue's other keys but tasks and locks
    /// ARGV[1] group key prefix · ARGV[2] `force`, or `empty` to refuse where tasks are left · ARGV[3] workflow key prefix
    ///
    /// Returns `ok`, `active` or `not empty`. Groups and staged sets made since the other keys were listed go too. Source:
    /// asynq `inspect.go`, `removeQueueCmd`, `removeQueueForceCmd`, which leave most of it behind (asynq-wire W13).
    static let detach = LuaScript(
        name: "remove queue",
        """
        local prefix = ARGV[1]
        local function is_group(key) return string.sub(key, 1, #prefix) == prefix end
        local doomed = {}
        for _, key in ipairs(KEYS) do doomed[#doomed + 1] = key end
        for _, group in ipairs(redis.call('SMEMBERS', KEYS[6])) do doomed[#doomed + 1] = prefix .. group end
        for _, set in ipairs(redis.call('ZRANGE', KEYS[7], 0, -1)) do
          if is_group(set) then doomed[#doomed + 1] = set end
        end
        for _, id in ipairs(redis.call('ZRANGE', KEYS[8], 0, -1)) do doomed[#doomed + 1] = ARGV[3] .. id end
        if redis.call('EXISTS', KEYS[1]) == 1 then return 'active' end
        if ARGV[2] == 'empty' then
          if redis.call('EXISTS', KEYS[2], KEYS[3], KEYS[4], KEYS[5]) > 0 then return 'not empty' end
          for _, key in ipairs(doomed) do
            if is_group(key) and redis.call('EXISTS', key) == 1 then return 'not empty' end
          end
        end
        for _, key in ipairs(doomed) do redis.call('UNLINK', key) end
        return 'ok'
        """)

    /// Deletes tasks that are in no container, and the unique locks that they hold.
    ///
    /// KEYS[1] `…:aggregation_sets` (ZSET)
    /// ARGV[1] queue prefix · then id, and lock or empty, of each task
    ///
    /// Returns how many tasks were deleted. A task that was created since its queue was removed is in its container and stays.
    /// Source: ours.
    static let sweepTasks = LuaScript(
        name: "sweep tasks",
        InspectorScripts.unlock + """
            local prefix = ARGV[1]
            local lists = {pending = true, active = true}
            local sets = {scheduled = true, retry = true, archived = true, completed = true}
            local function aggregates(id, group)
              if redis.call('ZSCORE', prefix .. 'g:' .. (group or ''), id) then return true end
              for _, set in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
                if redis.call('ZSCORE', set, id) then return true end
              end
              return false
            end
            local function is_held(id, task)
              if redis.call('TYPE', task).ok ~= 'hash' then return false end
              local found = redis.call('HMGET', task, 'state', 'group')
              local state = found[1] or ''
              if lists[state] then return redis.call('LPOS', prefix .. state, id) ~= false end
              if sets[state] then return redis.call('ZSCORE', prefix .. state, id) ~= false end
              return state == 'aggregating' and aggregates(id, found[2])
            end
            local deleted = 0
            for i = 2, #ARGV, 2 do
              local id = ARGV[i]
              local task = prefix .. 't:' .. id
              if not is_held(id, task) then
                unlock(ARGV[i + 1], id)
                deleted = deleted + redis.call('DEL', task)
              end
            end
            return deleted
            """)

    /// Deletes unique locks whose task is gone.
    ///
    /// KEYS[1…] the locks (STRING) · ARGV[1] task key prefix
    ///
    /// Returns 1. Source: ours.
    static let sweepLocks = LuaScript(
        name: "sweep locks",
        """
        for _, lock in ipairs(KEYS) do
          local id = redis.call('TYPE', lock).ok == 'string' and redis.call('GET', lock)
          if id and redis.call('EXISTS', ARGV[1] .. id) == 0 then redis.call('DEL', lock) end
        end
        return 1
        """)
}
