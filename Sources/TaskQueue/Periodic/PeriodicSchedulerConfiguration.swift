public import Foundation

/// How a scheduler works; the defaults are asynq's, except where a comment says otherwise.
public struct PeriodicSchedulerConfiguration: Sendable {
    /// The zone of specs that name none.
    public var defaultZone = TimeZone.gmt
    /// Whether specs may have six fields, the second first; asynq's have five.
    public var allowsSeconds = false
    /// How often the entries are announced, first at the start (asynq: first after one interval); they live twice as long.
    public var heartbeatInterval = Duration.seconds(10)
    /// Whether the schedulers of a ``fleet`` that have this on enqueue each entry once a tick, together; asynq's never do.
    ///
    /// They elect a leader, which alone enqueues and announces its entries, so all of them must register the same ones. It
    /// is off by default because schedulers with different entries would otherwise hold each other up. When the leader
    /// stops, dies or stands still, another takes over within ``leaderTerm`` and a third, and enqueues what was missed
    /// meanwhile; a former leader enqueues nothing. Entries must have equal ids in all schedulers, so
    /// ``PeriodicEntryID/fresh`` is refused. An entry of `@every` runs at each multiple of its interval since 1970.
    public var enqueuesOncePerTick = false
    /// Which schedulers elect a leader among themselves; never blank, without braces.
    ///
    /// Programs with different entries on one Redis need different names.
    public var fleet = PeriodicSchedulerConfiguration.defaultFleet
    /// How long a leader that is not heard of stays leader.
    ///
    /// 1 s to 1 h; it renews its term every third of it.
    public var leaderTerm = Duration.seconds(10)
    /// How late a tick may be and still be enqueued as if nothing had been; later ones fall to their entry's
    /// ``MisfirePolicy``.
    ///
    /// 0 to 1 h. By default 1 min: longer than a change of leaders takes, with clocks that differ by 20 s.
    public var misfireTolerance = Duration.seconds(60)
    /// Called before each task is enqueued.
    public var preEnqueue: (@Sendable (QueueTask, EnqueueOptions) async -> Void)?
    /// Called after each task with what came of it; a duplicate or a taken id is an ``EnqueueError``.
    public var postEnqueue: (@Sendable (Result<TaskInfo, any Error>) async -> Void)?

    /// The fleet of schedulers that name none.
    public static let defaultFleet = "default"

    /// Makes the default configuration, to be changed property by property.
    public init() {}

    /// Throws for a setting that is out of its range.
    func validate() throws(PeriodicTaskError) {
        func check(_ isValid: Bool, _ message: String) throws(PeriodicTaskError) {
            guard isValid else { throw PeriodicTaskError(.invalidConfiguration, message) }
        }
        try check(heartbeatInterval > .zero, "the scheduler's heartbeat interval must be more than 0")
        try check(
            (.seconds(1) ... .seconds(3600)).contains(leaderTerm),
            "the leader's term must be 1 s to 1 h, not \(leaderTerm)")
        try check(
            (.zero ... .seconds(3600)).contains(misfireTolerance),
            "the misfire tolerance must be 0 to 1 h, not \(misfireTolerance)")
        try check(
            !fleet.isBlank && !fleet.contains { "{}".contains($0) },
            "the fleet's name must not be blank or hold braces, since it is part of keys: \"\(fleet.prefix(60))\"")
    }
}
