import ConcurrencySupport
import Foundation
import Logging
import Redis
import Synchronization

extension RedisBroker {
    /// Takes up to `limit` tasks, 16 at most, from the first queues in `queues` that have any.
    ///
    /// One queue costs one round trip. Of several only those are asked that are believed to have tasks; what is believed comes
    /// from one look at all lengths, repeated after 50 ms and whenever no task was found. A call that is cancelled may have
    /// taken tasks all the same; they come back when their lease ends.
    ///
    /// A queue that Redis refuses is left out for a second, so that it does not slow the others. One that is asked for alone
    /// throws, unless there are rooms: then others may be full only for now.
    package func dequeue(
        from queues: [String], rooms: [String: Int], limit: Int, worker: WorkerIdentity
    ) async throws -> [DequeuedTask] {
        let limit = min(limit, Self.maxDequeueCount)
        guard limit > 0, let first = queues.first else { return [] }
        if queues.count == 1, rooms.isEmpty { return try await take(from: first, limit: limit, worker: worker) }
        let moment = now
        let queues = brokenQueues.withLock { broken in queues.filter { !broken.holds($0, at: moment) } }
        guard queues.count > 1 else {
            return try await take(from: queues, rooms: rooms, limit: limit, worker: worker)
        }
        var order = believedFull.withLock { $0.queues(among: queues, at: .now) }
        let isFresh = order == nil
        if isFresh { order = try await nonEmpty(among: queues) }
        let taken = try await take(from: order ?? [], rooms: rooms, limit: limit, worker: worker)
        guard taken.isEmpty, !isFresh else { return taken }
        return try await take(from: nonEmpty(among: queues), rooms: rooms, limit: limit, worker: worker)
    }

    private func take(
        from queues: [String], rooms: [String: Int], limit: Int, worker: WorkerIdentity
    ) async throws -> [DequeuedTask] {
        var taken: [DequeuedTask] = []
        for queue in queues where taken.count < limit {
            let wanted = min(limit - taken.count, rooms[queue] ?? limit)
            // 0 would mean "all" to Redis.
            guard wanted > 0 else { continue }
            do {
                let found = try await take(from: queue, limit: wanted, worker: worker)
                if found.count < wanted { believedFull.withLock { $0.isEmpty(queue) } }
                taken += found
            } catch {
                do { try leaveOutForAWhile(queue, because: error) } catch {
                    // What was taken must be run; the next call meets the error again.
                    guard !taken.isEmpty else { throw error }
                    brokenQueueLog.run { logger.warning("taking tasks failed", metadata: ["error": "\(error)"]) }
                    break
                }
            }
        }
        return taken
    }

    /// Leaves a queue out of the next dequeues, so that the others' are not slowed by it.
    private func leaveOutForAWhile(_ queue: String, because error: any Error) throws {
        try leaveOut(queue, because: error)
        let moment = now
        brokenQueues.withLock { $0.note(queue, at: moment) }
    }

    package func waitForPending(in queue: String, timeout: Duration) async throws {
        try await waiters.wait(for: RedisKeys(queue: queue).pending, timeout: timeout)
    }

    package func extendLeases(of runs: [TaskRun], in queue: String) async throws -> [String] {
        guard !runs.isEmpty else { return [] }
        let keys = RedisKeys(queue: queue)
        var arguments: [RedisArgument] = [.integer(UnixTime.seconds(now) + Self.leaseSeconds)]
        for run in runs {
            arguments += [
                .string(run.message.id), .string(run.owner ?? ""), .string(SHA1.hexDigest(of: run.encodedMessage)),
            ]
        }
        let lost = try await client.evaluate(
            BrokerScripts.extendLeases, keys: [keys.lease] + runs.map { keys.task($0.message.id) }, arguments: arguments
        )
        let positions = try lost.array().map { (position) throws(RedisError) in Int(try position.integer()) }
        return positions.filter(runs.indices.contains).map { runs[$0].message.id }
    }

    package func writeResult(_ bytes: [UInt8], of run: TaskRun) async throws -> OutcomeWrite {
        let keys = RedisKeys(queue: run.message.queue)
        let reply = try await client.evaluate(
            BrokerScripts.writeResult, keys: [keys.task(run.message.id), keys.active, keys.lease],
            arguments: Self.claim(run) + [.bytes(bytes)])
        return try reply.integer() == 1 ? .written : .superseded
    }

