import Foundation
import Redis

extension RedisBroker {
    package func complete(_ run: TaskRun, handingOverTo next: TaskMessage) async throws -> OutcomeWrite {
        precondition(next.queue == run.message.queue, "a step hands over within its queue only")
        let keys = RedisKeys(queue: next.queue)
        let moment = now
        var message = run.message
        message.completedAtUnixSeconds = UnixTime.seconds(moment)
        let (end, overflow) = message.completedAtUnixSeconds.addingReportingOverflow(message.retentionSeconds)
        let reply = try await client.evaluate(
            HandOverScripts.complete,
            keys: [
                keys.task(run.message.id), keys.active, keys.lease, keys.processed(on: UTCDay(moment)),
                keys.processedTotal, keys.completed, keys.pending, keys.task(next.id),
            ] + (run.message.uniqueKey.isEmpty ? [] : [run.message.uniqueKey]),
            arguments: Self.claim(run) + [
                .integer(UnixTime.seconds(moment) + Self.statsSeconds), .integer(overflow ? .max : end),
                .bytes(try message.encoded()), .string(next.id), .bytes(try next.encoded()),
                .integer(UnixTime.nanoseconds(moment)),
            ])
        return try reply.integer() == 1 ? .written : .superseded
    }
}

/// Scripts that end one task and create the next.
enum HandOverScripts {
    /// The task succeeded and is kept, and the next one is pending unless its id is taken (D8).
    ///
    /// KEYS[1] `…:t:<id>` (HASH) · KEYS[2] `…:active` (LIST) · KEYS[3] `…:lease` (ZSET) · KEYS[4] `…:processed:<day>` · KEYS[5]
    /// `…:processed` (STRING) · KEYS[6] `…:completed` (ZSET) · KEYS[7] `…:pending` (LIST) · KEYS[8] the next task (HASH) ·
    /// KEYS[9] the unique lock, if the first has one
    /// ARGV[1] id · ARGV[2] owner or empty · ARGV[3] message as taken · ARGV[4] when the day's counter expires, Unix
    /// seconds · ARGV[5] end of the retention, Unix seconds · ARGV[6] new message · ARGV[7] next id · ARGV[8] next message ·
    /// ARGV[9] now, Unix nanoseconds
    ///
    /// Returns 1, or 0 when the run no longer holds the task and nothing was changed. Source: ours.
    static let complete = LuaScript(
        name: "complete, handing over",
        BrokerScripts.release + BrokerScripts.counters + BrokerScripts.adding + BrokerScripts.ending + """
            if not release('ZCARD', KEYS[6], 'LLEN', KEYS[7]) then return 0 end
            redis.call('HSET', KEYS[1], 'msg', ARGV[6], 'state', 'completed')
            redis.call('HDEL', KEYS[1], '\(TaskField.cancel)')
            redis.call('ZADD', KEYS[6], ARGV[5], ARGV[1])
            count_processed(KEYS[4], KEYS[5], ARGV[4])
            unlock(KEYS[9], ARGV[1])
            if redis.call('EXISTS', KEYS[8]) == 0 then
              redis.call('HSET', KEYS[8], 'msg', ARGV[8], 'state', 'pending', 'pending_since', ARGV[9])
              push_pending(KEYS[7], ARGV[7])
            end
            tell_ending(KEYS[1])
            return 1
            """)
}
