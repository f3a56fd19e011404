/// The scripts of ``RedisBroker``, one file a command group.
///
/// All keys of one script share the queue's hash tag. A script checks everything first and changes the store afterwards,
/// so that a refused one leaves no trace (asynq changes first: spec W10). What may be of another type than it should be is
/// met as follows.
///
/// - A container (list, set) of the queue: it is read before anything is changed, and Redis's error then ends the script.
/// - The hash of one task among several: that task counts as gone, and the others go on.
/// - A lock: it counts as somebody else's, and stays.
/// - A counter: it stays, and nothing is counted; statistics keep no task from ending.
enum BrokerScripts {
    /// Lua: the parts of the field `schedcu:owner`, `<worker id>|<run token>|<lease>|<deliveries>`.
    ///
    /// One field for all four, because each more costs about as much memory and time as the rest of a delivery's bookkeeping.
    static let owner = """
        local function owner_parts(held) return string.match(held or '', '^(.*)|(%d+)|(%d+)$') end

        """

    /// Lua: whether a run is still the task's present one.
    ///
    /// The stored message must be the given one and the lease must stand. With an owner the hash must name that owner;
    /// without one (a Go worker took the task) no run of ours may hold it. An owner counts only while the lease is the one
    /// that it wrote last: Go leaves our fields behind, but writes a lease of its own.
    static let fence =
        owner + """
            local function is_owned(held, owner)
              return held and string.sub(held, 1, #owner) == owner and string.byte(held, #owner + 1) == 124
            end
            local function holds(task, score, owner, msg)
              local held = redis.pcall('HMGET', task, '\(TaskField.owner)', 'msg')
              if not score or held.err or held[2] ~= msg then return false end
              if owner ~= '' then return is_owned(held[1], owner) end
              local _, lease = owner_parts(held[1])
              return lease ~= score
            end

            """

    /// Lua: takes the task out of its running state, or says no and changes nothing.
    ///
    /// Its arguments are the containers that the script is to change afterwards, each after the command that reads its size.
    ///
    /// KEYS[1] task · KEYS[2] active · KEYS[3] lease · ARGV[1] id · ARGV[2] owner or empty · ARGV[3] message as taken
    ///
    /// Workers that wait for the queue's room hear of it.
    static let release =
        fence + roomMade + """
            local function release(...)
              if not holds(KEYS[1], redis.call('ZSCORE', KEYS[3], ARGV[1]), ARGV[2], ARGV[3]) then return false end
              local targets = {...}
              for i = 1, #targets, 2 do redis.call(targets[i], targets[i + 1]) end
              if redis.call('LREM', KEYS[2], 1, ARGV[1]) == 0 then return false end
              redis.call('ZREM', KEYS[3], ARGV[1])
              room_made(KEYS[2], KEYS[3], 1)
              local _, _, deliveries = owner_parts(redis.call('HGET', KEYS[1], '\(TaskField.owner)'))
              if deliveries then
                redis.call('HDEL', KEYS[1], '\(TaskField.owner)')
                redis.call('HSET', KEYS[1], '\(TaskField.deliveries)', deliveries)
              end
              return true
            end

            """

    /// Lua: the counters and the lock's release.
    ///
    /// When `processed` stands at the largest 64-bit number, the pair starts again at 1. A counter that cannot be counted is
    /// left as it is, and so is a lock of another type.
    static let counters = """
        local largest = '9223372036854775807'
        local function count_day(day, expires, by)
          if redis.pcall('INCRBY', day, by) == by then redis.call('EXPIREAT', day, expires) end
        end
        local function count_processed(day, total, expires, by)
          by = by or 1
          count_day(day, expires, by)
          local sum = redis.pcall('INCRBY', total, by)
          if type(sum) == 'table' and string.find(sum.err, 'overflow', 1, true) then redis.call('SET', total, by) end
        end
        local function count_failed(processed_day, failed_day, processed, failed, expires)
          count_day(processed_day, expires, 1)
          count_day(failed_day, expires, 1)
          if redis.pcall('GET', processed) == largest then
            redis.call('SET', processed, 1)
            redis.call('SET', failed, 1)
          else
            redis.pcall('INCR', processed)
            redis.pcall('INCR', failed)
          end
        end
        local function unlock(lock, id)
          if lock and redis.pcall('GET', lock) == id then redis.call('DEL', lock) end
        end

        """

    /// Lua: adding to a container, and telling workers that do not wait on it themselves (decision D3).
    ///
    /// Only what may change somebody's plan is told: the first id of an empty pending list, and a new earliest moment. Whoever
    /// looks after an earlier telling finds the ids that came later.
    static let adding = """
        local function push_pending(pending, id)
          if redis.call('LPUSH', pending, id) == 1 then redis.call('PUBLISH', '\(RedisKeys.wakeChannel)', pending) end
        end
        local function give_back(pending, id)
          if redis.call('RPUSH', pending, id) == 1 then redis.call('PUBLISH', '\(RedisKeys.wakeChannel)', pending) end
        end
        local function add_scheduled(scheduled, score, id)
          redis.call('ZADD', scheduled, score, id)
          if redis.call('ZRANK', scheduled, id) == 0 then
            redis.call('PUBLISH', '\(RedisKeys.wakeChannel)', scheduled)
          end
        end

        """
}
