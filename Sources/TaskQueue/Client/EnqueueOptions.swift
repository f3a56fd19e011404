public import Foundation

/// How and when a task is to run.
///
/// Durations are rounded up to whole seconds, since the wire holds seconds: 500 ms is 1 s, never "none".
public struct EnqueueOptions: Sendable, Hashable {
    /// The queue's name; never blank.
    public var queue: String
    /// Unique in its queue; `nil` makes a random one.
    public var taskID: String?
    /// How many retries may follow the first try; a negative number counts as 0.
    public var maxRetry: Int
    /// How long one run may take; `nil` is 30 minutes, or no limit but ``deadline`` when that is given.
    public var timeout: Duration?
    /// By when a run must end.
    public var deadline: Date?
    /// When to run; a moment that is not after now means at once.
    ///
    /// ``processIn`` is used when both are given.
    public var processAt: Date?
    /// How long from now to run.
    public var processIn: Duration?
    /// How long no other task with the same queue, type and payload may be created; at least 1 s.
    ///
    /// The lock is released when the task succeeds or is deleted. For a delayed task the delay is added.
    public var unique: Duration?
    /// What to lock instead of type and payload; it has no effect without ``unique``.
    ///
    /// Never blank.
    public var uniqueKey: String?
    /// How long to keep the task after success; zero deletes it.
    public var retention: Duration
    /// The group to be aggregated with; `nil` for none, never blank.
    ///
    /// A delayed task joins its group when it is due.
    public var group: String?

    /// How long the task waits after its failures, in place of the worker's rule; heeded by our workers only.
    public var retryDelays: RetryDelays?
    /// By when a worker must have taken the task for the first time; later it is dropped without being run or counted.
    ///
    /// It is looked at by the worker that takes the task, one of ours; a Go worker runs it all the same. Running the task by
    /// hand lifts it.
    public var expiresAt: Date?
    /// How long after the first moment at which the task may run, now or its delay's end, ``expiresAt`` is.
    ///
    /// It is used when both are given.
    public var expiresIn: Duration?
    /// Whether the unique lock goes when one of our workers archives the task; else it lives on as in asynq.
    ///
    /// It has no effect without ``unique``.
    public var releasesUniqueOnArchive: Bool
    /// How long the task is kept once our workers or tools have archived it; `nil` is as long as its queue's limits say.
    ///
    /// It only makes that time shorter. More than zero; heeded by our workers and tools only.
    public var archiveRetention: Duration?

    /// The timeout of a task that has neither a timeout nor a deadline, as in asynq.
    public static let defaultTimeout = Duration.seconds(30 * 60)

    /// Makes options; the defaults are asynq's.
    public init(
        queue: String = "default", taskID: String? = nil, maxRetry: Int = 25, timeout: Duration? = nil,
        deadline: Date? = nil, processAt: Date? = nil, processIn: Duration? = nil, unique: Duration? = nil,
        uniqueKey: String? = nil, retention: Duration = .zero, group: String? = nil,
        retryDelays: RetryDelays? = nil, expiresAt: Date? = nil, expiresIn: Duration? = nil,
        releasesUniqueOnArchive: Bool = false, archiveRetention: Duration? = nil
    ) {
        self.queue = queue
        self.taskID = taskID
        self.maxRetry = maxRetry
        self.timeout = timeout
        self.deadline = deadline
        self.processAt = processAt
        self.processIn = processIn
        self.unique = unique
        self.uniqueKey = uniqueKey
        self.retention = retention
        self.group = group
        self.retryDelays = retryDelays
        self.expiresAt = expiresAt
        self.expiresIn = expiresIn
        self.releasesUniqueOnArchive = releasesUniqueOnArchive
        self.archiveRetention = archiveRetention
    }
}
