import Redis

/// The scripts of workflows, and what the end of a step adds to the script that records it.
///
/// A workflow is one hash, `schedcu:{<queue>}:workflow:<id>`. Its fields: `names` (of the steps, by spaces), `created`, `left`
/// (how many have not succeeded), `retention` (seconds), `cancelled` (Unix seconds, if it was), and of each step
/// `after:<name>` and `next:<name>` (its neighbours, by spaces), `waits:<name>` (how many of its predecessors have not
/// succeeded) and `message:<name>` while it waits, `done:<name>` (Unix seconds) once it has succeeded. A waiting step
/// is no task yet, so asynq's containers hold nothing that asynq does not know (decision D6).
enum WorkflowScripts {
    /// How long a workflow is kept after its last change while it has not ended: 90 days, as long as an archived step.
    static let lifeSeconds: Int64 = 90 * 86_400

    /// Lua: starts a step, and notes a step's success once.
    ///
    /// `at` holds the names and moments: `flow` (the workflow's HASH), `started` (ZSET), `pending` (LIST), `prefix` (of task
    /// keys), `id` (the workflow's), `seconds`, `nanoseconds`. A step whose task id is taken counts as started: whoever took
    /// the id stands for it. ``BrokerScripts/adding`` must stand before it.
    private static let progress = """
        local function start_step(at, name)
          local msg = redis.call('HGET', at.flow, 'message:' .. name)
          redis.call('HDEL', at.flow, 'message:' .. name, 'waits:' .. name)
          local id = at.id .. '.' .. name
          local task = at.prefix .. id
          redis.call('ZADD', at.started, at.seconds, id)
          if msg and redis.call('EXISTS', task) == 0 then
            redis.call('HSET', task, 'msg', msg, 'state', 'pending', 'pending_since', at.nanoseconds)
            push_pending(at.pending, id)
          end
        end
        local function keep(at)
          local held = redis.call('HMGET', at.flow, 'left', 'cancelled', 'retention')
          local ended = held[1] == '0' or held[2]
          redis.call('EXPIRE', at.flow, ended and tonumber(held[3] or '') or \(lifeSeconds))
        end
        local function note_success(at, name)
          redis.call('ZREM', at.started, at.id .. '.' .. name)
          if redis.call('TYPE', at.flow).ok ~= 'hash' then return false end
          if redis.call('HEXISTS', at.flow, 'after:' .. name) == 0 then return false end
          if redis.call('HSETNX', at.flow, 'done:' .. name, at.seconds) == 0 then return false end
          redis.call('HSET', at.flow, 'left', (tonumber(redis.call('HGET', at.flow, 'left') or '') or 1) - 1)
          if redis.call('HEXISTS', at.flow, 'cancelled') == 0 then
            for next in string.gmatch(redis.call('HGET', at.flow, 'next:' .. name) or '', '%S+') do
              local waits = tonumber(redis.call('HGET', at.flow, 'waits:' .. next) or '')
              if waits and waits > 1 then
                redis.call('HSET', at.flow, 'waits:' .. next, waits - 1)
              elseif waits then
                start_step(at, next)
              end
            end
          end
          keep(at)
          return true
        end

        """

    /// Lua: what ``BrokerScripts/complete`` does for a step. Its KEYS and ARGV are there, or none of them:
    ///
    /// KEYS[7] `…:pending` (LIST) · KEYS[8] `schedcu:…:workflow-steps` (ZSET) · KEYS[9] `schedcu:…:workflow:<id>` (HASH)
    /// ARGV[7] step name · ARGV[8] workflow id · ARGV[9] task key prefix · ARGV[10] now, Unix seconds · ARGV[11] now, Unix
    /// nanoseconds
    ///
    /// A step has no unique lock, so the lock's key cannot be in the way.
    static let handOver =
        BrokerScripts.adding + progress + """
            local function check_step()
              if not ARGV[7] then return end
              redis.call('LLEN', KEYS[7])
              redis.call('ZCARD', KEYS[8])
            end
            local function hand_over()
              if not ARGV[7] then return end
              local at = {flow = KEYS[9], started = KEYS[8], pending = KEYS[7], prefix = ARGV[9], id = ARGV[8],
                seconds = ARGV[10], nanoseconds = ARGV[11]}
              note_success(at, ARGV[7])
            end

            """

