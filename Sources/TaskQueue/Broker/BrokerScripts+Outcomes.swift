import Redis

/// Each starts with KEYS[1] `…:t:<id>` (HASH) · KEYS[2] `…:active` (LIST) · KEYS[3] `…:lease` (ZSET) and
/// ARGV[1] id · ARGV[2] owner or empty · ARGV[3] message as taken,
/// and returns 1, or 0 when the run no longer holds the task and nothing was changed.
extension BrokerScripts {
    /// The task succeeded and goes.
    ///
    /// KEYS[4] `…:processed:<day>` · KEYS[5] `…:processed` (STRING) · KEYS[6] the unique lock, if the task has one
    /// ARGV[4] when the day's counter expires, Unix seconds
    ///
    /// Source: asynq `rdb.go`, `doneCmd`, `doneUniqueCmd`.
    static let doneAlone = LuaScript(
        name: "done, alone",
        release + counters + """
            if not release() then return 0 end
            redis.call('DEL', KEYS[1])
            count_processed(KEYS[4], KEYS[5], ARGV[4])
            unlock(KEYS[6], ARGV[1])
            return 1
            """)

    /// Tasks of one queue that workers of ours took, none with a unique lock, succeeded and go; each is checked by itself.
    ///
    /// Other than the rest of this file: KEYS[1] `…:active` (LIST) · KEYS[2] `…:lease` (ZSET) · KEYS[3] `…:processed:<day>` ·
    /// KEYS[4] `…:processed` (STRING) · KEYS[5…] `…:t:<id>` (HASH) of each task
    /// ARGV[1] when the day's counter expires, Unix seconds · then id, owner, and message as taken, of each task
    ///
    /// Returns the positions, from 0, of the runs that no longer hold their task and for which nothing was changed. Tasks that
    /// were taken together mostly end together: then they are the list's tail, which is cut off in one go, where a search for
    /// each would pass all that were taken after it. Source: asynq `rdb.go`, `doneCmd`, which takes one.
    static let done = LuaScript(
        name: "done",
        fence + counters + roomMade + """
            -- Refused here, before anything is changed, where the list is of another type; the lease is read first below.
            redis.call('LLEN', KEYS[1])
            local lost, ids, tasks, places = {}, {}, {}, {}
            for i = 5, #KEYS do
              local at = 2 + (i - 5) * 3
              local held = redis.pcall('HMGET', KEYS[i], '\(TaskField.owner)', 'msg')
              if not held.err and held[2] == ARGV[at + 2] and is_owned(held[1], ARGV[at + 1])
                and redis.call('ZREM', KEYS[2], ARGV[at]) == 1 then
                ids[#ids + 1] = ARGV[at]
                tasks[#tasks + 1] = KEYS[i]
                places[ARGV[at]] = {i - 5, held[1]}
              else
                lost[#lost + 1] = i - 5
              end
            end
            if #ids == 0 then return lost end
            local tail = redis.call('LRANGE', KEYS[1], -#ids, -1)
            local isTail = #tail == #ids
            for _, id in ipairs(tail) do isTail = isTail and places[id] ~= nil end
            if isTail then
              redis.call('LTRIM', KEYS[1], 0, -#ids - 1)
            else
              for n = #ids, 1, -1 do
                if redis.call('LREM', KEYS[1], 1, ids[n]) == 0 then
                  local position, held = unpack(places[ids[n]])
                  local _, lease = owner_parts(held)
                  redis.call('ZADD', KEYS[2], lease, ids[n])
                  lost[#lost + 1] = position
                  table.remove(ids, n)
                  table.remove(tasks, n)
                end
              end
            end
            if #ids > 0 then
              redis.call('DEL', unpack(tasks))
              count_processed(KEYS[3], KEYS[4], ARGV[1], #ids)
              room_made(KEYS[1], KEYS[2], #ids)
            end
            return lost
            """)

