import Foundation

extension MemoryQueue {
    /// How many due tasks of each set one call moves at most, as in Redis.
    private static let mostForwarded = 100
    /// How many ended leases one call lists at most, as in Redis.
    private static let mostListed = 1000

    /// Moves due tasks to pending or to their group, and says how many.
    mutating func forward(at now: Date) -> Int {
        let seconds = UnixTime.seconds(now)
        let due = scheduled.first(Self.mostForwarded, upTo: seconds)
        let failed = retry.first(Self.mostForwarded, upTo: seconds)
        for id in due {
            scheduled.remove(id)
            forward(id, at: now)
        }
        for id in failed {
            retry.remove(id)
            forward(id, at: now)
        }
        if !due.isEmpty || !failed.isEmpty { tellIfSettled() }
        return due.count + failed.count
    }

    private mutating func forward(_ id: ExactText, at now: Date) {
        guard var task = tasks[id] else { return }
        if let group = task.group {
            task.state = .aggregating
            tasks[id] = task
            members[ExactText(group), default: MemoryScores()].set(id, to: UnixTime.seconds(now))
            groups.insert(ExactText(group))
        } else {
            task.state = .pending
            task.pendingSince = UnixTime.nanoseconds(now)
            tasks[id] = task
            push(id)
        }
    }

    /// When the first task that waits for its moment is due.
    var nextDue: Date? {
        [scheduled.firstScore, retry.firstScore].compactMap(\.self).min().map {
            Date(timeIntervalSince1970: Double($0))
        }
    }

    /// Deletes completed tasks whose retention is over, and says how many.
    mutating func deleteExpiredCompleted(limit: Int, at now: Date) -> Int {
        let over = completed.first(limit, upTo: UnixTime.seconds(now))
        for id in over {
            completed.remove(id)
            tasks[id] = nil
        }
        return over.count
    }

    /// Pushes the leases of runs, and says which no longer hold their task.
    mutating func extendLeases(of runs: [TaskRun], at now: Date) -> [TaskRun] {
        let lease = UnixTime.seconds(now) + RedisBroker.leaseSeconds
        return runs.filter { run in
            guard run.owner != nil, held(by: run) != nil else { return true }
            extendLease(of: ExactText(run.message.id), to: lease)
            return false
        }
    }

    /// Gives a running task's lease another end, Unix seconds.
    mutating func extendLease(of id: ExactText, to lease: Int64) {
        leases.set(id, to: lease)
        tasks[id]?.owner?.lease = lease
    }

    /// The runs whose lease ended at `cutoff` at the latest, the earliest first.
    func expiredLeases(upTo cutoff: Date) -> [TaskRun] {
        leases.first(Self.mostListed, upTo: UnixTime.seconds(cutoff)).compactMap { tasks[$0].map(Self.run) }
    }

    /// The active tasks of owners, with the workers that they are of.
    var owned: [(workerID: String, task: OwnedTask)] {
        active.ids.compactMap { id in
            guard let task = tasks[id], let owner = task.owner else { return nil }
            return (owner.workerID, OwnedTask(run: Self.run(task), isAlone: task.alone == owner.token))
        }
    }

    private static func run(_ task: MemoryTask) -> TaskRun {
        TaskRun(message: task.message, encodedMessage: task.encodedMessage, owner: task.owner?.token)
    }

    /// How far a task is from its end; from now on its end is told.
    mutating func ending(of id: ExactText) -> TaskEnding {
        guard let task = tasks[id] else { return .gone }
        switch task.state {
        case .completed: return .completed(result: task.result)
        case .archived: return .archived(reason: task.message.errorMessage)
        default:
            tasks[id]?.isWaitedFor = true
            return .notYet
        }
    }
}