    /// Stores a workflow and starts the steps that wait for none.
    ///
    /// KEYS[1] `schedcu:…:workflow:<id>` (HASH) · KEYS[2] `schedcu:…:workflows` · KEYS[3] `schedcu:…:workflow-steps` (ZSET) ·
    /// KEYS[4] `…:pending` (LIST)
    /// ARGV[1] id · ARGV[2] task key prefix · ARGV[3] now, Unix seconds · ARGV[4] now, Unix nanoseconds · ARGV[5] retention,
    /// seconds · ARGV[6] step names, by spaces · then name, message, predecessors, successors (by spaces), and how many
    /// predecessors, of each step
    ///
    /// Returns 1 created, 0 the workflow's id is taken, -1 the id of a step's task is taken. Source: ours.
    static let create = LuaScript(
        name: "create workflow",
        BrokerScripts.adding + progress + """
            if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
            for i = 7, #ARGV, 5 do
              if redis.call('EXISTS', ARGV[2] .. ARGV[1] .. '.' .. ARGV[i]) == 1 then return -1 end
            end
            -- Refused here, before anything is changed, where a key is of another type.
            redis.call('ZCARD', KEYS[2])
            redis.call('ZCARD', KEYS[3])
            redis.call('LLEN', KEYS[4])
            local at = {flow = KEYS[1], started = KEYS[3], pending = KEYS[4], prefix = ARGV[2], id = ARGV[1],
              seconds = ARGV[3], nanoseconds = ARGV[4]}
            redis.call('HSET', KEYS[1], 'names', ARGV[6], 'created', ARGV[3], 'left', (#ARGV - 6) / 5,
              'retention', ARGV[5])
            for i = 7, #ARGV, 5 do
              local name = ARGV[i]
              redis.call('HSET', KEYS[1], 'after:' .. name, ARGV[i + 2], 'message:' .. name, ARGV[i + 1],
                'waits:' .. name, ARGV[i + 4])
              if ARGV[i + 3] ~= '' then redis.call('HSET', KEYS[1], 'next:' .. name, ARGV[i + 3]) end
            end
            redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
            for i = 7, #ARGV, 5 do
              if ARGV[i + 4] == '0' then start_step(at, ARGV[i]) end
            end
            keep(at)
            return 1
            """)

    /// Hands over for steps that are completed and not noted: a Go worker completed them, or one of ours that could not tell.
    ///
    /// KEYS[1] `schedcu:…:workflow-steps` (ZSET) · KEYS[2] `…:pending` (LIST)
    /// ARGV[1] task key prefix · ARGV[2] workflow key prefix · ARGV[3] at which place to begin, from 0 · ARGV[4] how many at
    /// most · ARGV[5] now, Unix seconds · ARGV[6] now, Unix nanoseconds
    ///
    /// Returns how many steps were looked at, how many of them stay, and how many were handed over. A step whose workflow is gone
    /// is dropped. Source: ours.
    static let sweep = LuaScript(
        name: "sweep workflow steps",
        BrokerScripts.adding + progress + """
            redis.call('LLEN', KEYS[2])
            local first = tonumber(ARGV[3])
            local steps = redis.call('ZRANGE', KEYS[1], first, first + ARGV[4] - 1)
            local stay, handed = 0, 0
            for _, step in ipairs(steps) do
              local id, name = string.match(step, '^(.*)%.([^.]*)$')
              local flow = ARGV[2] .. (id or '')
              if not id or redis.call('TYPE', flow).ok ~= 'hash' then
                redis.call('ZREM', KEYS[1], step)
              elseif redis.pcall('HGET', ARGV[1] .. step, 'state') == 'completed' then
                local at = {flow = flow, started = KEYS[1], pending = KEYS[2], prefix = ARGV[1], id = id,
                  seconds = ARGV[5], nanoseconds = ARGV[6]}
                if note_success(at, name) then handed = handed + 1 end
              else
                stay = stay + 1
              end
            end
            return {#steps, stay, handed}
            """)

