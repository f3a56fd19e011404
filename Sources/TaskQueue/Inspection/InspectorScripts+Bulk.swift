import Redis

/// The scripts that change many tasks of one container, a chunk at a time.
///
/// A chunk is small, so that Redis is not held up and Lua never unpacks more than it can (asynq-wire W5). An id without a
/// task is dropped, with what is left of its hash; one that runs is only taken off the wrong container.
enum BulkScripts {
    /// How many tasks one call changes: about 1 ms of Redis's time.
    static let chunk = 500

    /// Lua: takes the ids that come first out of a container, the very first one first.
    private static let take = """
        local function take(key, kind, count)
          if kind == 'list' then
            local ids = {}
            for i = 1, count do
              local id = redis.call('RPOP', key)
              if not id then break end
              ids[i] = id
            end
            return ids
          end
          local ids = redis.call('ZRANGE', key, 0, count - 1)
          if #ids > 0 then redis.call('ZREMRANGEBYRANK', key, 0, #ids - 1) end
          return ids
        end

        """

    /// Lua: whether there is a task to change; drops what is left of one that has no message.
    static let usable = """
        local function usable(task, id, lease)
          if redis.call('ZSCORE', lease, id) then return false end
          if redis.pcall('HEXISTS', task, 'msg') == 1 then return true end
          redis.call('DEL', task)
          return false
        end

        """

    /// Lua: takes an id out of a container of either kind; returns 1, or 0 where it was not there.
    static let remove = """
        local function remove(key, kind, id)
          if kind == 'list' then return redis.call('LREM', key, -1, id) end
          return redis.call('ZREM', key, id)
        end

        """

    /// Lua: takes a group that is left empty off the set of groups.
    static let unlist = """
        local function unlist(groups, group, key)
          if group ~= '' and redis.call('EXISTS', key) == 0 then redis.call('SREM', groups, group) end
        end

        """

    /// Makes tasks pending, in the order of their scores.
    ///
    /// KEYS[1] the container (ZSET) · KEYS[2] `…:pending` (LIST) · KEYS[3] `…:groups` (SET) · KEYS[4] `…:lease` · KEYS[5]
    /// `schedcu:{q}:archive-ends` (ZSET)
    /// ARGV[1] task key prefix · ARGV[2] how many at most · ARGV[3] group or empty
    ///
    /// Returns how many ids left the container and how many became pending. Requests to cancel and the memory of crashes
    /// go. Source: asynq `inspect.go`, `runAllCmd`, `runAllAggregatingCmd`.
    static let run = LuaScript(
        name: "run tasks",
        take + usable + unlist + InspectorScripts.forget + BrokerScripts.adding + """
            -- Refused here, before anything is changed, where a key is of another type.
            redis.call('LLEN', KEYS[2])
            redis.call('SCARD', KEYS[3])
            redis.call('ZCARD', KEYS[4])
            local ids = take(KEYS[1], 'set', tonumber(ARGV[2]))
            local moved = 0
            for _, id in ipairs(ids) do
              local task = ARGV[1] .. id
              if usable(task, id, KEYS[4]) then
                push_pending(KEYS[2], id)
                redis.call('HSET', task, 'state', 'pending')
                forget(task)
                redis.pcall('ZREM', KEYS[5], id)
                moved = moved + 1
              end
            end
            unlist(KEYS[3], ARGV[3], KEYS[1])
            return {#ids, moved}
            """)

    /// Archives tasks; what is then too much is left to ``BrokerScripts/trimArchive``.
    ///
    /// KEYS[1] the container · KEYS[2] `…:archived` (ZSET) · KEYS[3] `…:groups` (SET) · KEYS[4] `…:lease` · KEYS[5]
    /// `schedcu:{q}:archive-ends` (ZSET)
    /// ARGV[1] task key prefix · ARGV[2] how many at most · ARGV[3] group or empty · ARGV[4] `list` or `set` · ARGV[5] now,
    /// Unix seconds
    ///
    /// Returns how many ids left the container and how many were archived. Source: asynq `inspect.go`, `archiveAllCmd`,
    /// `archiveAllPendingCmd`, `archiveAllAggregatingCmd`.
    static let archive = LuaScript(
        name: "archive tasks",
        take + usable + unlist + BrokerScripts.archiveTrimming + """
            -- Refused here, before anything is changed, where a key is of another type.
            redis.call('ZCARD', KEYS[2])
            redis.call('SCARD', KEYS[3])
            redis.call('ZCARD', KEYS[4])
            local ids = take(KEYS[1], ARGV[4], tonumber(ARGV[2]))
            local moved = 0
            for _, id in ipairs(ids) do
              local task = ARGV[1] .. id
              if usable(task, id, KEYS[4]) then
                redis.call('ZADD', KEYS[2], ARGV[5], id)
                redis.call('HSET', task, 'state', 'archived')
                redis.call('HDEL', task, 'pending_since', '\(TaskField.owner)', '\(TaskField.cancel)')
                note_archive_end(KEYS[5], task, id, ARGV[5])
                moved = moved + 1
              end
            end
            unlist(KEYS[3], ARGV[3], KEYS[1])
            return {#ids, moved}
            """)

    /// Deletes tasks that are still in their container, and the unique locks that they hold.
    ///
    /// KEYS[1] the container · KEYS[2] `…:groups` (SET) · KEYS[3] `…:lease` · KEYS[4] `schedcu:{q}:archive-ends` (ZSET)
    /// ARGV[1] task key prefix · ARGV[2] group or empty · ARGV[3] `list` or `set` · then id, and lock or empty, of each task
    ///
    /// Returns how many tasks were deleted. Source: asynq `inspect.go`, `deleteAllCmd`, `deleteAllPendingCmd`,
    /// `deleteAllAggregatingCmd`, the last two of which release no lock.
    static let delete = LuaScript(
        name: "delete tasks",
        InspectorScripts.unlock + remove + unlist + """
            local deleted = 0
            for i = 4, #ARGV, 2 do
              local id = ARGV[i]
              if remove(KEYS[1], ARGV[3], id) == 1 and not redis.call('ZSCORE', KEYS[3], id) then
                unlock(ARGV[i + 1], id)
                redis.pcall('ZREM', KEYS[4], id)
                deleted = deleted + redis.call('DEL', ARGV[1] .. id)
              end
            end
            unlist(KEYS[2], ARGV[2], KEYS[1])
            return deleted
            """)
}
