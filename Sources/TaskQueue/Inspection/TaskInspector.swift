package import Foundation
public import Logging
public import Redis

/// Looks at queues, tasks and servers, and changes them by hand: asynq's `Inspector`.
public final class TaskInspector: Sendable {
    /// The last error's text of a task that was cancelled for good.
    package static let cancelledText = "cancelled"
    /// How many tasks a page holds unless told.
    public static let defaultPageSize = 30

    let client: RedisClient
    let now: @Sendable () -> Date

    /// Makes an inspector; it connects when it is first used.
    public convenience init(redis: RedisConfiguration, logger: Logger) {
        self.init(client: RedisClient(redis, name: "schedcu-inspector", logger: logger))
    }

    /// Makes an inspector of a client, which it closes when it is closed.
    package init(client: RedisClient, now: @escaping @Sendable () -> Date = { Date() }) {
        self.client = client
        self.now = now
    }

    /// Closes the connection; later calls fail.
    public func close() async {
        await client.close()
    }

    /// The names of all queues in alphabetical order.
    public func queues() async throws -> [String] {
        try await client.send("SMEMBERS", .string(RedisKeys.queues)).array().map { try $0.string() }.sorted()
    }

    /// One queue's numbers.
    ///
    /// - Parameter queue: The queue's name.
    /// - Returns: Its numbers at about one moment.
    /// - Throws: ``InspectorError`` with `queueNotFound`, else the store's error.
    public func queueInfo(for queue: String) async throws -> QueueInfo {
        let keys = RedisKeys(queue: queue)
        let moment = now()
        let today = UTCDay(moment)
        let numbers = try await numbers([
            RedisCommand("SISMEMBER", [.string(RedisKeys.queues), .string(queue)]),
            RedisCommand("EXISTS", [.string(keys.paused)]),
            RedisCommand("LLEN", [.string(keys.pending)]),
            RedisCommand("LLEN", [.string(keys.active)]),
            RedisCommand("ZCARD", [.string(keys.scheduled)]),
            RedisCommand("ZCARD", [.string(keys.retry)]),
            RedisCommand("ZCARD", [.string(keys.archived)]),
            RedisCommand("ZCARD", [.string(keys.completed)]),
            RedisCommand("GET", [.string(keys.processed(on: today))]),
            RedisCommand("GET", [.string(keys.failed(on: today))]),
            RedisCommand("GET", [.string(keys.processedTotal)]),
            RedisCommand("GET", [.string(keys.failedTotal)]),
        ])
        guard numbers[0] == 1 else { throw Self.noQueue(queue) }
        let groups = try await groups(in: queue)
        let counts: [TaskState: Int] = [
            .pending: numbers[2], .active: numbers[3], .scheduled: numbers[4], .retry: numbers[5],
            .archived: numbers[6], .completed: numbers[7], .aggregating: groups.reduce(0) { $0 + $1.size },
        ]
        return QueueInfo(
            queue: queue, counts: counts, groups: groups.count, processedToday: numbers[8], failedToday: numbers[9],
            processedTotal: numbers[10], failedTotal: numbers[11], isPaused: numbers[1] == 1,
            latency: try await latency(keys, at: moment),
            memoryUsage: try await memoryUsage(keys, counts: counts, groups: groups))
    }

    /// One stored task with its result.
    ///
    /// - Parameters:
    ///   - id: The task's id.
    ///   - queue: The queue's name.
    /// - Returns: The task.
    /// - Throws: ``InspectorError`` with `queueNotFound`, `taskNotFound` or `malformedTask`, else the store's error.
    public func task(_ id: String, in queue: String) async throws -> TaskInfo {
        try await requireQueue(queue)
        let keys = RedisKeys(queue: queue)
        let reply = try await client.send("HMGET", .string(keys.task(id)), "msg", "state", "result").array()
        let stored = try StoredTask(reply, id: id, queue: queue)
        var info = TaskInfo(message: stored.message, state: stored.state, result: stored.result)
        switch stored.state {
        case .pending: info.nextProcessAt = now()
        case .scheduled, .retry: info.nextProcessAt = try await score(id, in: keys.prefix + stored.state.rawValue)
        case .active: info.isOrphaned = try await score(id, in: keys.lease).map { $0 <= now() } ?? false
        case .archived, .completed, .aggregating: break
        }
        return info
    }

    /// The score of a task in a sorted set, as a moment.
    private func score(_ id: String, in key: String) async throws -> Date? {
        let reply = try await client.send("ZSCORE", .string(key), .string(id))
        return try reply.optionalBytes().flatMap { Double(String(decoding: $0, as: UTF8.self)) }.map {
            Date(timeIntervalSince1970: $0)
        }
    }

    private func latency(_ keys: RedisKeys, at moment: Date) async throws -> Duration {
        guard let id = try await client.send("LINDEX", .string(keys.pending), -1).optionalBytes() else { return .zero }
        let task = keys.task(String(decoding: id, as: UTF8.self))
        guard let since = try await client.send("HGET", .string(task), "pending_since").optionalBytes(),
            let nanoseconds = Int64(String(decoding: since, as: UTF8.self))
        else { return .zero }
        return max(.zero, .seconds(moment.timeIntervalSince1970) - .nanoseconds(nanoseconds))
    }

    /// Runs commands that answer numbers; a missing value is 0.
    func numbers(_ commands: [RedisCommand]) async throws -> [Int] {
        try await client.pipeline(commands).map { reply in
            if case .null = reply { return 0 }
            return Int(try reply.integer())
        }
    }

    /// Throws ``InspectorError`` unless the queue is known.
    func requireQueue(_ queue: String) async throws {
        let isKnown = try await client.send("SISMEMBER", .string(RedisKeys.queues), .string(queue)).integer() == 1
        guard isKnown else { throw Self.noQueue(queue) }
    }

    private static func noQueue(_ queue: String) -> InspectorError {
        InspectorError(.queueNotFound, "queue not found: \"\(queue)\"")
    }
}
