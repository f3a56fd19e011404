/// How tasks of a group are joined into one task: asynq's `GroupAggregator` with its settings.
///
/// A group is due when it has as many tasks as are allowed, when its oldest task has waited for the longest delay, or when no
/// task was added for the grace period. The joined task is created in the step that deletes the group's tasks, and releases
/// their unique locks, so that none is lost and none is done twice.
public struct GroupAggregation: Sendable {
    /// Makes one task of several, oldest first, of one group of one queue.
    ///
    /// Throwing, or returning `nil`, puts the tasks back into their group, to be tried again after a while.
    public typealias Aggregate =
        @Sendable (_ group: String, _ queue: String, _ tasks: [QueueTask]) async throws -> QueueTask?

    /// When a group is due.
    public struct Limits: Sendable, Equatable {
        /// How long a group must have been quiet; at least 1 s.
        public let gracePeriod: Duration
        /// How long a task waits at most while others keep coming; `nil` is for ever.
        public let maxDelay: Duration?
        /// How many tasks are joined at most; `nil` is any number.
        public let maxSize: Int?

        /// Sets limits; the defaults are asynq's, and parts of a second are rounded up.
        ///
        /// - Precondition: A grace period and a delay of at least 1 s, a size of at least 1.
        public init(gracePeriod: Duration = .seconds(60), maxDelay: Duration? = nil, maxSize: Int? = nil) {
            precondition(gracePeriod >= .seconds(1), "a group's grace period must be at least 1 s")
            precondition(maxDelay.map { $0 >= .seconds(1) } ?? true, "a group's longest delay must be at least 1 s")
            precondition(maxSize.map { $0 >= 1 } ?? true, "a group's largest size must be at least 1")
            self.gracePeriod = gracePeriod
            self.maxDelay = maxDelay
            self.maxSize = maxSize
        }
    }

    /// The limits of queues that have none of their own.
    public var limits: Limits
    /// Limits by queue.
    public var queueLimits: [String: Limits]
    /// How joined tasks run.
    ///
    /// Queue, task id and group of the options have no effect: a joined task stays in its group's queue, has an id made for
    /// it, and joins no group. It takes no retry delays, no expiry and no retention in the archive either.
    public var options: EnqueueOptions
    /// Makes one task of several.
    ///
    /// It has 115 s, then its task is cancelled; what it returns later than 120 s after the tasks were taken out of their
    /// group may come too late, and is dropped then.
    public var aggregate: Aggregate
    /// How often groups are looked at; `nil` is asynq's rule, 7 s or the shortest grace period.
    package var checkInterval: Duration?

    /// Describes how groups are joined.
    public init(
        limits: Limits = Limits(), queueLimits: [String: Limits] = [:], options: EnqueueOptions = EnqueueOptions(),
        aggregate: @escaping Aggregate
    ) {
        self.limits = limits
        self.queueLimits = queueLimits
        self.options = options
        self.aggregate = aggregate
    }

    /// The limits of a queue.
    package func limits(for queue: String) -> Limits { queueLimits[queue] ?? limits }

    /// How often groups are looked at.
    package var tick: Duration {
        let grace = queueLimits.values.map(\.gracePeriod).min() ?? limits.gracePeriod
        return checkInterval ?? min(.seconds(7), min(grace, limits.gracePeriod))
    }
}
