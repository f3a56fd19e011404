import Redis

/// The scripts of a limiter that a fleet shares.
///
/// KEYS[1] of both is `schedcu:rate:<host>:<credential>` (HASH), moments in Unix microseconds of Redis's own clock, so that clocks
/// of workers do not matter:
/// - `batch:<id>` = `<lanes>|<interval>|<scope>|<lanes left open>|<until>`: what each batch under way asks for. The strictest of
///   all holds: fewest lanes, longest interval, `global` before `perLane`.
/// - `lane:<n>` = `<last start>|<end of the lease, 0: free>|<request>`, n from 0.
/// - `start`: the last start of all lanes. `quiet`: nothing starts before.
///
/// A request's id is `<batch>.<number>`. Whatever a dead worker leaves ends by itself: a lane with its lease, a batch after
/// ``batchLife``, the key with the last of all.
enum FleetPermitScripts {
    /// How long a batch counts after its last question, in microseconds.
    ///
    /// Longer than a batch is silent for: the longest Retry-After and a request's time limit.
    static let batchLife = 120_000_000

    /// Lua: `held(key, now)` reads the hash, and drops batches that are over.
    ///
    /// What lies too far ahead was written before Redis's clock was put back, and is moved to now.
    private static let prelude = """
        local function moment(given)
          if given ~= '' then return tonumber(given) end
          local time = redis.call('TIME')
          return time[1] * 1000000 + time[2]
        end
        local function text(number) return string.format('%.0f', number) end
        local function held(key, now)
          local all = {lanes = {}, most = math.huge, interval = 0, global = false, start = -math.huge, quiet = 0}
          local fields = redis.call('HGETALL', key)
          for at = 1, #fields, 2 do
            local name, value = fields[at], fields[at + 1]
            if string.sub(name, 1, 5) == 'lane:' then
              local start, lease, id = string.match(value, '^(%d+)|(%d+)|(.*)$')
              local lane = {start = tonumber(start), lease = tonumber(lease), id = id}
              if lane.start > now then
                lane.start, lane.lease = now, math.min(lane.lease, now + \(batchLife))
                redis.call('HSET', key, name, text(now) .. '|' .. text(lane.lease) .. '|' .. id)
              end
              all.lanes[tonumber(string.sub(name, 6))] = lane
            elseif string.sub(name, 1, 6) == 'batch:' then
              local lanes, interval, scope, open, ends = string.match(value, '^(%d+)|(%d+)|(%a+)|(%d+)|(%d+)$')
              if tonumber(ends) <= now or tonumber(ends) > now + \(batchLife) then
                redis.call('HDEL', key, name)
              else
                all.most = math.min(all.most, tonumber(lanes), tonumber(open))
                all.interval = math.max(all.interval, tonumber(interval))
                all.global = all.global or scope == 'global'
              end
            elseif name == 'start' then
              all.start = tonumber(value)
              if all.start > now then
                all.start = now
                redis.call('HSET', key, name, text(now))
              end
            elseif name == 'quiet' then
              all.quiet = tonumber(value)
              if all.quiet > now + \(batchLife) then
                all.quiet = now
                redis.call('HDEL', key, name)
              end
            end
          end
          return all
        end
        local function join(key, batch, lanes, interval, scope, open, now)
          redis.call('HSET', key, 'batch:' .. batch,
            table.concat({lanes, interval, scope, open, text(now + \(batchLife))}, '|'))
        end
        local function keep(key, span)
          local life = text(math.ceil(math.max(span, \(batchLife)) / 1000) + 1000)
          if redis.call('PTTL', key) < tonumber(life) then redis.call('PEXPIRE', key, life) end
        end

        """