    package func markAlone(_ run: TaskRun) async throws -> OutcomeWrite {
        let keys = RedisKeys(queue: run.message.queue)
        let reply = try await client.evaluate(
            BrokerScripts.markAlone, keys: [keys.task(run.message.id), keys.active, keys.lease],
            arguments: Self.claim(run))
        return try reply.integer() == 1 ? .written : .superseded
    }

    /// What a script needs to check that a run still holds its task: id, owner or empty, message.
    static func claim(_ run: TaskRun) -> [RedisArgument] {
        [.string(run.message.id), .string(run.owner ?? ""), .bytes(run.encodedMessage)]
    }

    /// Reads a message found under `id` in `queue`, or sets it aside and returns `nil`.
    ///
    /// A task that cannot be set aside, because the list for them is of another type, stays where it is.
    func decodedOrQuarantined(_ bytes: [UInt8], id: [UInt8], queue: String) async throws -> TaskMessage? {
        do throws(WireError) {
            let message = try TaskMessage(decoding: bytes)
            guard Array(message.id.utf8) == id, message.queue.utf8.elementsEqual(queue.utf8) else {
                throw WireError(.misplaced, message: "TaskMessage")
            }
            return message
        } catch {
            let keys = RedisKeys(queue: queue)
            do {
                try await client.evaluate(
                    BrokerScripts.quarantine, keys: [keys.active, keys.lease, keys.quarantine],
                    arguments: [.bytes(id), .bytes(bytes), .string(keys.taskPrefix)])
            } catch let refusal {
                try leaveOut(queue, because: refusal)
                return nil
            }
            logger.error(
                "a task was set aside: its message cannot be read; look at it and delete it, or enqueue it anew",
                metadata: [
                    "queue": "\(queue)", "task-id": "\(String(decoding: id, as: UTF8.self))",
                    "quarantine": "\(keys.quarantine)", "error": "\(error)",
                ])
            return nil
        }
    }

    private func take(from queue: String, limit: Int, worker: WorkerIdentity) async throws -> [DequeuedTask] {
        let keys = RedisKeys(queue: queue)
        let moment = UnixTime.seconds(now)
        let leaseEnd = moment + Self.leaseSeconds
        // Unique, because no other process has this worker's id.
        let token = "\(worker.id)|\(Self.nextRun.wrappingAdd(1, ordering: .relaxed).newValue)"
        let reply = try await client.evaluate(
            BrokerScripts.dequeue, keys: [keys.pending, keys.paused, keys.active, keys.lease],
            arguments: [.int(limit), .integer(leaseEnd), .string(keys.taskPrefix), .string(token)])
        let fields = try reply.array()
        var taken: [DequeuedTask] = []
        taken.reserveCapacity(fields.count / 5)
        for start in stride(from: 0, to: fields.count - 4, by: 5) {
            let bytes = try fields[start + 1].bytes()
            let message = try await decodedOrQuarantined(bytes, id: fields[start].bytes(), queue: queue)
            guard let message else { continue }
            taken.append(
                DequeuedTask(
                    run: TaskRun(message: message, encodedMessage: bytes, owner: "\(token).\(start / 5 + 1)"),
                    leaseExpiresAt: Date(timeIntervalSince1970: Double(leaseEnd)),
                    deliveries: Int(try fields[start + 2].integer()),
                    crashes: Crashes(try fields[start + 3].optionalBytes()).count(atUnixSeconds: moment),
                    options: StoredOptions(try fields[start + 4].optionalBytes())))
        }
        return taken
    }

    /// The queues that have pending tasks, in the given order, by a look at each.
    private func nonEmpty(among queues: [String]) async throws -> [String] {
        let began = ContinuousClock.now
        let commands = queues.map { RedisCommand("LLEN", [.string(RedisKeys(queue: $0).pending)]) }
        let lengths = try await client.pipeline(commands)
        var full: [String] = []
        for (queue, length) in zip(queues, lengths) {
            do { if try length.integer() > 0 { full.append(queue) } } catch {
                try leaveOutForAWhile(queue, because: error)
            }
        }
        believedFull.withLock { $0.looked(at: queues, full: full, began: began) }
        return full
    }

    package func isPaused(queue: String) async throws -> Bool {
        try await client.send("EXISTS", .string(RedisKeys(queue: queue).paused)).integer() == 1
    }
}
