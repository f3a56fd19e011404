import Foundation
import Redis

extension TaskInspector {
    /// How a cancellation was met.
    public enum CancelOutcome: Sendable, Equatable {
        /// The task was waiting; it is archived now.
        case archived
        /// The task runs; its worker was asked to end it, and archives it then.
        case requested
    }

    /// How often a change is tried again that another one got ahead of.
    static let mostAttempts = 5

    /// Makes a scheduled, retrying, archived, completed or aggregating task pending at once.
    ///
    /// - Parameters:
    ///   - id: The task's id.
    ///   - queue: The queue's name.
    /// - Throws: ``InspectorError``; then nothing was changed.
    public func runTask(_ id: String, in queue: String) async throws {
        try await requireQueue(queue)
        let keys = RedisKeys(queue: queue)
        let reply = try await client.evaluate(
            InspectorScripts.run, keys: [keys.task(id), keys.pending, keys.archiveEnds],
            arguments: [.string(id), .string(keys.prefix)])
        try Self.check(reply, "run", id, queue)
    }

    /// Archives a task that neither runs nor is archived; its last error stays as it is.
    ///
    /// - Parameters:
    ///   - id: The task's id.
    ///   - queue: The queue's name.
    /// - Throws: ``InspectorError``; then nothing was changed.
    public func archiveTask(_ id: String, in queue: String) async throws {
        try await requireQueue(queue)
        try Self.check(try await archive(id, queue, from: nil, to: []), "archived", id, queue)
    }

    /// Deletes a task that does not run, and releases the unique lock that it holds.
    ///
    /// - Parameters:
    ///   - id: The task's id.
    ///   - queue: The queue's name.
    /// - Throws: ``InspectorError``; then nothing was changed.
    public func deleteTask(_ id: String, in queue: String) async throws {
        let task = try await stored(id, in: queue)
        let keys = RedisKeys(queue: queue)
        let reply = try await client.evaluate(
            InspectorScripts.delete,
            keys: [keys.task(id), keys.archiveEnds] + Self.reachable(task.message.uniqueKey, keys),
            arguments: [.string(id), .string(keys.prefix)])
        try Self.check(reply, "deleted", id, queue)
    }

    /// Cancels a task for good: a waiting one is archived with the reason, a running one is asked to end and is
    /// archived by its worker.
    ///
    /// It keeps its slot until its handler returns. Whatever the handler throws then, the task is archived; a handler that
    /// returned before its worker heard of the request has succeeded. A worker that dies hands the request on with the task. The
    /// task's unique lock goes with the archiving, so that its like can be enqueued anew.
    ///
    /// A worker of another make ends the run too, but tries it again later; the first of ours that then takes the task archives
    /// it without running it.
    ///
    /// - Parameters:
    ///   - id: The task's id.
    ///   - queue: The queue's name.
    /// - Returns: Which of the two it was.
    /// - Throws: ``InspectorError`` with `wrongState` for a task that is archived or completed already, else as its other
    ///   codes say; then nothing was changed.
    public func cancel(_ id: String, in queue: String) async throws -> CancelOutcome {
        for _ in 1...Self.mostAttempts {
            let task = try await stored(id, in: queue)
            guard task.state == .active else {
                if try await archiveCancelled(task, id, queue) { return .archived }
                continue
            }
            let keys = RedisKeys(queue: queue)
            let reply = try await client.evaluate(
                InspectorScripts.requestCancellation, keys: [keys.task(id), keys.lease], arguments: [.string(id)])
            if try reply.string() == "ok" { return .requested }
        }
        throw Self.refused(
            "cancelled", id, queue, because: "it keeps changing, or its group is being joined just now; try again")
    }

    /// Asks all workers to end the running tasks with this id, whatever their queue; they are tried again later, as
    /// in asynq.
    ///
    /// An id that does not run is no error.
    public func cancelProcessing(_ id: String) async throws {
        try await client.send("PUBLISH", .string(RedisKeys.cancelChannel), .string(id))
    }

    /// Has all workers take no more tasks from a queue.
    ///
    /// - Parameter queue: The queue's name; it need not exist yet.
    /// - Throws: ``InspectorError`` with `alreadyPaused`, else the store's error.
    public func pause(_ queue: String) async throws {
        let key = RedisKeys(queue: queue).paused
        let isSet = try await client.send("SETNX", .string(key), .integer(UnixTime.seconds(now()))).integer() == 1
        guard isSet else { throw InspectorError(.alreadyPaused, "queue \"\(queue)\" is already paused") }
    }

    /// Has workers take tasks from a paused queue again.
    ///
    /// - Parameter queue: The queue's name.
    /// - Throws: ``InspectorError`` with `notPaused`, else the store's error.
    public func unpause(_ queue: String) async throws {
        let wasSet = try await client.send("DEL", .string(RedisKeys(queue: queue).paused)).integer() == 1
        guard wasSet else { throw InspectorError(.notPaused, "queue \"\(queue)\" is not paused") }
    }

    func stored(_ id: String, in queue: String) async throws -> StoredTask {
        try await requireQueue(queue)
        let key = RedisKeys(queue: queue).task(id)
        return try StoredTask(
            try await client.send("HMGET", .string(key), "msg", "state", "result").array(), id: id, queue: queue)
    }

    /// Archives a waiting task with the reason; `false` when it has changed since it was read.
    private func archiveCancelled(_ task: StoredTask, _ id: String, _ queue: String) async throws -> Bool {
        guard task.state != .archived, task.state != .completed else {
            throw Self.refused("cancelled", id, queue, because: "it is \(task.state.rawValue)")
        }
        var message = task.message
        message.errorMessage = Self.cancelledText
        message.lastFailedAtUnixSeconds = UnixTime.seconds(now())
        let reply = try await archive(id, queue, from: task, to: try message.encoded())
        return try reply.string() == "ok"
    }

    private func archive(
        _ id: String, _ queue: String, from old: StoredTask?, to new: [UInt8]
    ) async throws -> RedisReply {
        let keys = RedisKeys(queue: queue)
        let reply = try await client.evaluate(
            InspectorScripts.archive,
            keys: [keys.task(id), keys.archived, keys.archiveEnds]
                + Self.reachable(old?.message.uniqueKey ?? "", keys),
            arguments: [
                .string(id), .string(keys.prefix), .integer(UnixTime.seconds(now())),
                .bytes(old?.encodedMessage ?? []), .bytes(new),
            ])
        try await trimArchive(keys)
        return reply
    }

    private static func check(_ reply: RedisReply, _ verb: String, _ id: String, _ queue: String) throws {
        switch try reply.string() {
        case "ok": return
        case "missing": throw InspectorError(.taskNotFound, "task not found: \"\(id)\" in queue \"\(queue)\"")
        case "moved": throw refused(verb, id, queue, because: "it has just changed; try again")
        case let state: throw refused(verb, id, queue, because: "it is \(state)")
        }
    }

    static func refused(
        _ verb: String, _ id: String, _ queue: String, because reason: String
    ) -> InspectorError {
        InspectorError(.wrongState, "task \"\(id)\" in queue \"\(queue)\" cannot be \(verb): \(reason)")
    }
}
