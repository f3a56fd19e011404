import Foundation
import Redis

extension RedisBroker {
    /// How many events an entry's history holds at most, as in asynq.
    static let historyLimit = 1000
    /// How long a history outlives its last event: 90 days, as the daily counters do.
    private static let historySeconds: Int64 = 90 * 86_400

    package func writeSchedulerEntries(
        _ entries: [SchedulerEntry], schedulerID: String, life: Duration
    ) async throws {
        let key = RedisKeys.scheduler(schedulerID)
        let seconds = max(1, life.secondsRoundedUp)
        var arguments: [RedisArgument] = [.integer(seconds)]
        for entry in entries { arguments.append(.bytes(try entry.encoded())) }
        try await client.send(
            "ZADD", .string(RedisKeys.schedulers), .integer(UnixTime.seconds(now) + seconds), .string(key))
        try await client.evaluate(BrokerScripts.writeSchedulerEntries, keys: [key], arguments: arguments)
    }

    package func clearSchedulerEntries(schedulerID: String) async throws {
        let key = RedisKeys.scheduler(schedulerID)
        try await client.send("ZREM", .string(RedisKeys.schedulers), .string(key))
        try await client.send("DEL", .string(key))
    }

    package func recordEnqueue(_ event: SchedulerEnqueueEvent, ofEntry id: String) async throws {
        try await client.evaluate(
            BrokerScripts.recordEnqueue, keys: [RedisKeys.schedulerHistory(entry: id)],
            arguments: [
                .integer(UnixTime.seconds(event.enqueuedAt)), .bytes(try event.encoded()), .int(Self.historyLimit),
                .integer(Self.historySeconds),
            ])
    }

    package func clearHistory(ofEntry id: String) async throws {
        try await client.send("DEL", .string(RedisKeys.schedulerHistory(entry: id)))
    }
}
