import Redis

extension TaskInspector {
    /// How many tasks one script call cancels: their messages travel, which may be large.
    private static let cancelledChunk = 100

    /// Cancels all tasks of one state for good, of one group if they aggregate: see ``cancel(_:in:)``.
    ///
    /// It goes on in steps, over as many tasks as there were at the start. What was cancelled before an error stays so, and
    /// the call may be repeated. The archive keeps what its queue's ``ArchiveLimits`` allow.
    ///
    /// - Parameters:
    ///   - queue: The queue's name.
    ///   - state: Which tasks: pending, scheduled, retrying, aggregating or active ones.
    ///   - group: Which group's tasks; needed for, and only for, aggregating ones.
    /// - Returns: How many were archived, or, of active ones, asked to end.
    /// - Throws: ``InspectorError`` with `queueNotFound`, `wrongState` or `groupRequired`, else the store's error.
    @discardableResult
    public func cancelAllTasks(in queue: String, state: TaskState, group: String? = nil) async throws -> Int {
        try Self.require(state, among: Set(TaskState.allCases).subtracting([.archived, .completed]), to: "cancel")
        let (keys, container) = try await checked(queue, state, group)
        if state == .active { return try await requestCancellations(keys) }
        return try await inChunks(of: container) { limit in
            let ids = try await client.send(container.first(min(limit, Self.cancelledChunk))).array().map {
                try $0.bytes()
            }
            // Of a list the very next one comes last; from the tail on each removal finds its id at once.
            let doomed = try await cancellations(of: container.isList ? ids.reversed() : ids, keys)
            let reply = try await client.evaluate(
                BulkScripts.cancel,
                keys: [container.key, keys.archived, keys.groups, keys.lease, keys.archiveEnds],
                arguments: [
                    .string(keys.taskPrefix), .string(container.group ?? ""), container.kind,
                    .integer(UnixTime.seconds(now())),
                ] + doomed)
            try await trimArchive(keys)
            return (ids.count, Int(try reply.integer()))
        }
    }

    /// Asks the workers of all running tasks; says how many ran still.
    private func requestCancellations(_ keys: RedisKeys) async throws -> Int {
        let ids = try await client.send("LRANGE", .string(keys.active), 0, -1).array().map { try $0.string() }
        let replies = try await client.evaluate(
            InspectorScripts.requestCancellation, batch: ids.map { ([keys.task($0), keys.lease], [.string($0)]) })
        return try replies.count { try $0.string() == "ok" }
    }

    /// Id, message as read, its replacement and lock of each task, as ``BulkScripts/cancel`` takes them.
    private func cancellations(of ids: [[UInt8]], _ keys: RedisKeys) async throws -> [RedisArgument] {
        let prefix = Array(keys.taskPrefix.utf8)
        let replies = try await client.pipeline(ids.map { RedisCommand("HGET", [.bytes(prefix + $0), "msg"]) })
        let moment = UnixTime.seconds(now())
        return try zip(ids, replies).flatMap { id, reply -> [RedisArgument] in
            guard case .bulk(let bytes) = reply else { return [.bytes(id), "", "", ""] }
            // One that cannot be read is archived as it is.
            guard var message = try? TaskMessage(decoding: bytes) else {
                return [.bytes(id), .bytes(bytes), .bytes(bytes), ""]
            }
            message.errorMessage = Self.cancelledText
            message.lastFailedAtUnixSeconds = moment
            let lock = Self.reachable(message.uniqueKey, keys).first ?? ""
            return [.bytes(id), .bytes(bytes), .bytes(try message.encoded()), .string(lock)]
        }
    }
}

extension BulkScripts {
    /// Archives tasks as cancelled that are still in their container, and deletes the unique locks that they hold.
    ///
    /// KEYS[1] the container · KEYS[2] `…:archived` (ZSET) · KEYS[3] `…:groups` (SET) · KEYS[4] `…:lease` · KEYS[5]
    /// `schedcu:{q}:archive-ends` (ZSET)
    /// ARGV[1] task key prefix · ARGV[2] group or empty · ARGV[3] `list` or `set` · ARGV[4] now, Unix seconds · then id, message as
    /// read or empty, its replacement, and lock or empty, of each task
    ///
    /// Returns how many tasks were archived; one whose message has changed stays. Source: ours.
    static let cancel = LuaScript(
        name: "cancel tasks",
        InspectorScripts.unlock + usable + remove + unlist + BrokerScripts.archiveTrimming + """
            redis.call('ZCARD', KEYS[2])
            local cancelled = 0
            for i = 5, #ARGV, 4 do
              local id, task = ARGV[i], ARGV[1] .. ARGV[i]
              local msg = redis.pcall('HGET', task, 'msg')
              if msg == false then msg = '' end
              if msg == ARGV[i + 1] and remove(KEYS[1], ARGV[3], id) == 1 and usable(task, id, KEYS[4]) then
                redis.call('HSET', task, 'msg', ARGV[i + 2], 'state', 'archived')
                redis.call('HDEL', task, 'pending_since', '\(TaskField.owner)', '\(TaskField.cancel)')
                redis.call('ZADD', KEYS[2], ARGV[4], id)
                note_archive_end(KEYS[5], task, id, ARGV[4])
                unlock(ARGV[i + 3], id)
                cancelled = cancelled + 1
              end
            end
            unlist(KEYS[3], ARGV[2], KEYS[1])
            return cancelled
            """)
}
