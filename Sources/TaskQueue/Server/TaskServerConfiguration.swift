/// How a server works; the defaults are asynq's, except where a comment says otherwise.
public struct TaskServerConfiguration: Sendable {
    /// How many tasks run at once at most; under 1 counts as 1.
    public var concurrency = 10
    /// Which queues are served.
    public var queues: QueueSelection = ["default": 1]
    /// Whether a queue is served only while all of higher weight are empty.
    public var strictPriority = false
    /// How long a shutdown waits for running tasks before it cancels them and gives them back.
    public var shutdownTimeout = Duration.seconds(8)
    /// How long a task that was cancelled by a shutdown may take to return before it is given back regardless.
    public var abandonTimeout = Duration.milliseconds(500)
    /// How long a failed task waits.
    public var retryPolicy = RetryPolicy.asynq
    /// Whether an error counts as a failure; one that does not costs no retry and is not counted.
    ///
    /// It gets the error as it was thrown; ``ErrorChain`` finds what that wraps. What becomes of a task that has no retries
    /// left says ``archivesNonFailuresAtLimit``.
    public var isFailure: @Sendable (any Error) -> Bool = { _ in true }
    /// Whether a task that has no retries left is archived, and counted as failed, by an error that is no failure too.
    ///
    /// That is asynq's way, and therefore the default (spec W22). Off, such a task waits and runs again as before its limit,
    /// so one that never meets anything but such errors is tried for ever. A Go server beside this one archives it.
    public var archivesNonFailuresAtLimit = true
    /// Called for every error of a run, before the task's state changes.
    public var errorHandler: (@Sendable (QueueTask, TaskContext, any Error) async -> Void)?
    /// Called after a run's outcome is written; the task's slot is taken until it returns.
    ///
    /// When a write had to be repeated because its answer was lost, the outcome is reported although another run may
    /// have taken the task over in between.
    public var onOutcome: (@Sendable (TaskContext, TaskOutcome) async -> Void)?
    /// Called after this worker has archived a task: a handler's failure, the retry limit, a request to cancel, the recovery of
    /// an ended lease, or a task that kills its workers.
    ///
    /// A task that a tool or a Go worker archives is not told of. The run's slot may be free by then; the server's end waits.
    public var onArchive: (@Sendable (ArchivedTask) async -> Void)?
    /// How many tasks of a queue this worker runs at once at most; `nil` is no limit but ``concurrency``.
    public var perQueueConcurrency: (@Sendable (String) -> Int?)?
    /// How long an idle server waits at most before it looks by itself; chance shortens it by up to a half.
    public var pollInterval = Duration.seconds(1)
    /// How often queues that match a prefix are looked for.
    public var queueDiscoveryInterval = Duration.seconds(1)
    /// How long a worker counts as alive after its last heartbeat: its tasks are taken over soon after (asynq: 60 to 120 s).
    ///
    /// 1 s at least is sensible; a worker that cannot reach the store for longer loses its tasks to others.
    public var livenessDuration = Duration.seconds(6)
    /// How often presence is published and leases are extended; more often where ``livenessDuration`` demands it (asynq: 5 s).
    public var heartbeatInterval = Duration.seconds(2)
    /// How often the scheduled and failed tasks' next moment is looked up, for those that nobody told of; each is moved to
    /// pending when it is due, not at these looks (asynq: moves every 5 s).
    public var forwarderInterval = Duration.seconds(1)
    /// How often tasks with an ended lease are looked for.
    public var recovererInterval = Duration.seconds(60)
    /// How often tasks of dead workers of ours are looked for; more often where ``livenessDuration`` demands it.
    ///
    /// Two looks with a heartbeat between them are needed to rescue one.
    public var rescueLookInterval = Duration.seconds(1)
    /// How often completed tasks whose retention is over are deleted.
    public var janitorInterval = Duration.seconds(8)
    /// How tasks of groups are joined into one; `nil` leaves groups to other servers.
    public var groupAggregation: GroupAggregation?

    /// Whether a task is archived by an error of its handler or by its worker's end.
    func isLastTry(of message: TaskMessage, isFailure: Bool) -> Bool {
        message.retried >= message.maxRetry && (isFailure || archivesNonFailuresAtLimit)
    }

    /// Three heartbeats in a worker's life at least, so that one may be lost.
    var effectiveHeartbeatInterval: Duration { min(heartbeatInterval, livenessDuration / 3) }
    /// Six looks in a worker's life at least.
    var effectiveRescueLookInterval: Duration { min(rescueLookInterval, livenessDuration / 6) }

    /// Called every ``healthCheckInterval`` with what came of asking the store whether it answers; `nil` is well.
    public var healthCheck: (@Sendable ((any Error)?) async -> Void)?
    /// How often the store is asked for ``healthCheck``, first one interval after the start.
    public var healthCheckInterval = Duration.seconds(15)

    /// Makes the default configuration, to be changed property by property.
    public init() {}

    /// Makes a configuration of what most programs set.
    public init(
        concurrency: Int = 10, queues: QueueSelection = ["default": 1], strictPriority: Bool = false,
        shutdownTimeout: Duration = .seconds(8)
    ) {
        self.concurrency = concurrency
        self.queues = queues
        self.strictPriority = strictPriority
        self.shutdownTimeout = shutdownTimeout
    }
}
