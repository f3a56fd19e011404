import Redis

extension BrokerScripts {
    /// Lua: tells whoever waits that a task is completed or archived.
    ///
    /// Nothing is told of a task that nobody asked for with ``lookForEnding``.
    static let ending = """
        local function tell_ending(task)
          if redis.call('HEXISTS', task, '\(TaskField.waited)') == 1 then
            redis.call('PUBLISH', '\(RedisKeys.endedChannel)', task)
          end
        end

        """

    /// The running task goes, and nothing is counted: it was never started.
    ///
    /// KEYS and ARGV as the outcomes' scripts; KEYS[4] the unique lock, if the task has one
    ///
    /// Returns 1, or 0 when the run no longer holds the task and nothing was changed. Source: ours.
    static let drop = LuaScript(
        name: "drop",
        release + counters + """
            if not release() then return 0 end
            redis.call('DEL', KEYS[1])
            unlock(KEYS[4], ARGV[1])
            return 1
            """)

    /// Reads a task's state, message and result, and notes that somebody waits for its end unless it has ended.
    ///
    /// KEYS[1] `…:t:<id>` (HASH)
    ///
    /// Returns the three, or nothing when there is no such task. Source: ours.
    static let lookForEnding = LuaScript(
        name: "look for ending",
        """
        local found = redis.call('HMGET', KEYS[1], 'state', 'msg', 'result')
        if not found[1] then return {} end
        if found[1] ~= 'completed' and found[1] ~= 'archived' then
          redis.call('HSETNX', KEYS[1], '\(TaskField.waited)', 1)
        end
        return found
        """)
}
