import ConcurrencySupport
import Foundation
import Logging
import Redis

extension RedisBroker {
    package func waitForPending(in queue: String, timeout: Duration) async throws {
        try await waiters.wait(for: RedisKeys(queue: queue).pending, timeout: timeout)
        // After a time-out this is wrong, and costs one call that finds nothing.
        believedFull.withLock { $0.isFull(queue) }
    }

    package func extendLeases(of runs: [TaskRun], in queue: String) async throws -> [TaskRun] {
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
        return positions.filter(runs.indices.contains).map { runs[$0] }
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

    package func isPaused(queue: String) async throws -> Bool {
        try await client.send("EXISTS", .string(RedisKeys(queue: queue).paused)).integer() == 1
    }
}
