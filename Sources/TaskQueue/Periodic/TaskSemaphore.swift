public import Foundation
public import Logging
public import Redis

/// Lets a limited number of tasks of a whole fleet do something at once: asynq's `x/rate` semaphore, shared with Go's.
///
/// A token is held until it is released or the holder's deadline has passed. A handler that gets none throws an error for
/// which ``TaskServerConfiguration/isFailure`` says false, so that its task waits at no retry's cost.
///
/// Taking a token that one holds already succeeds and moves its deadline, also when all are taken: a task that runs again
/// after a crash gets its own token back. (asynq refuses it until its old deadline has passed.)
public final class TaskSemaphore: Sendable {
    /// What the tokens are for; semaphores of one scope share them.
    public let scope: String
    /// How many tasks may hold a token at once, as far as this semaphore is concerned.
    public let limit: Int
    private let client: RedisClient
    private let now: @Sendable () -> Date

    /// Makes a semaphore; it connects when it is first used.
    ///
    /// - Parameters:
    ///   - redis: Where the tokens are.
    ///   - scope: What they are for; never blank.
    ///   - limit: How many there are, at least 1.
    ///   - logger: Gets connects and losses.
    /// - Throws: ``TaskSemaphoreError`` with `invalidLimit` or `blankScope`.
    public convenience init(
        redis: RedisConfiguration, scope: String, limit: Int, logger: Logger
    ) throws(TaskSemaphoreError) {
        try self.init(
            client: RedisClient(redis, name: "schedcu-semaphore", logger: logger), scope: scope, limit: limit)
    }

    /// Makes a semaphore of a client, which it closes when it is closed.
    package init(
        client: RedisClient, scope: String, limit: Int, now: @escaping @Sendable () -> Date = { Date() }
    ) throws(TaskSemaphoreError) {
        guard limit >= 1 else {
            throw TaskSemaphoreError(.invalidLimit, "a semaphore's limit is 1 or more, not \(limit)")
        }
        guard !scope.isBlank else { throw TaskSemaphoreError(.blankScope, "a semaphore's scope must not be blank") }
        self.client = client
        self.scope = scope
        self.limit = limit
        self.now = now
    }

    /// Takes a token for the task that a handler runs, until its deadline.
    ///
    /// - Parameter context: The handler's.
    /// - Returns: Whether the task holds one now; if not, all are taken.
    /// - Throws: The store's error when it cannot be reached; whether a token was taken is then unknown.
    public func acquire(for context: TaskContext) async throws -> Bool {
        try await acquire(taskID: context.taskID, deadline: context.deadline)
    }

    /// Takes a token.
    ///
    /// - Parameters:
    ///   - taskID: Who holds it; never blank.
    ///   - deadline: Until when, cut off to whole seconds; the token is free in the second after it.
    /// - Returns: Whether the task holds one now; if not, all are taken.
    /// - Throws: ``TaskSemaphoreError`` with `blankTaskID`, else the store's error when it cannot be reached; whether a token
    ///   was taken is then unknown.
    public func acquire(taskID: String, deadline: Date) async throws -> Bool {
        guard !taskID.isBlank else { throw TaskSemaphoreError(.blankTaskID, "the task's id must not be blank") }
        let reply = try await client.evaluate(
            Self.acquireScript, keys: [RedisKeys.semaphore(scope: scope)],
            arguments: [
                .integer(UnixTime.seconds(now()) - 1), .int(limit), .integer(UnixTime.seconds(deadline)),
                .string(taskID),
            ])
        return try reply.integer() == 1
    }

    /// Gives the token of a handler's task back.
    ///
    /// - Parameter context: The handler's.
    /// - Throws: As ``release(taskID:)``.
    public func release(for context: TaskContext) async throws {
        try await release(taskID: context.taskID)
    }

    /// Gives a token back.
    ///
    /// - Parameter taskID: Who holds it.
    /// - Throws: ``TaskSemaphoreError`` with `notHeld`, else the store's error when it cannot be reached; a repeated call may
    ///   then find it not held.
    public func release(taskID: String) async throws {
        let removed = try await client.send("ZREM", .string(RedisKeys.semaphore(scope: scope)), .string(taskID))
        guard try removed.integer() == 1 else {
            throw TaskSemaphoreError(.notHeld, "task \"\(taskID)\" holds no token of the semaphore \"\(scope)\"")
        }
    }

    /// Closes the connection; later calls fail.
    public func close() async {
        await client.close()
    }

    /// Takes a token if one is free or the task holds one already.
    ///
    /// KEYS[1] `asynq:sema:<scope>` (ZSET)
    /// ARGV[1] up to which score tokens have expired: now - 1, Unix seconds · ARGV[2] limit · ARGV[3] deadline, Unix seconds ·
    /// ARGV[4] task id
    ///
    /// Returns 1, or 0 when all are taken. Source: asynq `x/rate/semaphore.go`, `acquireCmd`; that a holder may come again is
    /// ours.
    private static let acquireScript = LuaScript(
        name: "acquire token",
        """
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
        if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) and not redis.call('ZSCORE', KEYS[1], ARGV[4]) then
          return 0
        end
        redis.call('ZADD', KEYS[1], ARGV[3], ARGV[4])
        return 1
        """)
}
