package import Foundation
import Redis

extension RedisBroker {
    package func create(_ creations: [TaskCreation]) async throws -> [CreateOutcome] {
        var outcomes = [CreateOutcome](repeating: .created, count: creations.count)
        let plain = creations.indices.filter { creations[$0].options.text == nil }
        let batch = plain.map { (creations[$0].message, creations[$0].placement, creations[$0].uniqueFor) }
        for (position, outcome) in zip(plain, try await create(batch: batch)) { outcomes[position] = outcome }
        let others = creations.indices.filter { creations[$0].options.text != nil }
        guard !others.isEmpty else { return outcomes }
        try await list(queues: Set(others.map { creations[$0].message.queue }))
        let moment = now
        let calls = try others.map { try creation(of: creations[$0], now: moment) }
        for (position, reply) in zip(others, try await client.evaluate(BrokerScripts.create, batch: calls)) {
            outcomes[position] = try Self.outcome(reply)
        }
        return outcomes
    }

    /// `KEYS` and `ARGV` of ``BrokerScripts/create`` with the options at their end.
    func creation(
        of task: TaskCreation, now: Date
    ) throws -> (keys: [String], arguments: [RedisArgument]) {
        var (keys, arguments) = try creation(
            of: task.message, placement: task.placement, uniqueFor: task.uniqueFor, now: now)
        if arguments.count == 5 { arguments.append(.integer(0)) }
        arguments.append(.string(task.options.text ?? ""))
        return (keys, arguments)
    }

    package func release(_ run: TaskRun, until date: Date) async throws -> OutcomeWrite {
        let keys = RedisKeys(queue: run.message.queue)
        let moment = now
        let counters = [
            keys.processed(on: UTCDay(moment)), keys.processedTotal, keys.failed(on: UTCDay(moment)), keys.failedTotal,
        ]
        return try await write(
            BrokerScripts.retry, run, keys: counters + [keys.retry],
            arguments: [
                .integer(UnixTime.seconds(moment) + Self.statsSeconds), .integer(UnixTime.secondsRoundedUp(date)),
                .bytes(run.encodedMessage), .integer(0),
            ])
    }

    package func drop(_ run: TaskRun) async throws -> OutcomeWrite {
        let keys = RedisKeys(queue: run.message.queue)
        let lock = run.message.uniqueKey.isEmpty ? [] : [run.message.uniqueKey]
        let reply = try await client.evaluate(
            BrokerScripts.drop, keys: [keys.task(run.message.id), keys.active, keys.lease] + lock,
            arguments: Self.claim(run))
        return try reply.integer() == 1 ? .written : .superseded
    }

    package func options(of run: TaskRun) async throws -> StoredOptions {
        let key = RedisKeys(queue: run.message.queue).task(run.message.id)
        return StoredOptions(try await client.send("HGET", .string(key), .string(TaskField.options)).optionalBytes())
    }

    package func ending(ofTask id: String, in queue: String) async throws -> TaskEnding {
        let key = RedisKeys(queue: queue).task(id)
        let found = try await client.evaluate(BrokerScripts.lookForEnding, keys: [key], arguments: []).array()
        guard found.count == 3 else { return .gone }
        switch try found[0].string() {
        case TaskState.completed.rawValue: return .completed(result: try found[2].optionalBytes())
        case TaskState.archived.rawValue:
            let message = try found[1].optionalBytes().map { (bytes) throws(WireError) in
                try TaskMessage(decoding: bytes)
            }
            return .archived(reason: message?.errorMessage ?? "")
        default: return .notYet
        }
    }

    package func endings(ofTask id: String, in queue: String) -> AsyncStream<Void> {
        let key = Array(RedisKeys(queue: queue).task(id).utf8)
        let events = subscriber.events(channels: [RedisKeys.endedChannel])
        let (endings, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        // The stream owns this task: it ends with the stream, and the stream with it.
        let forwarding = Task {
            for await event in events {
                switch event {
                case .message(_, let payload) where payload == key: continuation.yield(())
                case .subscribed: continuation.yield(())
                case .message, .disconnected: continue
                }
            }
            continuation.finish()
        }
        continuation.onTermination = { _ in forwarding.cancel() }
        return endings
    }
}
