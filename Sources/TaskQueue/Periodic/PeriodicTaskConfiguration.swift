/// One periodic task as a provider describes it: asynq's `PeriodicTaskConfig`.
public struct PeriodicTaskConfiguration: Sendable, Hashable {
    /// When, see ``CronSchedule``; never blank.
    public var spec: String
    /// What is enqueued.
    public var task: QueueTask
    /// How.
    public var options: EnqueueOptions

    /// Describes a periodic task.
    public init(_ spec: String, _ task: QueueTask, _ options: EnqueueOptions = EnqueueOptions()) {
        self.spec = spec
        self.task = task
        self.options = options
    }
}

/// Says which periodic tasks there are at present, such as from a file or a database.
public protocol PeriodicTaskProvider: Sendable {
    /// All periodic tasks; one that is missing is unregistered, and equal ones count as several.
    ///
    /// An error leaves everything as it is until the next call.
    func periodicTasks() async throws -> [PeriodicTaskConfiguration]
}
