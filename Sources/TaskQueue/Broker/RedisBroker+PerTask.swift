import Foundation
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
    private func creation(
        of task: TaskCreation, now: Date
    ) throws -> (keys: [String], arguments: [RedisArgument]) {
        var (keys, arguments) = try creation(
            of: task.message, placement: task.placement, uniqueFor: task.uniqueFor, now: now)
        if arguments.count == 5 { arguments.append(.integer(0)) }
        arguments.append(.string(task.options.text ?? ""))
        return (keys, arguments)
    }
}
