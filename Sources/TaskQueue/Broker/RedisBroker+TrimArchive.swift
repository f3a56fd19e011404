import Foundation
import Redis

extension ArchiveLimits {
    /// How many archived tasks one task's archiving deletes at most, so that Redis is not held up: about 1 ms.
    ///
    /// More than one, so that even without a janitor the archive does not grow.
    static let trimmedByArchiving = 100

    /// `KEYS` of ``BrokerScripts/trimArchive``.
    static func keys(_ keys: RedisKeys) -> [String] { [keys.archived, keys.lease, keys.limits, keys.archiveEnds] }

    /// `ARGV` of ``BrokerScripts/trimArchive``.
    static func arguments(_ keys: RedisKeys, now: Date, limit: Int) -> [RedisArgument] {
        [.string(keys.taskPrefix), .integer(UnixTime.seconds(now)), .int(limit)]
    }
}

extension RedisBroker {
    package func trimArchive(queue: String, limit: Int) async throws -> Int {
        guard limit > 0 else { return 0 }
        let keys = RedisKeys(queue: queue)
        let reply = try await client.evaluate(
            BrokerScripts.trimArchive, keys: ArchiveLimits.keys(keys),
            arguments: ArchiveLimits.arguments(keys, now: now, limit: limit))
        return Int(try reply.integer())
    }
}

extension BrokerScripts {
    /// Lua: what the archive is to keep, and for how long.
    ///
    /// A limit that cannot be read is as if it were not set. The ends are an index only: what counts is the moment of archiving
    /// plus the task's own seconds, so that an entry of an earlier stay in the archive deletes nothing. An index of another
    /// type is left as it is; the queue's limits hold then. One call deals with 1000 entries at most, which Lua can unpack (W5).
    static let archiveTrimming = """
        local function archive_limits(limits)
          local found = redis.pcall('HMGET', limits, 'archive-count', 'archive-seconds')
          local count, seconds = \(ArchiveLimits.standardCount), \(ArchiveLimits.standardSeconds)
          if found.err then return count, seconds end
          return tonumber(string.match(found[1] or '', '^[1-9]%d*$')) or count,
            tonumber(string.match(found[2] or '', '^[1-9]%d*$')) or seconds
        end
        local function archive_end(task, archived_at)
          local options = redis.pcall('HGET', task, '\(TaskField.options)')
          if type(options) ~= 'string' or string.sub(options, 1, 2) ~= '1;' then return nil end
          local seconds = string.match(options, ';a=(%d+);')
          return seconds and tonumber(archived_at) + tonumber(seconds)
        end
        local look_again = 90 * 86400
        local function note_archive_end(ends, task, id, archived_at)
          local moment = archive_end(task, archived_at)
          -- Far ends are looked at in between, so that what Go has taken off the archive is forgotten.
          if moment then redis.pcall('ZADD', ends, math.min(moment, tonumber(archived_at) + look_again), id) end
        end
        local function trim_archive(archived, lease, limits, ends, prefix, now, most)
          most = math.min(most, 1000)
          local function drop(ids)
            if #ids == 0 then return end
            local tasks = {}
            for _, id in ipairs(ids) do
              if not redis.call('ZSCORE', lease, id) then tasks[#tasks + 1] = prefix .. id end
            end
            if #tasks > 0 then redis.call('DEL', unpack(tasks)) end
            redis.call('ZREM', archived, unpack(ids))
            redis.pcall('ZREM', ends, unpack(ids))
          end
          local doomed = {}
          local over = redis.pcall('ZRANGE', ends, '-inf', now, 'BYSCORE', 'LIMIT', 0, most)
          if over.err then over = {} end
          for _, id in ipairs(over) do
            local at = redis.call('ZSCORE', archived, id)
            local moment = at and archive_end(prefix .. id, at)
            if not moment then
              redis.call('ZREM', ends, id)
            elseif moment > now then
              redis.call('ZADD', ends, math.min(moment, now + look_again), id)
            else
              doomed[#doomed + 1] = id
            end
          end
          drop(doomed)
          local count, seconds = archive_limits(limits)
          local old = redis.call('ZCOUNT', archived, '-inf', now - seconds)
          local excess = math.max(old, redis.call('ZCARD', archived) - count)
          local going = math.min(excess, most - #over)
          if going <= 0 then return #over end
          drop(redis.call('ZRANGE', archived, 0, going - 1))
          return #over + going
        end

        """

    /// Deletes archived tasks that are too old or too many, with their hashes; first those whose own retention is over, then the
    /// oldest.
    ///
    /// KEYS[1] `…:archived` (ZSET) · KEYS[2] `…:lease` (ZSET) · KEYS[3] `schedcu:{q}:limits` (HASH) · KEYS[4]
    /// `schedcu:{q}:archive-ends` (ZSET)
    /// ARGV[1] task key prefix · ARGV[2] now, Unix seconds · ARGV[3] how many entries are dealt with at most
    ///
    /// Returns how many entries were dealt with; one that runs is only taken off the archive. asynq trims only when it
    /// archives, and its inspector leaves the hashes (W9). Source: asynq `rdb.go`, `archiveCmd`; the retentions are ours.
    static let trimArchive = LuaScript(
        name: "trim archive",
        archiveTrimming + """
            redis.call('ZCARD', KEYS[1])
            redis.call('ZCARD', KEYS[2])
            return trim_archive(KEYS[1], KEYS[2], KEYS[3], KEYS[4], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]))
            """)
}