    /// Drops ids of workflows that have expired.
    ///
    /// KEYS[1] `schedcu:…:workflows` (ZSET)
    /// ARGV[1] workflow key prefix · ARGV[2] at which place to begin, from 0 · ARGV[3] how many at most
    ///
    /// Returns how many were looked at, and how many of them stay. Source: ours.
    static let prune = LuaScript(
        name: "prune workflows",
        """
        local first = tonumber(ARGV[2])
        local ids = redis.call('ZRANGE', KEYS[1], first, first + ARGV[3] - 1)
        local stay = 0
        for _, id in ipairs(ids) do
          if redis.call('EXISTS', ARGV[1] .. id) == 1 then
            stay = stay + 1
          else
            redis.call('ZREM', KEYS[1], id)
          end
        end
        return {#ids, stay}
        """)

    /// Reads a workflow and the states of its steps at one moment.
    ///
    /// KEYS[1] `schedcu:…:workflow:<id>` (HASH) · ARGV[1] id · ARGV[2] task key prefix
    ///
    /// Returns nothing when there is none; else `created`, `left`, `cancelled` or empty, and of each step in one flat array:
    /// name, predecessors, `done` or empty, `waits` or empty, the task's state or empty, and its message if it
    /// failed, or empty. Source: ours.
    static let read = LuaScript(
        name: "read workflow",
        """
        if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return {} end
        local held = redis.call('HMGET', KEYS[1], 'created', 'left', 'cancelled', 'names')
        local found = {held[1] or '', held[2] or '', held[3] or ''}
        for name in string.gmatch(held[4] or '', '%S+') do
          local step = redis.call('HMGET', KEYS[1], 'after:' .. name, 'done:' .. name, 'waits:' .. name)
          local task = redis.pcall('HMGET', ARGV[2] .. ARGV[1] .. '.' .. name, 'state', 'msg')
          local state = not task.err and task[1] or ''
          local hasFailed = state == 'archived' or state == 'retry'
          for _, part in ipairs({name, step[1] or '', step[2] or '', step[3] or '', state,
            hasFailed and task[2] or ''}) do
            found[#found + 1] = part
          end
        end
        return found
        """)

    /// Marks a workflow as cancelled, so that no more of its steps start.
    ///
    /// KEYS[1] `schedcu:…:workflow:<id>` (HASH) · ARGV[1] now, Unix seconds
    ///
    /// Returns `missing`, or `succeeded` when all its steps have; else `ok` and the names of the steps that have started and not
    /// succeeded. Source: ours.
    static let cancel = LuaScript(
        name: "cancel workflow",
        """
        if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return {'missing'} end
        local held = redis.call('HMGET', KEYS[1], 'left', 'cancelled', 'names', 'retention')
        if held[1] == '0' and not held[2] then return {'succeeded'} end
        redis.call('HSETNX', KEYS[1], 'cancelled', ARGV[1])
        redis.call('EXPIRE', KEYS[1], held[4] or \(lifeSeconds))
        local found = {'ok'}
        for name in string.gmatch(held[3] or '', '%S+') do
          redis.call('HDEL', KEYS[1], 'message:' .. name)
          local step = redis.call('HMGET', KEYS[1], 'waits:' .. name, 'done:' .. name)
          if not step[1] and not step[2] then found[#found + 1] = name end
        end
        return found
        """)
}
