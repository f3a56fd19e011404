import Foundation
import Redis
import RedisTestSupport
import TaskQueue
import Testing

extension BrokerFixture {
    /// Adds tasks to a group, each at its moment: seconds before the clock's present.
    func addGroup(_ tasks: [(id: String, secondsAgo: Double)], to name: String = "g", queue: String = "default")
        async throws
    {
        let present = clock.now
        for task in tasks {
            clock.set(present - task.secondsAgo)
            let message = message(task.id, queue: queue, group: name)
            #expect(try await broker.create(message, placement: .group(name), uniqueFor: nil) == .created)
        }
        clock.set(present)
    }

    /// Ids with their scores as seconds before the clock's present, oldest first.
    func scores(_ key: String) async throws -> [String: Int] {
        let flat = try await strings("ZRANGE", .string(key), 0, -1, "WITHSCORES")
        let now = Int(clock.now.timeIntervalSince1970)
        return Dictionary(
            uniqueKeysWithValues: stride(from: 0, to: flat.count - 1, by: 2).map {
                (flat[$0], now - (Int(flat[$0 + 1]) ?? 0))
            })
    }

    /// Stages a group that is full at its present size.
    func staged(_ name: String = "g", queue: String = "default") async throws -> StagedSet {
        let size = try await integer("ZCARD", .string("asynq:{\(queue)}:g:\(name)"))
        return try #require(await broker.stageGroup(name, in: queue, limits: .init(maxSize: size)))
    }

    /// Joins a staged set's members into a task with the set's id.
    func finish(_ set: StagedSet, _ members: [TaskMessage]) async throws -> SetOutcome {
        try await broker.finish(
            set, members: members, as: message(set.id, queue: set.queue), placement: .pending, uniqueFor: nil)
    }

    /// I2: each task is in exactly one container, and its state says which; `strangers` are keys that are no task queue's.
    func expectOneContainerEach(
        besides strangers: Set<String> = [], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await redis.client.expectOneContainerEach(besides: strangers, sourceLocation: sourceLocation)
    }

    /// Writes a golden vector's keys as Go left them.
    func restore(_ vector: GoldenCase) async throws {
        for key in vector.keys {
            let name = RedisArgument.string(key.key)
            switch key.stored {
            case .string(let value): _ = try await send("SET", name, .bytes(value))
            case .list(let items): for item in items { _ = try await send("RPUSH", name, .bytes(item)) }
            case .set(let items): for item in items { _ = try await send("SADD", name, .bytes(item)) }
            case .sortedSet(let scored):
                for (item, score) in scored { _ = try await send("ZADD", name, .integer(Int64(score)), .bytes(item)) }
            case .hash(let fields):
                for (field, value) in fields { _ = try await send("HSET", name, .string(field), .bytes(value)) }
            }
        }
    }
}

extension RedisClient {
    /// I2: each task of each queue is in exactly one container, and its state says which.
    func expectOneContainerEach(
        besides strangers: Set<String> = [], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var states: [String: String] = [:]
        var homes: [String: [String]] = [:]
        for (key, stored) in try await storedKeys() where key.hasPrefix("asynq:{") && !strangers.contains(key) {
            guard let end = key.range(of: "}:")?.upperBound else { continue }
            let (queue, rest) = (String(key[..<end]), String(key[end...]))
            let ids: [[UInt8]]
            switch stored.value {
            case .hash(let fields):
                states[queue + rest.dropFirst(2)] = fields["state"].map { String(decoding: $0, as: UTF8.self) }
                continue
            case .list(let items): ids = items
            case .sortedSet(let scored) where rest != "aggregation_sets" && rest != "lease": ids = Array(scored.keys)
            default: continue
            }
            let state = rest.hasPrefix("g:") ? "aggregating" : rest
            for id in ids { homes[queue + String(decoding: id, as: UTF8.self), default: []].append(state) }
        }
        #expect(homes == states.mapValues { [$0] }, sourceLocation: sourceLocation)
    }
}
