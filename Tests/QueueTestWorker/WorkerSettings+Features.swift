import Logging
import Redis
import TaskQueue

extension WorkerSettings {
    /// The type of all tasks of the fault test.
    package static let taskType = "fault:task"
    /// How many tasks of a group are joined at most.
    package static let mostJoined = 4

    /// How groups are joined, fast; `nil` unless the worker does.
    var groupAggregation: GroupAggregation? {
        guard joinsGroups else { return nil }
        var aggregation = GroupAggregation(
            limits: .init(gracePeriod: .seconds(1), maxDelay: .seconds(2), maxSize: Self.mostJoined),
            options: EnqueueOptions(maxRetry: 3, timeout: .seconds(120))
        ) { _, _, tasks in
            let behaviour = TaskBehaviour.joined(of: tasks.map { $0.payload ?? [] })
            return QueueTask(type: Self.taskType, payload: behaviour.payload)
        }
        aggregation.checkInterval = .milliseconds(300)
        return aggregation
    }

    /// The worker's scheduler, one of a fleet; `nil` without periodic tasks.
    ///
    /// - Parameters:
    ///   - redis: The store.
    ///   - logger: Says who leads.
    /// - Returns: A scheduler that knows its entries and does not run yet.
    /// - Throws: For an entry that the product refuses.
    func scheduler(_ redis: RedisConfiguration, logger: Logger) throws -> PeriodicTaskScheduler? {
        guard !periodic.entries.isEmpty else { return nil }
        var configuration = PeriodicSchedulerConfiguration()
        configuration.enqueuesOncePerTick = true
        configuration.heartbeatInterval = .milliseconds(500)
        configuration.leaderTerm = .seconds(1)
        configuration.misfireTolerance = .seconds(periodic.toleranceSeconds)
        let scheduler = PeriodicTaskScheduler(redis: redis, configuration: configuration, logger: logger)
        for entry in periodic.entries {
            let behaviour = TaskBehaviour(.succeed, milliseconds: 20, origin: [entry.id])
            try scheduler.register(
                "@every \(entry.everySeconds)s", QueueTask(type: Self.taskType, payload: behaviour.payload),
                EnqueueOptions(queue: queue, maxRetry: 3, timeout: .seconds(120)), id: .fixed(entry.id),
                misfirePolicy: entry.runsOnce ? .runOnce : .skip, hasTaskIDPerTick: entry.hasTaskIDPerTick)
        }
        return scheduler
    }
}
