import QueueTestWorker
import Redis
import TaskQueue

/// What a run waits for: conditions that are looked at again and again, with a generous limit.
extension SequenceRun {
    /// Waits until others have taken over all that the stopped worker holds and work on some of it.
    ///
    /// It is no promise of the product that they can: the queue may be paused, and they may be busy. So it ends after a few
    /// lives of a silent worker, and soon after all was taken over.
    func awaitRescue(of worker: Int) async throws {
        let mark = ":\(await fleet.processID(of: worker)):"
        let held = Set(try await activeTasks().filter { $0.value.contains(mark) }.keys)
        var limit = ContinuousClock.now + liveness * 4 + .seconds(2)
        var wasTaken = false
        while !held.isEmpty, ContinuousClock.now < limit {
            let active = try await activeTasks()
            if !active.values.contains(where: { $0.contains(mark) }) {
                if held.contains(where: { active[$0] != nil }) { return }
                if !wasTaken { limit = min(limit, .now + liveness) }
                wasTaken = true
            }
            try await Task.sleep(for: Self.pollInterval)
        }
    }

    /// The active tasks with their owners; a task that ends meanwhile is left out.
    private func activeTasks() async throws -> [String: String] {
        let keys = RedisKeys(queue: Self.queue)
        var owners: [String: String] = [:]
        for id in try await control.send("LRANGE", .string(keys.active), 0, -1).array().map({ try $0.string() }) {
            let owner = try await control.send("HGET", .string(keys.task(id)), "schedcu:owner").optionalBytes()
            owners[id] = owner.map { String(decoding: $0, as: UTF8.self) }
        }
        return owners
    }

    func awaitRecord(_ what: String, _ isIt: (RunRecord) -> Bool) async throws {
        try await until(what) {
            let records = try await control.send("LRANGE", .string(RunRecord.key), 0, -1).array()
            return try records.contains { RunRecord(try $0.string()).map(isIt) ?? false }
        }
    }

    /// Ends all faults and waits until every task has ended.
    func drain() async throws -> [Violation] {
        await fleet.resumeAll()
        try await untilAnswered { try await inspector.unpause(Self.queue) }
        do {
            try await until("every task has ended", within: patience) { try await unfinished() == 0 }
            let isOpen = try await poisonCount() > 0
            let isStaged = try await stagedSets() > 0
            if isOpen || isStaged {
                // A worker that was stopped takes back what was archived in its absence, once its run has ended; and one that
                // lives makes a task of the group that it is joining.
                try await Task.sleep(for: Self.appealTime)
                try await until("every appeal is over", within: patience) { try await unfinished() == 0 }
            }
            return []
        } catch let error as NotInTime {
            return [Violation(.noLostTask, "\(error); the workers' log ends: \(fleet.logTail)")]
        }
    }

    /// How long a resumed worker takes to beat, and its longest run to end or its group to be joined.
    private static let appealTime = Duration.seconds(2)

    private func unfinished() async throws -> Int64 {
        try await control.evaluate(
            Self.unfinished, keys: Self.unfinishedKeys,
            arguments: [
                .string(RedisKeys(queue: Self.queue).taskPrefix), .string(Rescuer.poisonText),
                .string(RedisKeys.liveness(workerID: "")), .string(RedisKeys(queue: Self.queue).group("")),
            ]
        ).integer()
    }

    private func stagedSets() async throws -> Int64 {
        try await control.send("ZCARD", .string(RedisKeys(queue: Self.queue).aggregationSets)).integer()
    }

    private func poisonCount() async throws -> Int {
        try await inspector.tasks(in: Self.queue, state: .archived).count { $0.lastError == Rescuer.poisonText }
    }

    /// How many tasks have not ended; at one moment, since tasks move.
    ///
    /// One that is archived as poison has not while the worker lives that ran it. One that a worker had taken out of its group
    /// when it died counts as ended: nobody may touch it for two minutes.
    private static let unfinished = LuaScript(
        name: "unfinished",
        """
        local appeals = 0
        for _, id in ipairs(redis.call('ZRANGE', KEYS[5], 0, -1)) do
          local held = redis.call('HMGET', ARGV[1] .. id, 'msg', 'schedcu:alone')
          local worker = held[2] and string.match(held[2], '^(.*)|[^|]*$')
          if worker and string.find(held[1], ARGV[2], 1, true) and redis.call('EXISTS', ARGV[3] .. worker) == 1 then
            appeals = appeals + 1
          end
        end
        local grouped = 0
        for _, group in ipairs(redis.call('SMEMBERS', KEYS[6])) do
          grouped = grouped + redis.call('ZCARD', ARGV[4] .. group)
        end
        return redis.call('LLEN', KEYS[1]) + redis.call('LLEN', KEYS[2]) + redis.call('ZCARD', KEYS[3])
          + redis.call('ZCARD', KEYS[4]) + appeals + grouped
        """)

    private static var unfinishedKeys: [String] {
        let keys = RedisKeys(queue: queue)
        return [keys.pending, keys.active, keys.scheduled, keys.retry, keys.archived, keys.groups]
    }

    /// A condition that did not come true.
    struct NotInTime: Error, CustomStringConvertible {
        let description: String
    }

    /// Looks again and again until a condition holds; a look that fails counts as not yet.
    func until(
        _ what: String, within patience: Duration = Self.patience, _ condition: () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + patience
        while true {
            if (try? await condition()) == true { return }
            guard ContinuousClock.now < deadline else {
                throw NotInTime(description: "\(patience) were not enough until \(what)")
            }
            try await Task.sleep(for: Self.pollInterval)
        }
    }
}