    /// The task succeeded and goes, and the next one is pending unless its id is taken (D8).
    ///
    /// KEYS[4] `…:processed:<day>` · KEYS[5] `…:processed` (STRING) · KEYS[6] `…:pending` (LIST) · KEYS[7] the next task
    /// (HASH) · KEYS[8] the unique lock, if the first has one
    /// ARGV[4] when the day's counter expires, Unix seconds · ARGV[5] next id · ARGV[6] next message · ARGV[7] now, Unix
    /// nanoseconds
    ///
    /// Source: ours, of `doneCmd` and `enqueueCmd`.
    static let doneHandingOver = LuaScript(
        name: "done, handing over",
        release + counters + adding + """
            if not release('LLEN', KEYS[6]) then return 0 end
            redis.call('DEL', KEYS[1])
            count_processed(KEYS[4], KEYS[5], ARGV[4])
            unlock(KEYS[8], ARGV[1])
            if redis.call('EXISTS', KEYS[7]) == 0 then
              redis.call('HSET', KEYS[7], 'msg', ARGV[6], 'state', 'pending', 'pending_since', ARGV[7])
              push_pending(KEYS[6], ARGV[5])
            end
            return 1
            """)

    /// The task succeeded and is kept.
    ///
    /// KEYS[4] `…:processed:<day>` · KEYS[5] `…:processed` (STRING) · KEYS[6] `…:completed` (ZSET) · KEYS[7] the unique lock,
    /// if the task has one; for a step of a workflow as in ``WorkflowScripts/handOver``
    /// ARGV[4] when the day's counter expires, Unix seconds · ARGV[5] end of the retention, Unix seconds · ARGV[6] new message ·
    /// for a step as in ``WorkflowScripts/handOver``
    ///
    /// Source: asynq `rdb.go`, `markAsCompleteCmd`, `markAsCompleteUniqueCmd`.
    static let complete = LuaScript(
        name: "complete",
        release + counters + ending + WorkflowScripts.handOver + """
            check_step()
            if not release('ZCARD', KEYS[6]) then return 0 end
            redis.call('HSET', KEYS[1], 'msg', ARGV[6], 'state', 'completed')
            redis.call('HDEL', KEYS[1], '\(TaskField.cancel)')
            redis.call('ZADD', KEYS[6], ARGV[5], ARGV[1])
            count_processed(KEYS[4], KEYS[5], ARGV[4])
            unlock(not ARGV[7] and KEYS[7], ARGV[1])
            tell_ending(KEYS[1])
            hand_over()
            return 1
            """)

    /// The task failed and is tried again.
    ///
    /// KEYS[4] `…:processed:<day>` · KEYS[5] `…:processed` · KEYS[6] `…:failed:<day>` · KEYS[7] `…:failed` (STRING) ·
    /// KEYS[8] `…:retry` (ZSET)
    /// ARGV[4] when the days' counters expire, Unix seconds · ARGV[5] next try, Unix seconds · ARGV[6] new message · ARGV[7] 1 if
    /// it counts as a failure, else 0
    ///
    /// Returns -1, and changes nothing, for a task that is to be cancelled for good. Source: asynq `rdb.go`, `retryCmd`.
    static let retry = LuaScript(
        name: "retry",
        release + cancellation + counters + """
            if is_cancelled() then return -1 end
            if not release('ZCARD', KEYS[8]) then return 0 end
            redis.call('HSET', KEYS[1], 'msg', ARGV[6], 'state', 'retry')
            redis.call('ZADD', KEYS[8], ARGV[5], ARGV[1])
            if ARGV[7] == '1' then count_failed(KEYS[4], KEYS[6], KEYS[5], KEYS[7], ARGV[4]) end
            return 1
            """)

