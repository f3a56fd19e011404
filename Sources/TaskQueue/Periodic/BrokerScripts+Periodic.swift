import Redis

extension BrokerScripts {
    /// Announces a scheduler's entries.
    ///
    /// KEYS[1] `asynq:schedulers:{…}` (LIST)
    /// ARGV[1] life, seconds · then each entry
    ///
    /// Returns 1. The last entry is the list's first. Source: asynq `rdb.go`, `writeSchedulerEntriesCmd`.
    static let writeSchedulerEntries = LuaScript(
        name: "write scheduler entries",
        """
        redis.call('DEL', KEYS[1])
        for i = 2, #ARGV do redis.call('LPUSH', KEYS[1], ARGV[i]) end
        redis.call('EXPIRE', KEYS[1], ARGV[1])
        return 1
        """)

    /// Notes that a scheduler enqueued a task, and forgets the oldest notes.
    ///
    /// KEYS[1] `asynq:scheduler_history:<entry id>` (ZSET)
    /// ARGV[1] now, Unix seconds · ARGV[2] event · ARGV[3] how many are kept at most · ARGV[4] life of the history, seconds
    ///
    /// Returns 1. asynq sets no expiry, and a crashed scheduler's histories stay for ever (W23). Source: asynq `rdb.go`,
    /// `recordSchedulerEnqueueEventCmd`.
    static let recordEnqueue = LuaScript(
        name: "record enqueue",
        """
        redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -tonumber(ARGV[3]))
        redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
        redis.call('EXPIRE', KEYS[1], ARGV[4])
        return 1
        """)
}
