import Redis

/// Finds what dead workers of ours left behind, with messages read for these few only: this is done every second.
extension RedisBroker {
    /// How many active tasks of a queue one look reads; the oldest come first.
    private static let lookLimit = 1000

    /// An active task whose hash names an owner of ours and the present lease.
    private struct Candidate {
        let queue: String
        let id: [UInt8]
        let owner: String
        let workerID: String
        let isAlone: Bool
    }

    package func orphanedTasks(
        in queues: [String], besides worker: WorkerIdentity, running: Set<String>
    ) async throws -> [OwnedTask] {
        let candidates = try await candidates(in: queues).filter { !running.contains($0.owner) }
        let missing = try await missingWorkers(among: Set(candidates.map(\.workerID)).subtracting([worker.id]))
        let orphans = candidates.filter { $0.workerID == worker.id || missing.contains($0.workerID) }
        guard !orphans.isEmpty else { return [] }
        let replies = try await client.pipeline(
            orphans.map { RedisCommand("HMGET", [Self.task($0.id, in: $0.queue), .string(TaskField.owner), "msg"]) })
        return try zip(orphans, replies).compactMap { orphan, reply in
            let fields = try reply.array()
            // Taken over or ended since the first look, or unreadable: the recovery by leases sets the latter aside.
            guard fields.count == 2, try OwnerField(fields[0].optionalBytes())?.owner == orphan.owner,
                let bytes = try fields[1].optionalBytes(), let message = try? TaskMessage(decoding: bytes),
                Array(message.id.utf8) == orphan.id
            else { return nil }
            return OwnedTask(
                run: TaskRun(message: message, encodedMessage: bytes, owner: orphan.owner), isAlone: orphan.isAlone)
        }
    }

    private func candidates(in queues: [String]) async throws -> [Candidate] {
        guard !queues.isEmpty else { return [] }
        let lists = try await client.pipeline(
            queues.map { RedisCommand("LRANGE", [.string(RedisKeys(queue: $0).active), .int(-Self.lookLimit), -1]) })
        var held: [(queue: String, id: [UInt8])] = []
        for (queue, list) in zip(queues, lists) { held += try list.array().map { (queue, try $0.bytes()) } }
        guard !held.isEmpty else { return [] }
        let fields: [RedisArgument] = [.string(TaskField.owner), .string(TaskField.alone)]
        let replies = try await client.pipeline(
            held.flatMap { queue, id in
                [
                    RedisCommand("ZSCORE", [.string(RedisKeys(queue: queue).lease), .bytes(id)]),
                    RedisCommand("HMGET", [Self.task(id, in: queue)] + fields),
                ]
            })
        return try held.enumerated().compactMap { index, task in
            try Self.candidate(task.queue, task.id, lease: replies[2 * index], hash: replies[2 * index + 1])
        }
    }

    /// `nil` unless the owner wrote the present lease: a Go worker leaves our fields behind, and writes another.
    private static func candidate(
        _ queue: String, _ id: [UInt8], lease: RedisReply, hash: RedisReply
    ) throws -> Candidate? {
        // A key of another type is not ours to judge; the dequeue drops it.
        if case .error = hash { return nil }
        let fields = try hash.array()
        guard fields.count == 2, let field = OwnerField(try fields[0].optionalBytes()),
            let present = try lease.optionalBytes(), field.lease.utf8.elementsEqual(present)
        else { return nil }
        return Candidate(
            queue: queue, id: id, owner: field.owner, workerID: field.workerID,
            isAlone: try fields[1].optionalBytes().map { field.owner.utf8.elementsEqual($0) } ?? false)
    }

    /// The workers whose liveness key is missing.
    private func missingWorkers(among workerIDs: Set<String>) async throws -> Set<String> {
        let ids = Array(workerIDs)
        let replies = try await client.pipeline(
            ids.map { RedisCommand("EXISTS", [.string(RedisKeys.liveness(workerID: $0))]) })
        return Set(try zip(ids, replies).filter { try $0.1.integer() == 0 }.map(\.0))
    }

    private static func task(_ id: [UInt8], in queue: String) -> RedisArgument {
        .bytes(Array(RedisKeys(queue: queue).taskPrefix.utf8) + id)
    }
}
