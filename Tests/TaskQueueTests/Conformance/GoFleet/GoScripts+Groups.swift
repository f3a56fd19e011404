import Redis

/// The steps of asynq-wire 3.4, written from the specification's words for tests alone.
extension GoScripts {
    /// Stages a group that is due.
    ///
    /// KEYS group zset, new set, aggregation_sets, groups.
    /// ARGV max size or 0, max delay s or 0, grace s, set deadline s, now s, group. Returns 1, or 0 when it is not due.
    static let aggregationCheck = LuaScript(
        name: "go-aggregation-check",
        """
        local size = redis.call('ZCARD', KEYS[1])
        if size == 0 then return 0 end
        local most, delay, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[5])
        local is_due = most ~= 0 and size >= most
        if not is_due and delay ~= 0 then
            is_due = tonumber(redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]) <= now - delay
        end
        if not is_due then
            is_due = tonumber(redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2]) <= now - tonumber(ARGV[3])
        end
        if not is_due then return 0 end
        local members = redis.call('ZRANGE', KEYS[1], 0, most - 1, 'WITHSCORES')
        for index = 1, #members, 2 do
            redis.call('ZADD', KEYS[2], members[index + 1], members[index])
            redis.call('ZREM', KEYS[1], members[index])
        end
        redis.call('ZADD', KEYS[3], ARGV[4], KEYS[2])
        if redis.call('ZCARD', KEYS[1]) == 0 then redis.call('SREM', KEYS[4], ARGV[6]) end
        return 1
        """)

    /// Reads a set.
    ///
    /// KEYS set. ARGV task prefix. Returns the messages in the order of the scores.
    static let readSet = LuaScript(
        name: "go-read-set",
        """
        local messages = {}
        for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
            messages[#messages + 1] = redis.call('HGET', ARGV[1] .. id, 'msg')
        end
        return messages
        """)

    /// Deletes a set with its members' hashes; no lock is released.
    ///
    /// KEYS set, aggregation_sets. ARGV task prefix.
    static let deleteSet = LuaScript(
        name: "go-delete-set",
        """
        for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do redis.call('DEL', ARGV[1] .. id) end
        redis.call('DEL', KEYS[1])
        redis.call('ZREM', KEYS[2], KEYS[1])
        return redis.status_reply('OK')
        """)

    /// Puts stale sets back into their groups, which are not listed again (W8).
    ///
    /// KEYS aggregation_sets. ARGV now s. Returns how many sets there were.
    static let reclaimSets = LuaScript(
        name: "go-reclaim-sets",
        """
        local sets = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
        for _, set in ipairs(sets) do
            local group = string.match(set, '^(.*):[^:]*$')
            local members = redis.call('ZRANGE', set, 0, -1, 'WITHSCORES')
            for index = 1, #members, 2 do redis.call('ZADD', group, members[index + 1], members[index]) end
            redis.call('DEL', set)
            redis.call('ZREM', KEYS[1], set)
        end
        return #sets
        """)
}
