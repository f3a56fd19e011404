/// The scripts of ``RedisBroker``, one file a command group.
///
/// All keys of one script share the queue's hash tag. A script checks everything first and changes the store afterwards,
/// so that a refused one leaves no trace (asynq changes first: spec W10).
enum BrokerScripts {
    /// Lua: whether a run is still the task's present one.
    ///
    /// With an owner: the hash names that owner and the stored message has the digest in it. Without one (a Go worker took
    /// the task): the stored message is the given one, and no run of ours holds it. The lease must stand in both cases.
    /// An owner field whose digest differs was left behind by a Go worker that rewrote the message, and counts for nothing.
    static let fence = """
        local function owner_of(task)
          local held = redis.call('HMGET', task, '\(TaskField.owner)', 'msg')
          local owner, msg = held[1], held[2]
          if owner and msg and string.sub(owner, -40) == redis.sha1hex(msg) then return owner, msg end
          return false, msg
        end
        local function holds(task, lease, id, owner, msg)
          local present, stored = owner_of(task)
          if not stored then return false end
          if owner ~= '' then
            if present ~= owner then return false end
          elseif present or stored ~= msg then
            return false
          end
          return redis.call('ZSCORE', lease, id) ~= false
        end

        """

    /// Lua: takes the task out of its running state, or says no and changes nothing.
    ///
    /// KEYS[1] task · KEYS[2] active · KEYS[3] lease · ARGV[1] id · ARGV[2] owner or empty · ARGV[3] message or empty
    static let release =
        fence + """
            local function release()
              if not holds(KEYS[1], KEYS[3], ARGV[1], ARGV[2], ARGV[3]) then return false end
              if redis.call('LREM', KEYS[2], -1, ARGV[1]) == 0 then return false end
              redis.call('ZREM', KEYS[3], ARGV[1])
              redis.call('HDEL', KEYS[1], '\(TaskField.owner)')
              return true
            end

            """

    /// Lua: the counters and the lock's release.
    ///
    /// When `processed` stands at the largest 64-bit number, the pair starts again at 1.
    static let counters = """
        local largest = '9223372036854775807'
        local function count_day(day, expires)
          if redis.call('INCR', day) == 1 then redis.call('EXPIREAT', day, expires) end
        end
        local function count_processed(day, total, expires)
          count_day(day, expires)
          if redis.call('GET', total) == largest then redis.call('SET', total, 1) else redis.call('INCR', total) end
        end
        local function count_failed(processed_day, failed_day, processed, failed, expires)
          count_day(processed_day, expires)
          count_day(failed_day, expires)
          if redis.call('GET', processed) == largest then
            redis.call('SET', processed, 1)
            redis.call('SET', failed, 1)
          else
            redis.call('INCR', processed)
            redis.call('INCR', failed)
          end
        end
        local function unlock(lock, id)
          if lock and redis.call('GET', lock) == id then redis.call('DEL', lock) end
        end

        """
}
