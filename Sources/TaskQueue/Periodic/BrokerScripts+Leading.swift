import Redis

/// The scripts by which one scheduler of a fleet leads it. Source of all: ours.
extension BrokerScripts {
    /// Elects a scheduler, or renews its term.
    ///
    /// KEYS[1] `schedcu:scheduler:leader` (STRING `<term> <scheduler id>`) · KEYS[2] `{…}:terms` (HASH `term`, `leader`)
    /// ARGV[1] scheduler id · ARGV[2] life, milliseconds · ARGV[3] what a new term must be above
    ///
    /// Returns the term and the leader before it, empty if the term is not new; or an empty array while another leads. A
    /// term that was not renewed in time is over, also for the scheduler that had it. The terms never expire. A leader's key
    /// that names nobody counts as none.
    static let elect = LuaScript(
        name: "elect scheduler",
        """
        local held = redis.call('GET', KEYS[1])
        local term, id = string.match(held or '', '^(%d+) (.*)$')
        if term then
          if id ~= ARGV[1] then return {} end
          redis.call('PEXPIRE', KEYS[1], ARGV[2])
          return {term, ''}
        end
        local known = redis.call('HMGET', KEYS[2], 'term', 'leader')
        term = string.format('%d', math.max(tonumber(known[1] or '') or 0, tonumber(ARGV[3])) + 1)
        redis.call('HSET', KEYS[2], 'term', term, 'leader', ARGV[1])
        redis.call('SET', KEYS[1], term .. ' ' .. ARGV[1], 'PX', ARGV[2])
        return {term, known[2] or ''}
        """)

    /// Gives the lead back.
    ///
    /// KEYS[1] `schedcu:scheduler:leader` (STRING)
    /// ARGV[1] term and scheduler id
    ///
    /// Returns 1, or 0 when another term has begun or this one is over.
    static let resign = LuaScript(
        name: "resign scheduler",
        """
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
        return redis.call('DEL', KEYS[1])
        """)

    /// Makes a queue refuse the ticks of earlier terms.
    ///
    /// KEYS[1] `schedcu:{<queue>}:scheduler_term:<fleet>` (STRING)
    /// ARGV[1] term · ARGV[2] life, seconds
    ///
    /// Returns the highest term that the queue has seen, this one included.
    static let fenceQueue = LuaScript(
        name: "fence queue",
        """
        local seen = tonumber(redis.call('GET', KEYS[1]) or '') or 0
        if seen > tonumber(ARGV[1]) then return seen end
        redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
        return tonumber(ARGV[1])
        """)

    /// Reads an entry's ticks for a new leader, and begins the entry if it is new.
    ///
    /// KEYS[1] `schedcu:scheduler:leader` (STRING) · KEYS[2] `{…}:ticks:<entry id>` (HASH `last`, `spec`, and each open tick)
    /// ARGV[1] term and scheduler id · ARGV[2] spec · ARGV[3] where a new entry begins · ARGV[4] now · ARGV[5] how far ahead of
    /// now a claimed tick may be and still count, seconds · ARGV[6] life, seconds; moments are Unix seconds
    ///
    /// Returns the last tick, then the open ones; or an empty array when the scheduler leads no more. What is far ahead is a
    /// wrong clock's and is forgotten.
    static let adoptTicks = LuaScript(
        name: "adopt ticks",
        """
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {} end
        local highest = tonumber(ARGV[4]) + tonumber(ARGV[5])
        local stored = redis.call('HGETALL', KEYS[2])
        local last, spec, open, wrong = nil, nil, {}, {}
        for i = 1, #stored, 2 do
          local name, value = stored[i], stored[i + 1]
          if name == 'last' then
            last = tonumber(value)
          elseif name == 'spec' then
            spec = value
          elseif tonumber(name) and tonumber(name) <= highest then
            open[#open + 1] = name
          else
            wrong[#wrong + 1] = name
          end
        end
        if last and last > highest then last = tonumber(ARGV[4]) end
        if not last or spec ~= ARGV[2] then last = math.max(last or 0, tonumber(ARGV[3])) end
        for i = 1, #wrong do redis.call('HDEL', KEYS[2], wrong[i]) end
        redis.call('HSET', KEYS[2], 'last', string.format('%d', last), 'spec', ARGV[2])
        redis.call('EXPIRE', KEYS[2], ARGV[6])
        table.insert(open, 1, string.format('%d', last))
        return open
        """)

    /// Claims a tick.
    ///
    /// KEYS[1] `schedcu:scheduler:leader` (STRING) · KEYS[2] `{…}:ticks:<entry id>` (HASH)
    /// ARGV[1] term and scheduler id · ARGV[2] tick, Unix seconds · ARGV[3] how far ahead of the tick a claimed one may be and
    /// still count, seconds · ARGV[4] life, seconds
    ///
    /// Returns 1; 0 when this tick or a later one was claimed; -1 when the scheduler leads no more. A claim that is repeated
    /// because its answer was lost is the caller's as long as the tick is open.
    static let claimTick = LuaScript(
        name: "claim tick",
        """
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
        local tick, last = tonumber(ARGV[2]), tonumber(redis.call('HGET', KEYS[2], 'last') or '')
        if last and last >= tick and last - tick <= tonumber(ARGV[3]) then
          return redis.call('HEXISTS', KEYS[2], ARGV[2])
        end
        redis.call('HSET', KEYS[2], 'last', ARGV[2], ARGV[2], ARGV[1])
        redis.call('EXPIRE', KEYS[2], ARGV[4])
        return 1
        """)

    /// Creates a tick's task.
    ///
    /// KEYS[1] `schedcu:{<queue>}:ticks:<scope>` (ZSET) · KEYS[2] `schedcu:{<queue>}:scheduler_term:<fleet>` (STRING) · then
    /// the keys of ``create``
    /// ARGV[1] tick, Unix seconds · ARGV[2] life of the ticks, seconds · ARGV[3] how long before this tick others are remembered,
    /// seconds · ARGV[4] term, or empty without a fleet · ARGV[5] life of the term, seconds · then the arguments of ``create``
    ///
    /// Returns what ``create`` does; -2 when the queue has seen a later term; -3 when the tick had its try. A try that the
    /// creation refused counts too.
    static let createTick = LuaScript(
        name: "create tick",
        """
        local function create(KEYS, ARGV)
        \(create.source)
        end
        local function from(list, first)
          local rest = {}
          for i = first, #list do rest[#rest + 1] = list[i] end
          return rest
        end
        if ARGV[4] ~= '' then
          local seen = tonumber(redis.call('GET', KEYS[2]) or '')
          if seen and seen > tonumber(ARGV[4]) then return -2 end
        end
        if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return -3 end
        local made = create(from(KEYS, 3), from(ARGV, 6))
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%d', tonumber(ARGV[1]) - tonumber(ARGV[3])))
        redis.call('ZADD', KEYS[1], ARGV[1], ARGV[1])
        redis.call('EXPIRE', KEYS[1], ARGV[2])
        if ARGV[4] ~= '' then redis.call('SET', KEYS[2], ARGV[4], 'EX', ARGV[5]) end
        return made
        """)
}
