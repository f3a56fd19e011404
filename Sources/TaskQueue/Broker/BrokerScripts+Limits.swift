import Redis

/// Fleet-wide limits of a queue (decision D7): what the dequeue script checks, and what a release tells.
extension BrokerScripts {
    /// Lua: how many tasks a queue may give now, and what is noted when it has given some.
    ///
    /// `allowance(lease, limits, rate, now)` is nil for a queue without limits, at the cost of one `HMGET`. A limit that cannot be
    /// read counts as none and is named in `broken`: a slip of the hand must not stop a queue.
    ///
    /// `concurrency` bounds the leases that are not over, by the callers' clock as they are written. The rate is a generic cell
    /// rate by Redis's own clock, so that clocks of workers do not matter: `rate` holds when the next task would be due if all
    /// came evenly spaced, microseconds; a task may come up to `burst - 1` gaps before that. It never lies further ahead
    /// than a whole burst, whatever the rate was before or the clock has done.
    ///
    /// `settle(given, taken, pending, rate)` counts what was taken, and adds to the answer what it says of limits.
    static let limits = """
        local function whole(text, most)
          local number = string.match(text or '', '^%d+$') and tonumber(text)
          return number and number >= 1 and number <= most and number
        end
        local function remember(rate, arrival, now)
          local life = math.max(1, math.ceil((arrival - now) / 1000))
          redis.call('SET', rate, string.format('%.0f', arrival), 'PX', string.format('%.0f', life))
        end
        local function allowance(lease, limits, rate, now)
          local held = redis.pcall('HMGET', limits, 'concurrency', 'rate')
          local given = {room = math.huge, permits = math.huge, broken = ''}
          if held.err then
            given.broken = 'all'
            return given
          end
          if not held[1] and not held[2] then return nil end
          if held[1] then
            local most = whole(held[1], \(QueueLimits.largestConcurrency))
            if most then given.room = most - redis.call('ZCOUNT', lease, '(' .. now, '+inf')
            else given.broken = 'concurrency' end
          end
          if held[2] then
            local tasks, per, burst = string.match(held[2], '^(%d+)|(%d+)|(%d+)$')
            tasks, burst = whole(tasks, \(RateLimit.largestCount)), whole(burst, \(RateLimit.largestCount))
            per = whole(per, \(RateLimit.longestMilliseconds))
            if tasks and per and burst then
              local time = redis.call('TIME')
              local arrival = redis.pcall('GET', rate)
              arrival = type(arrival) == 'string' and whole(arrival, math.huge) or 0
              given.now = time[1] * 1000000 + time[2]
              given.gap = per * 1000 / tasks
              given.burst = burst
              local latest = math.ceil(given.now + burst * given.gap)
              if arrival > latest then
                -- Written back, or it would lie as far ahead at each look.
                arrival = latest
                remember(rate, arrival, given.now)
              end
              given.arrival = math.max(given.now, arrival)
              given.permits = math.floor((given.now - given.arrival) / given.gap + burst)
            else
              given.broken = given.broken == '' and 'rate' or 'all'
            end
          end
          return given
        end
        local function settle(given, taken, pending, rate)
          local count = #taken / 5
          if given.arrival and count > 0 then
            given.arrival = math.ceil(given.arrival + count * given.gap)
            remember(rate, given.arrival, given.now)
          end
          local wait = 0
          if redis.call('LLEN', pending) > 0 then
            if given.room <= count then
              wait = -1
            elseif given.arrival and given.permits <= count then
              wait = math.ceil(given.arrival - given.now - (given.burst - 1) * given.gap)
              wait = math.max(1, math.min(wait, \(RateLimit.longestMilliseconds) * 1000))
            end
          end
          taken[#taken + 1] = wait
          taken[#taken + 1] = given.broken
        end

        """

    /// Lua: tells the workers of a queue that was at its limit that it may give tasks again.
    ///
    /// `room_made(active, lease, count)` follows the removal of `count` leases. A queue without a limit, without waiting tasks or
    /// far from its limit has nobody to tell.
    static let roomMade =
        RedisKeys.luaNames + """
            local function room_made(active, lease, count)
              local limit = redis.pcall('HGET', limits_of(active), 'concurrency')
              limit = type(limit) == 'string' and tonumber(limit)
              if not limit or redis.call('ZCARD', lease) + count < limit then return end
              local pending = pending_of(active)
              local waiting = redis.pcall('LLEN', pending)
              if type(waiting) == 'number' and waiting > 0 then
                redis.call('PUBLISH', '\(RedisKeys.wakeChannel)', pending)
              end
            end

            """

    /// Sets or lifts one limit of a queue, and wakes the workers that it held back.
    ///
    /// KEYS[1] `schedcu:{q}:limits` (HASH) · KEYS[2] `…:pending` (LIST)
    /// ARGV[1] field · ARGV[2] its value, or empty to lift it
    ///
    /// Returns 1. A key of another type, which no worker can read, makes way. Source: ours.
    static let setLimit = LuaScript(
        name: "set limit",
        """
        local kind = redis.call('TYPE', KEYS[1]).ok
        if kind ~= 'hash' and kind ~= 'none' then redis.call('DEL', KEYS[1]) end
        if ARGV[2] == '' then
          redis.call('HDEL', KEYS[1], ARGV[1])
        else
          redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
        end
        redis.call('PUBLISH', '\(RedisKeys.wakeChannel)', KEYS[2])
        return 1
        """)
}
