public import Foundation

/// How a scheduler works; the defaults are asynq's, except where a comment says otherwise.
public struct PeriodicSchedulerConfiguration: Sendable {
    /// The zone of specs that name none.
    public var defaultZone = TimeZone.gmt
    /// How often the entries are announced, first at the start (asynq: first after one interval); they live twice as long.
    public var heartbeatInterval = Duration.seconds(10)
    /// Whether all schedulers that have this on, together, enqueue each entry once a tick; asynq's never do.
    ///
    /// The first to claim the tick enqueues it. If it fails in doing so, the tick is lost. Entries must have equal ids in
    /// all schedulers, so ``PeriodicEntryID/fresh`` is refused. An entry of `@every` runs once in each multiple of its
    /// interval since 1970.
    public var enqueuesOncePerTick = false
    /// Called before each task is enqueued.
    public var preEnqueue: (@Sendable (QueueTask, EnqueueOptions) async -> Void)?
    /// Called after each task with what came of it; a duplicate or a taken id is an ``EnqueueError``.
    public var postEnqueue: (@Sendable (Result<TaskInfo, any Error>) async -> Void)?

    /// Makes the default configuration, to be changed property by property.
    public init() {}
}
