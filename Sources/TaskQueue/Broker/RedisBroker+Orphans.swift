import Redis

/// Finds what dead workers of ours left behind, with messages read for these few only: this is done every second.
///
/// All leases are looked at, in pages of about ``orphanPage`` that end before the next begins, so that memory and each call's
/// time are bounded. `ZSCAN` shows each lease that stands all the while, whatever comes and goes meanwhile.
extension RedisBroker {
    /// How many tasks of a queue one call looks at, more or less.
    private static let orphanPage = 1000

    /// An active task whose hash names an owner of ours and the present lease.
    private struct Candidate {
        let queue: String
        let id: [UInt8]
        let owner: String
        let workerID: String
        let isAlone: Bool
    }

    /// What one look has learnt so far.
    private struct Look {
        let worker: WorkerIdentity
        let running: Set<String>
        /// Whether a worker's liveness key is missing.
        var isMissing: [String: Bool] = [:]
        var found: [OwnedTask] = []
        /// A scan may show a lease twice.
        var owners: Set<String> = []
    }

    package func orphanedTasks(
        in queues: [String], besides worker: WorkerIdentity, running: Set<String>
    ) async throws -> [OwnedTask] {
        var look = Look(worker: worker, running: running)
        // The first pages of all queues travel together; few queues have a second.
        var cursors = queues.map { (queue: $0, cursor: [UInt8]("0".utf8)) }
        while !cursors.isEmpty {
            let replies = try await client.pipeline(
                cursors.map { queue, cursor in
                    let key = RedisArgument.string(RedisKeys(queue: queue).lease)
                    return RedisCommand("ZSCAN", [key, .bytes(cursor), "COUNT", .int(Self.orphanPage)])
                })
            var next: [(queue: String, cursor: [UInt8])] = []
            var leases: [(queue: String, id: [UInt8], lease: [UInt8])] = []
            for (page, reply) in zip(cursors, replies) {
                guard let parts = try sparing(page.queue, { try reply.array() }), parts.count == 2 else { continue }
                let flat = try parts[1].array().map { (field) throws(RedisError) in try field.bytes() }
                for at in stride(from: 0, to: flat.count - 1, by: 2) {
                    leases.append((page.queue, flat[at], flat[at + 1]))
                }
                let cursor = try parts[0].bytes()
                if cursor != [UInt8]("0".utf8) { next.append((page.queue, cursor)) }
                if leases.count >= Self.orphanPage {
                    try await self.look(at: leases, &look)
                    leases = []
                }
            }
            try await self.look(at: leases, &look)
            cursors = next
        }
        return look.found
    }

    /// Adds the orphans among some leases to what was found.
    private func look(at leases: [(queue: String, id: [UInt8], lease: [UInt8])], _ look: inout Look) async throws {
        let replies = try await client.pipeline(
            leases.map {
                RedisCommand(
                    "HMGET", [Self.task($0.id, in: $0.queue), .string(TaskField.owner), .string(TaskField.alone)])
            })
        let candidates = try zip(leases, replies).compactMap { task, hash in
            try Self.candidate(task.queue, task.id, lease: task.lease, hash: hash)
        }.filter { !look.running.contains($0.owner) }
        let unknown = Set(candidates.map(\.workerID)).filter { $0 != look.worker.id && look.isMissing[$0] == nil }
        for (workerID, isMissing) in try await livenessKeysMissing(of: unknown) { look.isMissing[workerID] = isMissing }
        let orphans = candidates.filter {
            ($0.workerID == look.worker.id || look.isMissing[$0.workerID] == true)
                && look.owners.insert($0.owner).inserted
        }
        look.found += try await ownedTasks(orphans)
    }

    /// The orphans with their messages, as far as they are still as they were.
    private func ownedTasks(_ orphans: [Candidate]) async throws -> [OwnedTask] {
        let replies = try await client.pipeline(
            orphans.map { RedisCommand("HMGET", [Self.task($0.id, in: $0.queue), .string(TaskField.owner), "msg"]) })
        return try zip(orphans, replies).compactMap { orphan, reply in
            // Taken over or ended since the first look, or unreadable: the recovery by leases sets the latter aside.
            if case .error = reply { return nil }
            let fields = try reply.array()
            guard fields.count == 2, try OwnerField(fields[0].optionalBytes())?.owner == orphan.owner,
                let bytes = try fields[1].optionalBytes(), let message = try? TaskMessage(decoding: bytes),
                Array(message.id.utf8) == orphan.id
            else { return nil }
            return OwnedTask(
                run: TaskRun(message: message, encodedMessage: bytes, owner: orphan.owner), isAlone: orphan.isAlone)
        }
    }

    /// `nil` unless the owner wrote the present lease: a Go worker leaves our fields behind, and writes another.
    private static func candidate(
        _ queue: String, _ id: [UInt8], lease: [UInt8], hash: RedisReply
    ) throws -> Candidate? {
        // A key of another type is not ours to judge; the recovery by leases drops it.
        if case .error = hash { return nil }
        let fields = try hash.array()
        guard fields.count == 2, let field = OwnerField(try fields[0].optionalBytes()),
            field.lease.utf8.elementsEqual(lease)
        else { return nil }
        return Candidate(
            queue: queue, id: id, owner: field.owner, workerID: field.workerID,
            isAlone: try fields[1].optionalBytes().map { field.owner.utf8.elementsEqual($0) } ?? false)
    }

    /// Whether each worker's liveness key is missing.
    private func livenessKeysMissing(of workerIDs: Set<String>) async throws -> [(String, Bool)] {
        let ids = Array(workerIDs)
        let replies = try await client.pipeline(
            ids.map { RedisCommand("EXISTS", [.string(RedisKeys.liveness(workerID: $0))]) })
        return try zip(ids, replies).map { ($0, try $1.integer() == 0) }
    }

    private static func task(_ id: [UInt8], in queue: String) -> RedisArgument {
        .bytes(Array(RedisKeys(queue: queue).taskPrefix.utf8) + id)
    }
}
