import Foundation
import Redis

extension RedisBroker {
    /// How many tasks of a batch one script call creates at most, so that Redis is not held up: about 0.2 ms.
    private static let maxEnqueueCount = 50

    package func create(
        _ message: TaskMessage, placement: TaskPlacement, uniqueFor: Duration?
    ) async throws -> CreateOutcome {
        try await list(queue: message.queue)
        let call = try creation(of: message, placement: placement, uniqueFor: uniqueFor, now: now)
        return try Self.outcome(
            await client.evaluate(BrokerScripts.create, keys: call.keys, arguments: call.arguments))
    }

    package func create(
        batch tasks: [(message: TaskMessage, placement: TaskPlacement, uniqueFor: Duration?)]
    ) async throws -> [CreateOutcome] {
        guard !tasks.isEmpty else { return [] }
        try await list(queues: Set(tasks.map(\.message.queue)))
        let moment = now
        let isPlain = tasks.map { $0.placement == .pending && ($0.uniqueFor == nil || $0.message.uniqueKey.isEmpty) }
        var outcomes = [CreateOutcome](repeating: .created, count: tasks.count)
        let plain = tasks.indices.filter { isPlain[$0] }
        for (position, outcome) in zip(plain, try await enqueue(plain.map { tasks[$0].message }, now: moment)) {
            outcomes[position] = outcome
        }
        let others = tasks.indices.filter { !isPlain[$0] }
        let calls = try others.map {
            try creation(
                of: tasks[$0].message, placement: tasks[$0].placement, uniqueFor: tasks[$0].uniqueFor, now: moment)
        }
        for (position, reply) in zip(others, try await client.evaluate(BrokerScripts.create, batch: calls)) {
            outcomes[position] = try Self.outcome(reply)
        }
        return outcomes
    }

    /// Creates pending tasks without locks, many in one script call.
    private func enqueue(_ messages: [TaskMessage], now: Date) async throws -> [CreateOutcome] {
        var outcomes = [CreateOutcome](repeating: .created, count: messages.count)
        let chunks = QueueChunks(of: messages, size: Self.maxEnqueueCount) { $0.queue }
        let since = RedisArgument.integer(UnixTime.nanoseconds(now))
        let calls = try chunks.all.map { queue, positions in
            let keys = RedisKeys(queue: queue)
            var names = [keys.pending]
            var arguments = [since]
            for position in positions {
                names.append(keys.task(messages[position].id))
                arguments.append(.string(messages[position].id))
                arguments.append(.bytes(try messages[position].encoded()))
            }
            return (keys: names, arguments: arguments)
        }
        for (chunk, reply) in zip(chunks.all, try await client.evaluate(BrokerScripts.enqueue, batch: calls)) {
            for taken in try reply.array() {
                let index = Int(try taken.integer())
                if chunk.positions.indices.contains(index) { outcomes[chunk.positions[index]] = .taskIDConflict }
            }
        }
        return outcomes
    }

    /// `KEYS` and `ARGV` of ``BrokerScripts/create``.
    func creation(
        of message: TaskMessage, placement: TaskPlacement, uniqueFor: Duration?, now: Date
    ) throws -> (keys: [String], arguments: [RedisArgument]) {
        let keys = RedisKeys(queue: message.queue)
        let place = Place(placement, message: message, keys: keys, now: now)
        var names = [keys.task(message.id), place.container, keys.groups]
        var arguments: [RedisArgument] = [
            .string(message.id), .bytes(try message.encoded()), .string(place.state.rawValue),
            .integer(place.position), .string(place.group),
        ]
        if let uniqueFor, !message.uniqueKey.isEmpty {
            names.append(message.uniqueKey)
            arguments.append(.integer(Self.lockSeconds(uniqueFor, placement: placement, now: now)))
        }
        return (names, arguments)
    }

    /// Whole seconds, cut off, one at least; a scheduled task's lock lives from its moment on (spec 1.3).
    static func lockSeconds(_ life: Duration, placement: TaskPlacement, now: Date) -> Int64 {
        var seconds = life.timeInterval
        if case .scheduled(let date) = placement { seconds += max(0, date.timeIntervalSince(now)) }
        return Int64(min(max(1, seconds), 1e11))
    }

    static func outcome(_ reply: RedisReply) throws -> CreateOutcome {
        switch try reply.integer() {
        case 1: .created
        case 0: .taskIDConflict
        default: .duplicate
        }
    }
}

/// A placement in Redis's terms.
struct Place {
    let state: TaskState
    /// The list or sorted set that the id goes into.
    let container: String
    /// Pending: `pending_since`, Unix nanoseconds; else the score, Unix seconds.
    let position: Int64
    /// The group to note in the hash; empty for none.
    let group: String

    init(_ placement: TaskPlacement, message: TaskMessage, keys: RedisKeys, now: Date) {
        switch placement {
        case .pending:
            (state, container, position) = (.pending, keys.pending, UnixTime.nanoseconds(now))
            group = ""
        case .scheduled(let date):
            (state, container, position) = (.scheduled, keys.scheduled, UnixTime.secondsRoundedUp(date))
            group = message.groupKey
        case .group(let name):
            (state, container, position) = (.aggregating, keys.group(name), UnixTime.seconds(now))
            group = name
        }
    }
}
