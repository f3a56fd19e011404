import Foundation
import Redis

/// Every change here goes on chunk by chunk: as many tasks are looked at as there were at the start, so that it ends while
/// others are added. What was changed before an error stays changed, and the call may be repeated.
extension TaskInspector {
    /// Makes all scheduled, retrying, archived or, of one group, aggregating tasks pending, in the order of their moments.
    ///
    /// - Parameters:
    ///   - queue: The queue's name.
    ///   - state: Which tasks.
    ///   - group: Which group's tasks; needed for, and only for, aggregating ones.
    /// - Returns: How many became pending.
    /// - Throws: ``InspectorError`` with `queueNotFound`, `wrongState` or `groupRequired`, else the store's error.
    @discardableResult
    public func runAllTasks(in queue: String, state: TaskState, group: String? = nil) async throws -> Int {
        try Self.require(state, among: [.scheduled, .retry, .archived, .aggregating], to: "run")
        let (keys, container) = try await checked(queue, state, group)
        return try await inChunks(of: container) { limit in
            let reply = try await client.evaluate(
                BulkScripts.run, keys: [container.key, keys.pending, keys.groups, keys.lease, keys.archiveEnds],
                arguments: [.string(keys.taskPrefix), .int(limit), .string(container.group ?? "")])
            return try Self.progress(reply)
        }
    }

    /// Archives all pending, scheduled, retrying or, of one group, aggregating tasks; their last errors stay as they are.
    ///
    /// The archive keeps what its queue's ``ArchiveLimits`` allow, so of more the rest is deleted, as in asynq.
    ///
    /// - Parameters:
    ///   - queue: The queue's name.
    ///   - state: Which tasks.
    ///   - group: Which group's tasks; needed for, and only for, aggregating ones.
    /// - Returns: How many were archived, those included that the archive did not keep.
    /// - Throws: ``InspectorError`` with `queueNotFound`, `wrongState` or `groupRequired`, else the store's error.
    @discardableResult
    public func archiveAllTasks(in queue: String, state: TaskState, group: String? = nil) async throws -> Int {
        try Self.require(state, among: [.pending, .scheduled, .retry, .aggregating], to: "archive")
        let (keys, container) = try await checked(queue, state, group)
        let moment = UnixTime.seconds(now())
        return try await inChunks(of: container) { limit in
            let reply = try await client.evaluate(
                BulkScripts.archive,
                keys: [container.key, keys.archived, keys.groups, keys.lease, keys.archiveEnds],
                arguments: [
                    .string(keys.taskPrefix), .int(limit), .string(container.group ?? ""), container.kind,
                    .integer(moment),
                ])
            try await trimArchive(keys)
            return try Self.progress(reply)
        }
    }

    /// Deletes all tasks of one state but active ones, of one group if they aggregate, and the unique locks that they hold.
    ///
    /// asynq leaves the locks of pending and aggregating tasks behind until they expire.
    ///
    /// - Parameters:
    ///   - queue: The queue's name.
    ///   - state: Which tasks.
    ///   - group: Which group's tasks; needed for, and only for, aggregating ones.
    /// - Returns: How many were deleted.
    /// - Throws: ``InspectorError`` with `queueNotFound`, `wrongState` or `groupRequired`, else the store's error.
    @discardableResult
    public func deleteAllTasks(in queue: String, state: TaskState, group: String? = nil) async throws -> Int {
        try Self.require(state, among: Set(TaskState.allCases).subtracting([.active]), to: "delete")
        let (keys, container) = try await checked(queue, state, group)
        return try await inChunks(of: container) { limit in
            let ids = try await client.send(container.first(limit)).array().map { try $0.bytes() }
            // Of a list the very next one comes last; from the tail on each removal finds its id at once.
            let doomed = try await locks(of: container.isList ? ids.reversed() : ids, keys)
            let reply = try await client.evaluate(
                BulkScripts.delete, keys: [container.key, keys.groups, keys.lease, keys.archiveEnds],
                arguments: [.string(keys.taskPrefix), .string(container.group ?? ""), container.kind]
                    + doomed.flatMap { [.bytes($0.id), .string($0.lock)] })
            return (ids.count, Int(try reply.integer()))
        }
    }

    /// The lock that each task may hold, of its message or else of its hash; empty for none.
    ///
    /// A lock outside the queue's slot, which no script could reach in a cluster, counts for nothing.
    func locks(of ids: [[UInt8]], _ keys: RedisKeys) async throws -> [(id: [UInt8], lock: String)] {
        let prefix = Array(keys.taskPrefix.utf8)
        let hashes = try await client.pipeline(
            ids.map { RedisCommand("HMGET", [.bytes(prefix + $0), "msg", "unique_key"]) })
        return zip(ids, hashes).map { id, hash in
            guard case .array(let fields) = hash, fields.count == 2 else { return (id, "") }
            var lock = ""
            if case .bulk(let bytes) = fields[1] { lock = String(decoding: bytes, as: UTF8.self) }
            if case .bulk(let bytes) = fields[0], let message = try? TaskMessage(decoding: bytes) {
                lock = message.uniqueKey
            }
            return (id, Self.reachable(lock, keys).first ?? "")
        }
    }

    /// A lock as a list of one; an empty list for none, and for one outside the queue's slot.
    static func reachable(_ lock: String, _ keys: RedisKeys) -> [String] {
        !lock.isEmpty && ClusterSlot.slot(of: lock) == ClusterSlot.slot(of: keys.pending) ? [lock] : []
    }

    /// Deletes what is too old or too much in the archive, all of it.
    func trimArchive(_ keys: RedisKeys) async throws {
        let (script, names) = (BrokerScripts.trimArchive, ArchiveLimits.keys(keys))
        let arguments = ArchiveLimits.arguments(keys, now: now(), limit: BulkScripts.chunk)
        while try await client.evaluate(script, keys: names, arguments: arguments).integer() > 0 {
            try Task.checkCancellation()
        }
    }

    func checked(
        _ queue: String, _ state: TaskState, _ group: String?
    ) async throws -> (RedisKeys, TaskContainer) {
        try await requireQueue(queue)
        let keys = RedisKeys(queue: queue)
        return (keys, try TaskContainer(state, group: group, in: keys))
    }

    /// Goes on until as many ids were looked at as the container had at the start; says how many tasks were changed.
    func inChunks(
        of container: TaskContainer, _ body: (_ limit: Int) async throws -> (seen: Int, changed: Int)
    ) async throws -> Int {
        var (left, changed) = (Int(try await client.send(container.size).integer()), 0)
        while left > 0 {
            try Task.checkCancellation()
            let step = try await body(min(left, BulkScripts.chunk))
            guard step.seen > 0 else { break }
            left -= step.seen
            changed += step.changed
        }
        return changed
    }

    private static func progress(_ reply: RedisReply) throws -> (seen: Int, changed: Int) {
        let numbers = try reply.array()
        guard numbers.count == 2 else { throw RedisError(.unexpectedReply, "a script answered no pair of numbers") }
        return (Int(try numbers[0].integer()), Int(try numbers[1].integer()))
    }

    static func require(_ state: TaskState, among states: Set<TaskState>, to verb: String) throws {
        guard states.contains(state) else {
            throw InspectorError(
                .wrongState, "there is no way to \(verb) all \(state.rawValue) tasks; name another state")
        }
    }
}
