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

    /// Lua: takes off a task what was held against it, and its expiry: whoever runs it by hand wants it to run.
    ///
    /// The count of its deliveries stays, since ledgers go by it.
    static let forget = """
        local function forget(task)
          redis.call('HDEL', task, '\(TaskField.cancel)', '\(TaskField.crashes)', '\(TaskField.alone)')
          local options = redis.call('HGET', task, '\(TaskField.options)')
          if options then
            local left = string.gsub(options, ';e=%-?%d+;', ';')
            redis.call('HSET', task, '\(TaskField.options)', left)
          end
        end

        """

    /// Lua: releases a unique lock if this task holds it; empty is none.
    static let unlock = """
        local function unlock(lock, id)
          if lock == '' or redis.call('TYPE', lock).ok ~= 'string' then return end
          if redis.call('GET', lock) == id then redis.call('DEL', lock) end
        end

        """

    /// Makes a task pending whatever it waits for.
    ///
    /// KEYS[1] `…:t:<id>` (HASH) · KEYS[2] `…:pending` (LIST) · KEYS[3] `schedcu:{q}:archive-ends` (ZSET)
    /// ARGV[1] id · ARGV[2] queue prefix
    ///
    /// Returns `ok`, `missing`, `moved` when the state's container does not hold it, or the state that forbids it. As in
    /// asynq `pending_since` is not written: the task adds nothing to its queue's latency. A request to cancel and
    /// the memory of crashes go. Source: asynq `inspect.go`, `runTaskCmd`.
    static let run = LuaScript(
        name: "run task",
        detach + forget + BrokerScripts.adding + """
            local found = redis.call('HMGET', KEYS[1], 'state', 'group')
            local state = found[1]
            if not state then return 'missing' end
            if state == 'active' or state == 'pending' then return state end
            -- Refused here, before anything is changed, where the key is of another type.
            redis.call('LLEN', KEYS[2])
            if not detach(ARGV[2], ARGV[1], state, found[2]) then return 'moved' end
            push_pending(KEYS[2], ARGV[1])
            redis.call('HSET', KEYS[1], 'state', 'pending')
            forget(KEYS[1])
            redis.pcall('ZREM', KEYS[3], ARGV[1])
            return 'ok'
            """)

    /// Archives a task that does not run, or cancels it if a new message is given.
    ///
    /// KEYS[1] `…:t:<id>` (HASH) · KEYS[2] `…:archived` (ZSET) · KEYS[3] `schedcu:{q}:archive-ends` (ZSET) · KEYS[4] the unique
    /// lock of its message, if it has one
    /// ARGV[1] id · ARGV[2] queue prefix · ARGV[3] now, Unix seconds · ARGV[4] the message that was read, or empty · ARGV[5] its
    /// replacement
    ///
    /// Returns `ok`, `missing`, `moved` when the message or the container has changed, or the state that forbids it. A
    /// cancelled task's lock goes. What is then too much is left to ``BrokerScripts/trimArchive``. Source: asynq `inspect.go`, `archiveTaskCmd`.
    static let archive = LuaScript(
        name: "archive task",
        detach + unlock + BrokerScripts.archiveTrimming + """
            local found = redis.call('HMGET', KEYS[1], 'state', 'group', 'msg')
            local state = found[1]
            if not state then return 'missing' end
            if state == 'active' or state == 'archived' then return state end
            if ARGV[4] ~= '' and (state == 'completed' or found[3] ~= ARGV[4]) then return 'moved' end
            redis.call('ZCARD', KEYS[2])
            if not detach(ARGV[2], ARGV[1], state, found[2]) then return 'moved' end
            if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], 'msg', ARGV[5]) end
            redis.call('HSET', KEYS[1], 'state', 'archived')
            redis.call('HDEL', KEYS[1], 'pending_since', '\(TaskField.owner)', '\(TaskField.cancel)')
            redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
            note_archive_end(KEYS[3], KEYS[1], ARGV[1], ARGV[3])
            if ARGV[4] ~= '' then unlock(KEYS[4] or '', ARGV[1]) end
            return 'ok'
            """)

    /// Deletes a task that does not run, and the unique lock that it holds.
    ///
    /// KEYS[1] `…:t:<id>` (HASH) · KEYS[2] `schedcu:{q}:archive-ends` (ZSET) · KEYS[3] the unique lock of its message, if it has
    /// one
    /// ARGV[1] id · ARGV[2] queue prefix
    ///
    /// Returns `ok`, `missing`, `moved` or `active`. Source: asynq `inspect.go`, `deleteTaskCmd`.
    static let delete = LuaScript(
        name: "delete task",
        detach + unlock + """
            local found = redis.call('HMGET', KEYS[1], 'state', 'group')
            local state = found[1]
            if not state then return 'missing' end
            if state == 'active' then return state end
            if not detach(ARGV[2], ARGV[1], state, found[2]) then return 'moved' end
            unlock(KEYS[3] or '', ARGV[1])
            redis.call('DEL', KEYS[1])
            redis.pcall('ZREM', KEYS[2], ARGV[1])
            return 'ok'
            """)

    /// Notes that a running task is to be cancelled for good, and tells its worker in the same step.
    ///
    /// KEYS[1] `…:t:<id>` (HASH) · KEYS[2] `…:lease` (ZSET)
    /// ARGV[1] id
    ///
    /// Returns `ok`, `missing` or the state that forbids it. A worker of ours hears of the task itself; one of another make,
    /// whose lease is not the owner's, hears of the id, as asynq has it. Source: ours.
    static let requestCancellation = LuaScript(
        name: "request cancellation",
        BrokerScripts.owner + """
            local found = redis.call('HMGET', KEYS[1], 'state', '\(TaskField.owner)')
            if not found[1] then return 'missing' end
            if found[1] ~= 'active' then return found[1] end
            local score = redis.call('ZSCORE', KEYS[2], ARGV[1])
            redis.call('HSET', KEYS[1], '\(TaskField.cancel)', 1)
            redis.call('PUBLISH', '\(RedisKeys.cancelRequests)', KEYS[1])
            local _, lease = owner_parts(found[2])
            if not lease or lease ~= score then redis.call('PUBLISH', '\(RedisKeys.cancelChannel)', ARGV[1]) end
            return 'ok'
            """)

    /// Replaces a scheduled task's message.
    ///
    /// KEYS[1] `…:t:<id>` (HASH) · KEYS[2] `…:scheduled` (ZSET)
    /// ARGV[1] id · ARGV[2] the message that was read · ARGV[3] its replacement
    ///
    /// Returns `ok`, or `moved` when the task has changed since it was read. Source: asynq `inspect.go`, `updateTaskPayloadCmd`.
    static let updateMessage = LuaScript(
        name: "update payload",
        """
        local found = redis.call('HMGET', KEYS[1], 'state', 'msg')
        if found[1] ~= 'scheduled' or found[2] ~= ARGV[2] then return 'moved' end
        if not redis.call('ZSCORE', KEYS[2], ARGV[1]) then return 'moved' end
        redis.call('HSET', KEYS[1], 'msg', ARGV[3])
        return 'ok'
        """)
}
