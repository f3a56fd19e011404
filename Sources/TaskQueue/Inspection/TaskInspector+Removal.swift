import Redis

extension TaskInspector {
    /// How many keys one `SCAN` looks at: about 1 ms of Redis's time.
    private static let scanCount = 1000

    /// Removes a queue in which no task waits, runs or is archived.
    ///
    /// Completed tasks go with it, and so does all that the queue has in Redis: its counters, its pause, its limits, its locks,
    /// tasks that were set aside, its workflows; what schedulers noted of their ticks expires. asynq leaves these behind, and also
    /// removes a queue with waiting groups.
    ///
    /// - Parameter queue: The queue's name.
    /// - Returns: How many stored tasks went.
    /// - Throws: ``InspectorError`` with `queueNotFound` or `queueNotEmpty`, then nothing was changed; else the store's error,
    ///   and the call may be repeated.
    @discardableResult
    public func removeQueue(_ queue: String) async throws -> Int {
        try await remove(queue, rule: "empty")
    }

    /// Removes a queue with all its tasks unless one of them runs.
    ///
    /// A task that is enqueued meanwhile either goes with the queue or stays whole, and then the queue is listed again. A
    /// client that enqueued within the last minute may believe that the queue is listed; a Go client does so for ever. What
    /// it enqueues is run, but tools do not see the queue until another client enqueues.
    ///
    /// It looks at all keys of the database, in small steps.
    ///
    /// - Parameter queue: The queue's name.
    /// - Returns: How many tasks went.
    /// - Throws: ``InspectorError`` with `queueNotFound` or `queueActive`, then nothing was changed; else the store's error, and
    ///   the call may be repeated.
    @discardableResult
    public func removeQueueWithTasks(_ queue: String) async throws -> Int {
        try await remove(queue, rule: "force")
    }

    private func remove(_ queue: String, rule: RedisArgument) async throws -> Int {
        try await requireQueue(queue)
        let keys = RedisKeys(queue: queue)
        var others = [
            keys.completed, keys.lease, keys.quarantine, keys.limits, keys.rateArrival, keys.archiveEnds,
        ].map { Array($0.utf8) }
        try await scan(keys.pattern) { found in
            others += found.filter { keys.kind(of: $0) == .other }
        }
        try await detach(queue, keys, others: others, rule: rule)
        var removed = 0
        for pattern in [keys.pattern, keys.customLockPattern] {
            try await scan(pattern) { found in removed += try await sweep(found, keys) }
        }
        try await client.send("SREM", .string(RedisKeys.queues), .string(queue))
        let isUsed = try await client.send(RedisCommand("EXISTS", keys.containers.map { .string($0) })).integer() > 0
        if isUsed { try await client.send("SADD", .string(RedisKeys.queues), .string(queue)) }
        return removed
    }

    private func detach(_ queue: String, _ keys: RedisKeys, others: [[UInt8]], rule: RedisArgument) async throws {
        let fixed = [
            keys.active, keys.pending, keys.scheduled, keys.retry, keys.archived, keys.groups, keys.aggregationSets,
            keys.workflows, keys.workflowSteps,
        ]
        let reply = try await client.evaluate(
            RemovalScripts.detach, keys: fixed + others.map { String(decoding: $0, as: UTF8.self) },
            arguments: [.string(keys.groupPrefix), rule, .string(keys.workflowPrefix)])
        switch (try reply.string(), rule) {
        case ("ok", _): return
        case ("active", "force"):
            throw InspectorError(
                .queueActive, "queue \"\(queue)\" has tasks that run; stop its workers or wait for their end")
        default:
            throw InspectorError(
                .queueNotEmpty, "queue \"\(queue)\" is not empty; delete its tasks first, or remove it with its tasks")
        }
    }

    /// Deletes those of the keys that belong to no task any more; says how many tasks went.
    private func sweep(_ found: [[UInt8]], _ keys: RedisKeys) async throws -> Int {
        let locks = found.filter { keys.kind(of: $0) == .lock }.map { String(decoding: $0, as: UTF8.self) }
        let prefixLength = keys.taskPrefix.utf8.count
        let ids = found.filter { keys.kind(of: $0) == .task }.map { Array($0.dropFirst(prefixLength)) }
        var removed = 0
        if !ids.isEmpty {
            let doomed = try await self.locks(of: ids, keys)
            let reply = try await client.evaluate(
                RemovalScripts.sweepTasks, keys: [keys.aggregationSets],
                arguments: [.string(keys.prefix)] + doomed.flatMap { [.bytes($0.id), .string($0.lock)] })
            removed = Int(try reply.integer())
        }
        if !locks.isEmpty {
            try await client.evaluate(RemovalScripts.sweepLocks, keys: locks, arguments: [.string(keys.taskPrefix)])
        }
        return removed
    }

    /// Hands over all keys that match a pattern, as `SCAN` finds them; a key may come twice.
    private func scan(_ pattern: String, _ body: ([[UInt8]]) async throws -> Void) async throws {
        var cursor: [UInt8] = Array("0".utf8)
        repeat {
            try Task.checkCancellation()
            let reply = try await client.send(
                "SCAN", .bytes(cursor), "MATCH", .string(pattern), "COUNT", .int(Self.scanCount)
            ).array()
            guard reply.count == 2 else { throw RedisError(.unexpectedReply, "SCAN answered no cursor with keys") }
            cursor = try reply[0].bytes()
            let found = try reply[1].array().map { try $0.bytes() }
            if !found.isEmpty { try await body(found) }
        } while cursor != Array("0".utf8)
    }
}
