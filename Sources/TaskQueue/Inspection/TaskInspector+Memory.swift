import Redis

extension TaskInspector {
    /// How many tasks of a container stand for all of it, as in asynq.
    private static let sampledTasks = 20
    /// How many groups stand for all of them, as in asynq.
    private static let sampledGroups = 5

    /// About how many bytes a queue takes in Redis.
    ///
    /// Of each container up to 20 tasks are measured, and their mean stands for the rest; of the groups five are looked at.
    /// Source: asynq `inspect.go`, `memoryUsageCmd`.
    ///
    /// - Parameters:
    ///   - keys: The queue's keys.
    ///   - counts: How many tasks each state has.
    ///   - groups: The queue's groups.
    /// - Returns: Bytes; `nil` where the server does not know or does not allow `MEMORY USAGE` (asynq-wire W25).
    /// - Throws: The store's error when it cannot be reached.
    func memoryUsage(_ keys: RedisKeys, counts: [TaskState: Int], groups: [GroupInfo]) async throws -> Int? {
        var containers: [MeasuredContainer] = []
        for state in TaskState.allCases where state != .aggregating {
            let container = try TaskContainer(state, group: nil, in: keys)
            containers.append(MeasuredContainer(container, count: counts[state] ?? 0))
        }
        let sampled = groups.prefix(Self.sampledGroups)
        for group in sampled {
            let container = try TaskContainer(.aggregating, group: group.name, in: keys)
            containers.append(MeasuredContainer(container, count: group.size))
        }
        let samples = try await client.pipeline(containers.map { $0.container.first(Self.sampledTasks) })
        for (index, reply) in samples.enumerated() {
            containers[index].sample = try reply.array().map { try $0.bytes() }
        }
        guard let own = try await measure(containers.map { Array($0.container.key.utf8) }),
            let lists = try await measure([Array(keys.groups.utf8), Array(keys.lease.utf8)])
        else { return nil }
        let taskPrefix = Array(keys.taskPrefix.utf8)
        guard let tasks = try await measure(containers.flatMap { $0.sample.map { taskPrefix + $0 } }) else {
            return nil
        }
        var (fixed, grouped, start) = (lists.reduce(0, +), 0, 0)
        for (index, container) in containers.enumerated() {
            let sizes = tasks[start..<(start + container.sample.count)]
            start += container.sample.count
            let mean = sizes.isEmpty ? 0 : Double(sizes.reduce(0, +)) / Double(sizes.count)
            let bytes = own[index] + Int(mean * Double(container.count))
            if container.container.group == nil { fixed += bytes } else { grouped += bytes }
        }
        guard !sampled.isEmpty else { return fixed }
        // The sampled groups stand for the others by their number of tasks.
        let (known, all) = (sampled.reduce(0) { $0 + $1.size }, groups.reduce(0) { $0 + $1.size })
        return fixed + Int(Double(grouped) * Double(all) / Double(max(1, known)))
    }

    /// The bytes that each key takes, 0 for a missing one; `nil` when the server refuses to say.
    private func measure(_ keys: [[UInt8]]) async throws -> [Int]? {
        let replies = try await client.pipeline(keys.map { RedisCommand("MEMORY", ["USAGE", .bytes($0)]) })
        var sizes: [Int] = []
        for reply in replies {
            switch reply {
            case .null: sizes.append(0)
            case .error: return nil
            default: sizes.append(Int(try reply.integer()))
            }
        }
        return sizes
    }
}

/// A container of which some tasks are measured.
private struct MeasuredContainer {
    let container: TaskContainer
    let count: Int
    /// Task ids.
    var sample: [[UInt8]] = []

    init(_ container: TaskContainer, count: Int) {
        self.container = container
        self.count = count
    }
}
