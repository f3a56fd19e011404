import Foundation
import Redis

/// How many archived tasks a queue keeps, and for how long: the one place that says so.
enum ArchiveBounds {
    /// How many stay: 10,000 in asynq's settings, of which it keeps one less.
    static let count = 9999
    /// How long they stay: 90 days, as asynq fixes it.
    static let seconds: Int64 = 90 * 86_400

    /// `KEYS` of ``BrokerScripts/trimArchive``.
    static func keys(_ keys: RedisKeys) -> [String] { [keys.archived, keys.lease] }

    /// `ARGV` of ``BrokerScripts/trimArchive``.
    static func arguments(_ keys: RedisKeys, now: Date, limit: Int) -> [RedisArgument] {
        [.string(keys.taskPrefix), .integer(UnixTime.seconds(now) - seconds), .int(count), .int(limit)]
    }
}

extension RedisBroker {
    package func trimArchive(queue: String, limit: Int) async throws -> Int {
        guard limit > 0 else { return 0 }
        let keys = RedisKeys(queue: queue)
        let reply = try await client.evaluate(
            BrokerScripts.trimArchive, keys: ArchiveBounds.keys(keys),
            arguments: ArchiveBounds.arguments(keys, now: now, limit: limit))
        return Int(try reply.integer())
    }
}

extension BrokerScripts {
    /// Deletes archived tasks that are too old or too many, with their hashes; the oldest first.
    ///
    /// KEYS[1] `…:archived` (ZSET) · KEYS[2] `…:lease` (ZSET)
    /// ARGV[1] task key prefix · ARGV[2] up to which score tasks are too old, Unix seconds · ARGV[3] how many may stay · ARGV[4]
    /// how many go at most
    ///
    /// Returns how many went; one that runs is only taken off the archive. asynq trims only when it archives, and its inspector
    /// leaves the hashes (W9). Source: asynq `rdb.go`, `archiveCmd`.
    static let trimArchive = LuaScript(
        name: "trim archive",
        """
        local old = redis.call('ZCOUNT', KEYS[1], '-inf', ARGV[2])
        local excess = math.max(old, redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[3]))
        local going = math.min(excess, tonumber(ARGV[4]))
        if going <= 0 then return 0 end
        for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, going - 1)) do
          if not redis.call('ZSCORE', KEYS[2], id) then redis.call('DEL', ARGV[1] .. id) end
        end
        redis.call('ZREMRANGEBYRANK', KEYS[1], 0, going - 1)
        return going
        """)
}
