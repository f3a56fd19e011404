import Foundation
import Redis
import TaskQueue

/// Stands for the Go members of a fleet: it lays keys out byte for byte as Go asynq does (proved by `GoFleetTests` against
/// the golden vectors), and reads them as Go does, through a plain structure that drops what it does not know.
struct GoFleet: Sendable {
    let redis: RedisClient
    /// The clock of the Go processes.
    var clock: @Sendable () -> Date = { Date() }
    /// Whether the workers are older than 0.26 and know no headers.
    var dropsHeaders = false

    var now: Int64 { Int64(clock().timeIntervalSince1970) }
    private var nanoseconds: RedisArgument { .integer(Int64(clock().timeIntervalSince1970 * 1_000_000) * 1000) }
    private var statsExpiry: RedisArgument { .integer(now + 90 * 86_400) }
    private var day: String { String(clock().ISO8601Format().prefix(10)) }

    func key(_ queue: String, _ name: String) -> String { "asynq:{\(queue)}:\(name)" }
    func taskKey(_ message: TaskMessage) -> String { key(message.queue, "t:\(message.id)") }

    // MARK: Producer

    /// 1 created, 0 the id is taken, -1 the lock is held.
    func enqueue(_ message: TaskMessage, lockSeconds: Int64 = 60) async throws -> Int {
        try await list(message.queue)
        let pending = key(message.queue, "pending")
        let bytes = RedisArgument.bytes(try message.encoded())
        if message.uniqueKey.isEmpty {
            return try await run(
                GoScripts.enqueue, [taskKey(message), pending], [bytes, .string(message.id), nanoseconds])
        }
        return try await run(
            GoScripts.enqueueUnique, [message.uniqueKey, taskKey(message), pending],
            [.string(message.id), .integer(lockSeconds), bytes, nanoseconds])
    }

    func schedule(_ message: TaskMessage, at second: Int64) async throws -> Int {
        try await list(message.queue)
        return try await run(
            GoScripts.schedule, [taskKey(message), key(message.queue, "scheduled")],
            [.bytes(try message.encoded()), .integer(second), .string(message.id)])
    }

    func addToGroup(_ message: TaskMessage) async throws -> Int {
        try await list(message.queue)
        return try await run(
            GoScripts.addToGroup,
            [taskKey(message), key(message.queue, "g:\(message.groupKey)"), key(message.queue, "groups")],
            [.bytes(try message.encoded()), .string(message.id), .integer(now), .string(message.groupKey)])
    }

    // MARK: Worker

    func dequeue(_ queue: String = "default") async throws -> TaskMessage? {
        let reply = try await redis.evaluate(
            GoScripts.dequeue, keys: ["pending", "paused", "active", "lease"].map { key(queue, $0) },
            arguments: [.integer(now + 30), .string(key(queue, "t:"))])
        return try reply.optionalBytes().map(read)
    }

    func done(_ message: TaskMessage) async throws {
        let lock = message.uniqueKey.isEmpty ? [] : [message.uniqueKey]
        let queue = message.queue
        _ = try await redis.evaluate(
            GoScripts.done,
            keys: [key(queue, "active"), key(queue, "lease"), taskKey(message)] + counters(queue, ["processed"]) + lock,
            arguments: [.string(message.id), statsExpiry])
    }

    func complete(_ message: TaskMessage) async throws {
        var message = message
        message.completedAtUnixSeconds = now
        let lock = message.uniqueKey.isEmpty ? [] : [message.uniqueKey]
        _ = try await redis.evaluate(
            GoScripts.complete,
            keys: ["active", "lease", "completed"].map { key(message.queue, $0) } + [taskKey(message)]
                + counters(message.queue, ["processed"]) + lock,
            arguments: [
                .string(message.id), statsExpiry, .integer(now + message.retentionSeconds),
                .bytes(try message.encoded()),
            ])
    }

    func requeue(_ message: TaskMessage) async throws {
        _ = try await redis.evaluate(
            GoScripts.requeue,
            keys: ["active", "lease", "pending"].map { key(message.queue, $0) } + [taskKey(message)],
            arguments: [.string(message.id)])
    }

