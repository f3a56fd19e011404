/// One periodic task as a provider describes it: asynq's `PeriodicTaskConfig`.
public struct PeriodicTaskConfiguration: Sendable, Hashable {
    /// When, see ``CronSchedule``; never blank.
    public var spec: String
    /// What is enqueued.
    public var task: QueueTask
    /// How.
    public var options: EnqueueOptions
    /// How the entry is named.
    public var id: PeriodicEntryID
    /// What becomes of runs that nobody enqueued in time.
    public var misfirePolicy: MisfirePolicy
    /// Whether each run's task has an id made of the entry's id and the tick; see ``PeriodicTaskScheduler``.
    public var hasTaskIDPerTick: Bool

    /// Describes a periodic task.
    public init(
        _ spec: String, _ task: QueueTask, _ options: EnqueueOptions = EnqueueOptions(),
        id: PeriodicEntryID = .derived, misfirePolicy: MisfirePolicy = .skip, hasTaskIDPerTick: Bool = false
    ) {
        self.spec = spec
        self.task = task
        self.options = options
        self.id = id
        self.misfirePolicy = misfirePolicy
        self.hasTaskIDPerTick = hasTaskIDPerTick
    }
}

/// Says which periodic tasks there are at present, such as from a file or a database.
public protocol PeriodicTaskProvider: Sendable {
    /// All periodic tasks; one that is missing is unregistered, and equal ones count as several.
    ///
    /// An error leaves everything as it is until the next call.
    func periodicTasks() async throws -> [PeriodicTaskConfiguration]
}
