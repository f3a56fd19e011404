import Foundation

/// All that an in-memory broker holds.
struct MemoryState: Sendable {
    /// What a scheduler announced.
    struct Announcement: Sendable {
        let entries: [SchedulerEntry]
        let end: Date
    }

    /// Names of the queues ever published.
    var names: Set<ExactText> = []
    var queues: [ExactText: MemoryQueue] = [:]
    var fleets: [String: MemoryFleet] = [:]
    var announcements: [String: Announcement] = [:]
    /// The enqueue events of each periodic entry, the oldest first.
    var histories: [String: [SchedulerEnqueueEvent]] = [:]
    /// Until when each worker counts as alive.
    private var liveness: [String: ContinuousClock.Instant] = [:]
    /// Numbers the dequeues.
    private var lastRun: UInt64 = 0
    /// Until when lost groups need not be looked for.
    private var groupSweepEnd: Date?

    /// How far the clock was turned, seconds.
    var turned: TimeInterval = 0

    /// A queue's state, changed in place.
    subscript(queue: String) -> MemoryQueue {
        get { queues[ExactText(queue)] ?? MemoryQueue(ExactText(queue)) }
        _modify {
            let name = ExactText(queue)
            yield &queues[name, default: MemoryQueue(name)]
        }
    }

    /// What the changes since the last call tell.
    mutating func takeEvents() -> [MemoryEvent] {
        var events: [MemoryEvent] = []
        for name in queues.keys {
            guard let new = queues[name]?.events, !new.isEmpty else { continue }
            events += new
            queues[name]?.events = []
        }
        return events
    }

    // MARK: Creating

    /// Creates tasks; plain pending ones come first, as in Redis.
    mutating func create(_ creations: [TaskCreation], at now: Date) throws(WireError) -> [CreateOutcome] {
        for creation in creations { names.insert(ExactText(creation.message.queue)) }
        var outcomes = [CreateOutcome](repeating: .created, count: creations.count)
        for rank in 0...2 {
            for (place, creation) in creations.enumerated() where creation.rank == rank {
                outcomes[place] = try self[creation.message.queue].create(creation, at: now)
            }
        }
        return outcomes
    }

    // MARK: Running

    /// Takes tasks as the plan says.
    mutating func dequeue(_ plan: DequeuePlan, worker: WorkerIdentity, at now: Date) -> DequeueResult {
        var plan = plan
        plan.limit = min(plan.limit, RedisBroker.maxDequeueCount)
        var result = DequeueResult()
        guard plan.limit > 0 else { return result }
        if plan.isOnlyQueue {
            for queue in plan.queues { _ = take((queue, plan.limit), worker, &result, at: now) }
            return result
        }
        var taken: [String: Int] = [:]
        var open = plan.queues.filter { !self[$0].pending.isEmpty }
        while true {
            let portions = plan.portions(among: open, taken: taken)
            if portions.isEmpty { return result }
            var counts: [String: Int] = [:]
            for portion in portions {
                let count = take(portion, worker, &result, at: now)
                counts[portion.queue] = count
                if count < portion.count || result.holds[portion.queue] != nil {
                    open.removeAll { $0 == portion.queue }
                }
            }
            plan.shares?.took(counts)
            taken.merge(counts, uniquingKeysWith: +)
        }
    }

    private mutating func take(
        _ portion: (queue: String, count: Int), _ worker: WorkerIdentity, _ result: inout DequeueResult, at now: Date
    ) -> Int {
        lastRun += 1
        let delivery = self[portion.queue].take(
            portion.count, worker: worker, run: "\(worker.id)|\(lastRun)", at: now)
        result.tasks += delivery.tasks
        if let hold = delivery.hold { result.holds[portion.queue] = hold }
        return delivery.tasks.count
    }

    // MARK: Workers

    /// Notes that a worker lives.
    mutating func live(_ workerID: String, until end: ContinuousClock.Instant, uptime: ContinuousClock.Instant) {
        liveness = liveness.filter { $0.value > uptime }
        liveness[workerID] = end
    }

    /// Notes that a worker has ended.
    mutating func end(_ workerID: String) { liveness[workerID] = nil }

    func isAlive(_ workerID: String, uptime: ContinuousClock.Instant) -> Bool {
        liveness[workerID].map { $0 > uptime } ?? false
    }

    /// What ``Broker/orphanedTasks(in:besides:running:)`` says.
    func orphans(
        in queues: [String], besides worker: WorkerIdentity, running: Set<String>, uptime: ContinuousClock.Instant
    ) -> [OwnedTask] {
        let found = Set(queues.map(ExactText.init)).flatMap { self.queues[$0]?.owned ?? [] }
        return found.filter { workerID, task in
            !running.contains(task.run.owner ?? "")
                && (workerID == worker.id || !isAlive(workerID, uptime: uptime))
        }.map(\.task)
    }

    // MARK: Groups

    /// Lists lost groups again unless that was done within `interval`.
    mutating func relistLostGroups(atMostEvery interval: Duration, at now: Date) -> Int {
        if let groupSweepEnd, groupSweepEnd > now { return 0 }
        groupSweepEnd = now + interval.timeInterval
        return queues.keys.reduce(0) { $0 + (queues[$1]?.relistGroups() ?? 0) }
    }
}

extension TaskCreation {
    /// The place in the order in which the tasks of one call are created: what is plain, what is not, what has options.
    fileprivate var rank: Int {
        if options.text != nil { return 2 }
        return placement == .pending && (uniqueFor == nil || message.uniqueKey.isEmpty) ? 0 : 1
    }
}