    /// Lets a request start now, or says when to ask again.
    ///
    /// KEYS[1] the limiter · KEYS[2] `{schedcu:rate:<host>:<credential>}:page:<page>` (STRING: who is fetching the page, or
    /// `fetched`)
    /// ARGV[1] request · ARGV[2] batch · ARGV[3] lanes · ARGV[4] interval, microseconds · ARGV[5] scope · ARGV[6] lease,
    /// microseconds · ARGV[7] floor, milliseconds, 0 for none · ARGV[8] now, or empty for Redis's
    ///
    /// Returns `{0, lane, now}`: start; `{1, microseconds, others}`: ask again then, `others` is 1 while another batch holds a
    /// lane that may come free before; `{2, milliseconds}`: the page is too young. Source: ours, domain 5.6.
    static let ask = LuaScript(
        name: "ask for a permit",
        prelude + """
            local key, page = KEYS[1], KEYS[2]
            local id, batch, lanes, interval, scope = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
            local lease, floor, now = tonumber(ARGV[6]), tonumber(ARGV[7]), moment(ARGV[8])
            if floor > 0 then
              local life = redis.call('PTTL', page)
              if life ~= -2 then return {2, math.max(1, life)} end
            end
            local own = redis.call('HGET', key, 'batch:' .. batch)
            local open = own and string.match(own, '|(%d+)|%d+$') or lanes
            join(key, batch, lanes, interval, scope, open, now)
            local all = held(key, now)
            keep(key, math.max(lease, all.interval))
            local busy, soonest, others = 0, math.huge, 0
            for _, lane in pairs(all.lanes) do
              if lane.lease > now then
                busy = busy + 1
                soonest = math.min(soonest, lane.lease)
                if string.sub(lane.id, 1, #batch + 1) ~= batch .. '.' then others = 1 end
              end
            end
            if busy >= all.most then return {1, soonest - now, others} end
            local number, earliest
            for n = 0, all.most - 1 do
              local lane = all.lanes[n] or {start = -math.huge, lease = 0}
              if lane.lease <= now and (not earliest or lane.start < earliest) then number, earliest = n, lane.start end
            end
            if all.global then earliest = all.start end
            earliest = math.max(earliest + all.interval, all.quiet)
            if earliest > now then return {1, math.ceil(earliest - now), others} end
            redis.call('HSET', key, 'lane:' .. number, text(now) .. '|' .. text(now + lease) .. '|' .. id, 'start', text(now))
            if floor > 0 then redis.call('SET', page, id, 'PX', text(math.ceil(lease / 1000))) end
            return {0, number, now}
            """)

    /// Gives a request's lane back and notes how it ended.
    ///
    /// KEYS as of ``ask`` · ARGV[1] to ARGV[5], ARGV[7] and ARGV[8] as of ``ask`` · ARGV[6] outcome: `fetched`, `throttled` or
    /// another · ARGV[9] microseconds that the server wants to be left alone
    ///
    /// Returns 1. A request that holds nothing is none to give back. Source: ours, domain 5.5.
    static let settle = LuaScript(
        name: "settle a permit",
        prelude + """
            local key, page = KEYS[1], KEYS[2]
            local id, batch, lanes, interval, scope = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
            local outcome, floor, now = ARGV[6], tonumber(ARGV[7]), moment(ARGV[8])
            local all = held(key, now)
            for n, lane in pairs(all.lanes) do
              if lane.id == id then redis.call('HSET', key, 'lane:' .. n, text(lane.start) .. '|0|') end
            end
            if outcome == 'throttled' then
              local open = math.max(1, math.floor(math.min(all.most, tonumber(lanes)) / 2))
              join(key, batch, lanes, interval, scope, open, now)
              local quiet = math.max(all.quiet, now + tonumber(ARGV[9]))
              redis.call('HSET', key, 'quiet', text(quiet))
              keep(key, quiet - now)
            end
            if floor > 0 then
              local mark = redis.call('GET', page)
              if outcome == 'fetched' and (not mark or mark == id) then
                redis.call('SET', page, 'fetched', 'PX', text(floor))
              elseif mark == id then
                redis.call('DEL', page)
              end
            end
            return 1
            """)
}
