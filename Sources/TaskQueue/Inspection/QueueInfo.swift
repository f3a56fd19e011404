/// A queue at one moment: asynq's `QueueInfo`.
public struct QueueInfo: Sendable, Equatable {
    /// The queue's name.
    public var queue: String
    /// How many tasks are in each of the seven states; every state has a number.
    public var counts: [TaskState: Int]
    /// How many groups hold aggregating tasks.
    public var groups: Int
    /// Tasks processed today (UTC), failures included.
    public var processedToday: Int
    /// Tasks failed today (UTC).
    public var failedToday: Int
    /// Tasks processed in all, failures included.
    public var processedTotal: Int
    /// Tasks failed in all.
    public var failedTotal: Int
    /// Whether no task is taken at the moment.
    public var isPaused: Bool
    /// How long the next task to be taken has been waiting; zero when none waits or it is not known.
    public var latency: Duration
    /// About how many bytes it takes in Redis; `nil` where the server does not say, because it does not know or does not
    /// allow `MEMORY USAGE`.
    public var memoryUsage: Int?

    /// All stored tasks.
    public var size: Int { counts.values.reduce(0, +) }

    /// How many tasks are in one state.
    public func count(_ state: TaskState) -> Int { counts[state] ?? 0 }
}
