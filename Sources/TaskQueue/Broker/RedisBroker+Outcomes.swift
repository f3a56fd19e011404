package import Foundation
import Redis

extension RedisBroker {
    package func done(_ run: TaskRun) async throws -> OutcomeWrite {
        guard run.message.uniqueKey.isEmpty, run.owner != nil else {
            let keys = RedisKeys(queue: run.message.queue)
            return try await write(
                BrokerScripts.doneAlone, run, keys: processedKeys(keys) + lock(of: run), arguments: [statsExpiry])
        }
        return try await doneRuns.add(run) { runs in try await self.done(runs) }
    }

    /// Runs of several queues succeeded; one script call a queue and ``maxDequeueCount`` runs, all in one round trip.
    ///
    /// What Redis refuses of one script call is the error of that call's runs only.
    private func done(_ runs: [TaskRun]) async throws -> [Result<OutcomeWrite, any Error>] {
        let chunks = QueueChunks(of: runs, size: Self.maxDequeueCount) { $0.message.queue }
        let calls = chunks.all.map { queue, positions in
            let keys = RedisKeys(queue: queue)
            var names = [keys.active, keys.lease] + processedKeys(keys)
            var arguments = [statsExpiry]
            for position in positions {
                names.append(keys.task(runs[position].message.id))
                arguments += Self.claim(runs[position])
            }
            return (keys: names, arguments: arguments)
        }
        var outcomes = [Result<OutcomeWrite, any Error>](repeating: .success(.written), count: runs.count)
        let replies = try await client.evaluate(BrokerScripts.done, batch: calls)
        for (chunk, reply) in zip(chunks.all, replies) {
            do {
                for lost in try reply.array() {
                    let index = Int(try lost.integer())
                    if chunk.positions.indices.contains(index) {
                        outcomes[chunk.positions[index]] = .success(.superseded)
                    }
                }
            } catch {
                for position in chunk.positions { outcomes[position] = .failure(error) }
            }
        }
        return outcomes
    }

    package func done(_ run: TaskRun, handingOverTo next: TaskMessage) async throws -> OutcomeWrite {
        precondition(next.queue == run.message.queue, "a step hands over within its queue only")
        try await list(queues: [next.queue])
        let keys = RedisKeys(queue: next.queue)
        return try await write(
            BrokerScripts.doneHandingOver, run,
            keys: processedKeys(keys) + [keys.pending, keys.task(next.id)] + lock(of: run),
            arguments: [
                statsExpiry, .string(next.id), .bytes(try next.encoded()), .integer(UnixTime.nanoseconds(now)),
            ])
    }

    package func complete(_ run: TaskRun) async throws -> OutcomeWrite {
        let keys = RedisKeys(queue: run.message.queue)
        var message = run.message
        message.completedAtUnixSeconds = UnixTime.seconds(now)
        let (end, overflow) = message.completedAtUnixSeconds.addingReportingOverflow(message.retentionSeconds)
        let step = handOver(of: run)
        return try await write(
            BrokerScripts.complete, run, keys: processedKeys(keys) + [keys.completed] + lock(of: run) + step.keys,
            arguments: [statsExpiry, .integer(overflow ? .max : end), .bytes(try message.encoded())] + step.arguments)
    }

    package func retry(
        _ run: TaskRun, at date: Date, error: String, isFailure: Bool
    ) async throws -> OutcomeWrite {
        let keys = RedisKeys(queue: run.message.queue)
        var message = failed(run.message, error)
        if isFailure, message.retried < .max { message.retried += 1 }
        return try await write(
            BrokerScripts.retry, run, keys: processedKeys(keys) + failedKeys(keys) + [keys.retry],
            arguments: [
                statsExpiry, .integer(UnixTime.seconds(date)), .bytes(try message.encoded()),
                .integer(isFailure ? 1 : 0),
            ])
    }

    package func archive(_ run: TaskRun, error: String) async throws -> OutcomeWrite {
        try await archive(run, error: error, isCancelled: false)
    }

    private func archive(_ run: TaskRun, error: String, isCancelled: Bool) async throws -> OutcomeWrite {
        let keys = RedisKeys(queue: run.message.queue)
        return try await write(
            BrokerScripts.archive, run,
            keys: processedKeys(keys) + failedKeys(keys) + [keys.archived, keys.limits, keys.archiveEnds]
                + lock(of: run),
            arguments: [
                statsExpiry, .integer(UnixTime.seconds(now)), .bytes(try failed(run.message, error).encoded()),
                .string(keys.taskPrefix), .int(ArchiveLimits.trimmedByArchiving), .integer(isCancelled ? 1 : 0),
            ])
    }

    package func requeue(_ run: TaskRun) async throws -> OutcomeWrite {
        try await write(
            BrokerScripts.requeue, run, keys: [RedisKeys(queue: run.message.queue).pending], arguments: [])
    }

    package func rescue(_ run: TaskRun) async throws -> OutcomeWrite {
        try await write(
            BrokerScripts.rescue, run, keys: [RedisKeys(queue: run.message.queue).pending],
            arguments: [.integer(UnixTime.seconds(now)), .integer(Crashes.memorySeconds)])
    }

    /// Writes an outcome; of a task that is to be cancelled for good this is that it is archived.
    func write(
        _ script: LuaScript, _ run: TaskRun, keys: [String], arguments: [RedisArgument]
    ) async throws -> OutcomeWrite {
        let names = RedisKeys(queue: run.message.queue)
        let reply = try await client.evaluate(
            script, keys: [names.task(run.message.id), names.active, names.lease] + keys,
            arguments: Self.claim(run) + arguments)
        switch try reply.integer() {
        case 1: return .written
        case -1:
            let write = try await archive(run, error: TaskInspector.cancelledText, isCancelled: true)
            return write == .written ? .cancelled : write
        default: return .superseded
        }
    }

    private func failed(_ message: TaskMessage, _ error: String) -> TaskMessage {
        var message = message
        message.errorMessage = error
        message.lastFailedAtUnixSeconds = UnixTime.seconds(now)
        return message
    }

    private var statsExpiry: RedisArgument { .integer(UnixTime.seconds(now) + Self.statsSeconds) }

    private func processedKeys(_ keys: RedisKeys) -> [String] {
        [keys.processed(on: UTCDay(now)), keys.processedTotal]
    }

    private func failedKeys(_ keys: RedisKeys) -> [String] { [keys.failed(on: UTCDay(now)), keys.failedTotal] }

    private func lock(of run: TaskRun) -> [String] { run.message.uniqueKey.isEmpty ? [] : [run.message.uniqueKey] }
}