    func retry(_ message: TaskMessage, at second: Int64, error: String, isFailure: Bool = true) async throws {
        var message = message
        message.errorMessage = error
        message.lastFailedAtUnixSeconds = now
        if isFailure { message.retried += 1 }
        try await fail(message, GoScripts.retry, to: "retry", score: second, [.integer(isFailure ? 1 : 0)])
    }

    func archive(_ message: TaskMessage, error: String) async throws {
        var message = message
        message.errorMessage = error
        message.lastFailedAtUnixSeconds = now
        try await fail(
            message, GoScripts.archive, to: "archived", score: now,
            [.integer(now - 90 * 86_400), 10_000, .string(key(message.queue, "t:"))])
    }

    // MARK: Background

    func forward(_ queue: String = "default") async throws -> Int {
        var moved = 0
        for source in ["scheduled", "retry"] {
            moved += try await run(
                GoScripts.forward, [key(queue, source), key(queue, "pending")],
                [.integer(now), .string(key(queue, "t:")), nanoseconds, .string(key(queue, "g:"))])
        }
        return moved
    }

    /// One turn of Go's recoverer: tasks whose lease ended 30 s ago or earlier are retried, after the shortest wait that
    /// Go's formula gives, or archived, and stale sets go back; says which tasks it found.
    func recover(_ queue: String = "default") async throws -> [String] {
        let reply = try await redis.evaluate(
            GoScripts.leaseExpired, keys: [key(queue, "lease")],
            arguments: [.integer(now - 30), .string(key(queue, "t:"))])
        let messages = try reply.array().map { try read($0.bytes()) }
        for message in messages {
            if message.retried >= message.maxRetry {
                try await archive(message, error: "asynq: task lease expired")
            } else {
                let n = Int64(message.retried)
                try await retry(message, at: now + n * n * n * n + 15, error: "asynq: task lease expired")
            }
        }
        _ = try await reclaimSets(in: queue)
        return messages.map(\.id)
    }

    // MARK: Tools

    /// 1 deleted, 0 not found, -1 active.
    func delete(_ id: String, in queue: String = "default") async throws -> Int {
        try await run(
            GoScripts.delete, [key(queue, "t:\(id)"), key(queue, "groups")],
            [.string(id), .string(key(queue, "")), .string(key(queue, "g:"))])
    }

    func pause(_ queue: String) async throws {
        try await redis.send("SETNX", .string(key(queue, "paused")), .integer(now))
    }

    func unpause(_ queue: String) async throws {
        try await redis.send("DEL", .string(key(queue, "paused")))
    }

    func cancel(_ id: String) async throws {
        try await redis.send("PUBLISH", "asynq:cancel", .string(id))
    }

    // MARK: Parts

    /// Go decodes into a plain structure, so fields that it does not know are gone when it writes the message again.
    func read(_ bytes: [UInt8]) throws -> TaskMessage {
        var message = try TaskMessage(decoding: bytes)
        if dropsHeaders { message.headers = [:] }
        return message
    }

    private func list(_ queue: String) async throws {
        try await redis.send("SADD", "asynq:queues", .string(queue))
    }

    private func fail(
        _ message: TaskMessage, _ script: LuaScript, to state: String, score: Int64, _ rest: [RedisArgument]
    ) async throws {
        let queue = message.queue
        _ = try await redis.evaluate(
            script,
            keys: [taskKey(message), key(queue, "active"), key(queue, "lease"), key(queue, state)]
                + counters(queue, ["processed", "failed"]),
            arguments: [.string(message.id), .bytes(try message.encoded()), .integer(score), statsExpiry] + rest)
    }

    private func counters(_ queue: String, _ names: [String]) -> [String] {
        names.map { key(queue, "\($0):\(day)") } + names.map { key(queue, $0) }
    }

    func run(_ script: LuaScript, _ keys: [String], _ arguments: [RedisArgument]) async throws -> Int {
        Int(try await redis.evaluate(script, keys: keys, arguments: arguments).integer())
    }
}