    /// The task failed for good, or was cancelled for good.
    ///
    /// KEYS[4] `…:processed:<day>` · KEYS[5] `…:processed` · KEYS[6] `…:failed:<day>` · KEYS[7] `…:failed` (STRING) ·
    /// KEYS[8] `…:archived` (ZSET) · KEYS[9] `schedcu:{q}:limits` (HASH) · KEYS[10] `schedcu:{q}:archive-ends` (ZSET) · KEYS[11]
    /// the unique lock, if the task has one; it goes where its ``StoredOptions`` say so
    /// ARGV[4] when the days' counters expire, Unix seconds · ARGV[5] now, Unix seconds · ARGV[6] new message · ARGV[7] task key
    /// prefix · ARGV[8] how many tasks that are too old or too many go at most · ARGV[9] 1 if the task is cancelled, else 0
    ///
    /// Returns -1 as well, and changes nothing, when the task is to be cancelled and ARGV[9] does not say so. A cancelled
    /// task's lock goes. What is too much in the archive and not deleted here is the janitor's (W5). Source: asynq `rdb.go`,
    /// `archiveCmd`.
    static let archive = LuaScript(
        name: "archive",
        release + cancellation + counters + archiveTrimming + ending + """
            if ARGV[9] ~= '1' and is_cancelled() then return -1 end
            if not release('ZCARD', KEYS[8]) then return 0 end
            redis.call('HSET', KEYS[1], 'msg', ARGV[6], 'state', 'archived')
            redis.call('HDEL', KEYS[1], '\(TaskField.cancel)')
            redis.call('ZADD', KEYS[8], ARGV[5], ARGV[1])
            note_archive_end(KEYS[10], KEYS[1], ARGV[1], ARGV[5])
            count_failed(KEYS[4], KEYS[6], KEYS[5], KEYS[7], ARGV[4])
            local options = redis.call('HGET', KEYS[1], '\(TaskField.options)') or ''
            local frees = string.sub(options, 1, 2) == '1;' and string.find(options, ';u;', 1, true)
            if ARGV[9] == '1' or frees then unlock(KEYS[11], ARGV[1]) end
            tell_ending(KEYS[1])
            -- Last, since the archive may be so small that this very task goes.
            trim_archive(KEYS[8], KEYS[3], KEYS[9], KEYS[10], ARGV[7], tonumber(ARGV[5]), tonumber(ARGV[8]))
            return 1
            """)

    /// The task goes back unharmed, to be taken next, because its worker stops.
    ///
    /// KEYS[4] `…:pending` (LIST)
    ///
    /// The message, `pending_since` and the count of deliveries stay as they are. Source: asynq `rdb.go`, `requeueCmd`.
    static let requeue = LuaScript(
        name: "requeue",
        release + adding + """
            if not release('LLEN', KEYS[4]) then return 0 end
            redis.call('HSET', KEYS[1], 'state', 'pending')
            give_back(KEYS[4], ARGV[1])
            return 1
            """)

    /// A dead worker's task goes back unharmed, to be taken next, and the crash is noted.
    ///
    /// KEYS[4] `…:pending` (LIST)
    /// ARGV[4] now, Unix seconds · ARGV[5] how long a crash is remembered, seconds
    ///
    /// The field `schedcu:crashes` becomes `<count>|<now>`; it starts again at 1 when the last crash is too long ago.
    /// Source: ours (I8).
    static let rescue = LuaScript(
        name: "rescue",
        release + adding + """
            if not release('LLEN', KEYS[4]) then return 0 end
            local count, last = string.match(redis.call('HGET', KEYS[1], '\(TaskField.crashes)') or '', '^(%d+)|(%d+)$')
            if not count or tonumber(ARGV[4]) - tonumber(last) > tonumber(ARGV[5]) then count = 0 end
            redis.call('HSET', KEYS[1], 'state', 'pending', '\(TaskField.crashes)', (count + 1) .. '|' .. ARGV[4])
            give_back(KEYS[4], ARGV[1])
            return 1
            """)
}
