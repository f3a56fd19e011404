import Redis

/// The script that numbers, stores and publishes a task's events in one step.
enum PublishScript {
    /// Publishes events of one reporter, in order, each exactly once however often the call is repeated.
    ///
    /// KEYS[1] `schedcu:{q}:events-seq:<id>` (HASH, see ``TaskEventKeys/sequence(queue:taskID:)``) · KEYS[2]
    /// `schedcu:{q}:events:<id>` (STREAM)
    /// ARGV[1] reporter's token · ARGV[2] life of the numbering, seconds · ARGV[3] life of the stream, seconds ·
    /// ARGV[4] stream length · ARGV[5] task channel · ARGV[6] channel of all · ARGV[7] hospital channel or empty · then
    /// for each event its number, the JSON before `seq` and the JSON after it.
    ///
    /// Returns the `seq` of the last event that this reporter has published, those of earlier calls included. An event
    /// whose number is not above the reporter's last published one is a repeat and changes nothing. Where the hash was
    /// lost, the stream's newest entry says where to go on. The numbering's life is never shortened.
    static let publish = LuaScript(
        name: "events.publish",
        """
        local seq = tonumber(redis.call('HGET', KEYS[1], 'seq') or '0')
        if seq == 0 then
            local newest = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
            if newest then
                seq = tonumber(string.match(newest[1], '^%d+'))
            end
        end
        local known = redis.call('HGET', KEYS[1], ARGV[1])
        local done, answer = 0, 0
        if known then
            local number, at = string.match(known, '^(%d+):(%d+)$')
            done, answer = tonumber(number), tonumber(at)
        end
        for i = 8, #ARGV, 3 do
            local number = tonumber(ARGV[i])
            if number > done then
                seq = seq + 1
                done, answer = number, seq
                local text = string.format('%d', seq)
                local event = ARGV[i + 1] .. text .. ARGV[i + 2]
                redis.call('HSET', KEYS[1], 'seq', text, ARGV[1], ARGV[i] .. ':' .. text)
                redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], text .. '-0', 'event', event)
                redis.call('PUBLISH', ARGV[5], event)
                if ARGV[7] ~= '' then
                    redis.call('PUBLISH', ARGV[7], event)
                end
                redis.call('PUBLISH', ARGV[6], event)
            end
        end
        if redis.call('HLEN', KEYS[1]) > 17 then
            local fields = redis.call('HGETALL', KEYS[1])
            local oldest, lowest
            for i = 1, #fields, 2 do
                local at = tonumber(string.match(fields[i + 1], ':(%d+)$'))
                if at and (not lowest or at < lowest) then
                    oldest, lowest = fields[i], at
                end
            end
            if oldest then
                redis.call('HDEL', KEYS[1], oldest)
            end
        end
        if redis.call('TTL', KEYS[1]) < tonumber(ARGV[2]) then
            redis.call('EXPIRE', KEYS[1], ARGV[2])
        end
        redis.call('EXPIRE', KEYS[2], ARGV[3])
        return answer
        """)
}
