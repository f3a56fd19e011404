import ConcurrencySupport
import Foundation
public import Logging
public import Redis

/// Enqueues tasks again and again by cron specs: asynq's `Scheduler`.
///
/// Runs that were missed while nobody ran the scheduler, or while it stood still, are not made up for. Several schedulers
/// each enqueue their own copy.
///
/// With ``PeriodicSchedulerConfiguration/enqueuesOncePerTick`` the schedulers of a fleet elect a leader. Each tick is then
/// enqueued once, whichever of them dies or stands still at whatever moment, and missed runs fall to ``MisfirePolicy``.
///
/// An entry that has a task id per tick gives the task of each run the id `<entry id>:<tick>`, the tick in Unix seconds, and
/// the queue remembers for 2 h which ticks it had: so two fleets, or schedulers that elect nobody, enqueue a tick once too.
public final class PeriodicTaskScheduler: Sendable {
    /// `<host>:<pid>:<uuid>`, as the fleet sees it.
    package let id: String
    let broker: any Broker
    let clock: PeriodicClock
    let logger: Logger
    private let client: TaskClient
    private let configuration: PeriodicSchedulerConfiguration
    private let onClose: @Sendable () async -> Void
    private let table: LockedValue<PeriodicTaskTable>
    /// `nil` unless the scheduler elects a leader with others.
    private let member: FleetMember?
    private let phase = LockedValue(Phase.new)
    private let wake = WakeSignal()
    private let announcement = WakeSignal()
    private let closed = Latch()

    private enum Phase { case new, running, stopping, closed }

    /// Makes a scheduler; nothing is connected before it runs.
    public convenience init(
        redis: RedisConfiguration, configuration: PeriodicSchedulerConfiguration = PeriodicSchedulerConfiguration(),
        logger: Logger
    ) {
        let broker = RedisBroker(redis, logger: logger)
        self.init(broker: broker, configuration: configuration, logger: logger, onClose: { await broker.close() })
    }

    /// Makes a scheduler of a broker that somebody else owns, unless `onClose` closes it.
    package init(
        broker: any Broker, configuration: PeriodicSchedulerConfiguration, logger: Logger,
        identity: WorkerIdentity? = nil, clock: PeriodicClock = .system,
        onClose: @escaping @Sendable () async -> Void = {}
    ) {
        id = (identity ?? .current()).id
        self.broker = broker
        self.clock = clock
        self.logger = logger
        self.configuration = configuration
        self.onClose = onClose
        client = TaskClient(broker: broker, now: clock.now)
        let isOfFleet = configuration.enqueuesOncePerTick
        table = LockedValue(PeriodicTaskTable(isOfFleet: isOfFleet))
        member =
            isOfFleet
            ? FleetMember(
                schedulerID: id, broker: broker, configuration: configuration, clock: clock, logger: logger) : nil
    }

    /// Whether it enqueues what is due: a scheduler without a fleet always does.
    var isLeading: Bool { member.map { $0.leadership != nil } ?? true }

    /// What it announces.
    var entries: [SchedulerEntry] { table.withLock { $0.snapshot } }

    /// Adds a periodic task, before the scheduler runs or while it does.
    ///
    /// - Parameters:
    ///   - spec: When, see ``CronSchedule``.
    ///   - task: What is enqueued.
    ///   - options: How; each run is enqueued with the same.
    ///   - id: How the entry is named; by default its content names it.
    ///   - misfirePolicy: What becomes of runs that nobody enqueued in time.
    ///   - hasTaskIDPerTick: Whether each run's task has an id made of the entry's id and the tick.
    /// - Returns: The entry's id, for ``unregister(_:)``.
    /// - Throws: ``CronError``, also for a spec without a run; ``EnqueueError`` or ``PeriodicTaskError``.
    @discardableResult
    public func register(
        _ spec: String, _ task: QueueTask, _ options: EnqueueOptions = EnqueueOptions(),
        id: PeriodicEntryID = .derived, misfirePolicy: MisfirePolicy = .skip, hasTaskIDPerTick: Bool = false
    ) throws -> String {
        let schedule = try CronSchedule(
            spec, defaultZone: configuration.defaultZone, allowsSeconds: configuration.allowsSeconds)
        let moment = clock.now()
        guard schedule.next(after: moment) != nil else { throw CronError.neverRuns(spec) }
        _ = try ComposedTask(task, options, now: moment)
        try checkTogether(options, id, misfirePolicy, hasTaskIDPerTick: hasTaskIDPerTick)
        let name = try table.withLock { table in
            try table.insert(
                schedule, task, options, id: id, misfirePolicy: misfirePolicy, hasTaskIDPerTick: hasTaskIDPerTick,
                now: moment)
        }
        wake.signal()
        return name
    }

    private func checkTogether(
        _ options: EnqueueOptions, _ id: PeriodicEntryID, _ policy: MisfirePolicy, hasTaskIDPerTick: Bool
    ) throws(PeriodicTaskError) {
        if id == .fresh, configuration.enqueuesOncePerTick || hasTaskIDPerTick {
            throw PeriodicTaskError(
                .invalidEntryID,
                "schedulers that enqueue once a tick must agree on the entry's id; do not use a fresh one")
        }
        if hasTaskIDPerTick, options.taskID != nil {
            throw PeriodicTaskError(
                .optionsExclude, "a task id per tick takes the place of the options' task id; leave that out")
        }
        if policy == .runOnce, !configuration.enqueuesOncePerTick {
            throw PeriodicTaskError(
                .optionsExclude, "missed runs are known to schedulers that enqueue once a tick only; turn that on")
        }
    }

    /// Removes a periodic task; a run that has begun goes on.
    ///
    /// - Parameter id: What ``register(_:_:_:id:misfirePolicy:hasTaskIDPerTick:)`` returned.
    /// - Throws: ``PeriodicTaskError`` with `entryNotFound`.
    public func unregister(_ id: String) throws {
        guard table.withLock({ $0.remove(id) }) else {
            throw PeriodicTaskError(.entryNotFound, "no entry with the id \"\(id)\" is registered")
        }
        wake.signal()
    }

    /// Enqueues what is due until a shutdown is over; cancelling the calling task is a shutdown.
    ///
    /// A store that cannot be reached is no error: the runs of that time fail, and later ones are tried.
    ///
    /// - Throws: ``PeriodicTaskError`` for a setting out of its range, and unless the scheduler is new.
    public func run() async throws {
        try configuration.validate()
        try phase.withLock { (phase) throws(PeriodicTaskError) in
            guard phase == .new else { throw phase == .closed ? .closed : .alreadyRunning }
            phase = .running
        }
        // A task of its own: cancelling the caller must begin a shutdown, not cut off tasks being enqueued.
        let running = Task { await self.runUntilClosed() }
        await withTaskCancellationHandler {
            await running.value
        } onCancel: {
            stop()
        }
    }

    /// Enqueues nothing more, waits for what is being enqueued, takes the announcement back, and returns when ``run()`` is
    /// about to.
    ///
    /// Does nothing to a scheduler that never ran.
    public func shutdown() async {
        guard stop() else { return }
        await closed.wait()
    }

    /// Whether it runs or ran.
    @discardableResult
    private func stop() -> Bool {
        let hasRun = phase.withLock { phase in
            if phase == .running { phase = .stopping }
            return phase != .new
        }
        wake.signal()
        return hasRun
    }

    private func runUntilClosed() async {
        table.withLock { $0.start(at: clock.now()) }
        logger.info("scheduler started", metadata: ["scheduler-id": "\(id)"])
        await withDiscardingTaskGroup { beats in
            beats.addTask { await self.announceUntilCancelled() }
            if let member { beats.addTask { await self.standUntilCancelled(member) } }
            await withDiscardingTaskGroup { jobs in
                while phase.withLock({ $0 == .running }) {
                    for job in await dueJobs() { jobs.addTask { await self.enqueue(job) } }
                    await waitUntilDue()
                }
                await member?.resign()
            }
            beats.cancelAll()
        }
        await takeBack()
        await onClose()
        logger.info("scheduler stopped", metadata: ["scheduler-id": "\(id)"])
        phase.withLock { $0 = .closed }
        closed.open()
    }

    /// Waits until an entry is due, the entries change or a shutdown begins.
    private func waitUntilDue() async {
        let due = table.withLock { $0.nextDue }
        await withDiscardingTaskGroup { group in
            if let due {
                group.addTask {
                    if (try? await self.clock.sleep(due)) != nil { self.wake.signal() }
                }
            }
            await wake.wait()
            group.cancelAll()
        }
    }

    /// What is to be enqueued now.
    ///
    /// With a fleet all is looked at again after each beat, so that a try that failed is repeated.
    private func dueJobs() async -> [Job] {
        let due = table.withLock { $0.takeDue(at: clock.now()) }
        guard let member else {
            return due.map { due in
                Job(entry: due.entry, tick: due.entry.schedule.tick(of: due.moment), claim: nil)
            }
        }
        let entries = table.withLock { table in table.entries.values.sorted { $0.id < $1.id } }
        return await member.claimDue(of: entries).map { Job(entry: $0.entry, tick: $0.tick, claim: $0) }
    }

    /// One run of an entry.
    private struct Job: Sendable {
        let entry: PeriodicTaskTable.Entry
        /// Unix seconds.
        let tick: Int64
        /// `nil` without a fleet.
        let claim: FleetMember.Claim?
    }

    private func enqueue(_ job: Job) async {
        let entry = job.entry
        await configuration.preEnqueue?(entry.task, entry.options)
        let result: Result<TaskInfo, any Error>
        do {
            result = .success(try await create(job))
        } catch {
            logger.warning(
                "a periodic task was not enqueued", metadata: ["entry-id": "\(entry.id)", "error": "\(error)"])
            result = .failure(error)
        }
        if case .success(let info) = result { await record(info, of: entry) }
        if let claim = job.claim { await end(claim, result) }
        await configuration.postEnqueue?(result)
    }

    private func create(_ job: Job) async throws -> TaskInfo {
        let entry = job.entry
        guard job.claim != nil || entry.hasTaskIDPerTick else {
            return try await client.enqueue(entry.task, entry.options)
        }
        let moment = clock.now()
        let identity = TickIdentity(entry, tick: job.tick, fleet: job.claim?.leadership.fleet)
        var options = entry.options
        options.taskID = options.taskID ?? identity.taskID
        let composed = try ComposedTask(entry.task, options, now: moment)
        let outcome = try await broker.createTask(
            composed.creation,
            of: FencedTick(
                tick: job.tick, scope: identity.scope, life: entry.tickLife, leadership: job.claim?.leadership))
        switch outcome {
        case .tried(let outcome): return try TaskClient.info(of: composed, outcome, now: moment)
        case .enqueuedBefore: throw EnqueueError.taskIDConflict
        case .staleTerm: throw PeriodicTaskError.staleTerm
        }
    }

    /// A refusal settles a tick, as success does; anything else leaves it open.
    private func end(_ claim: FleetMember.Claim, _ result: Result<TaskInfo, any Error>) async {
        switch result {
        case .success: await member?.end(claim, isSettled: true)
        case .failure(let error):
            await member?.end(claim, isSettled: error is EnqueueError)
            if error as? PeriodicTaskError == .staleTerm { member?.stepDown(from: claim.leadership) }
        }
    }

    private func standUntilCancelled(_ member: FleetMember) async {
        while !Task.isCancelled {
            if await member.stand() {
                if !isLeading { await clearAnnouncement() }
                announcement.signal()
            }
            wake.signal()
            try? await clock.sleep(clock.now() + member.interval.timeInterval)
        }
    }

    private func record(_ info: TaskInfo, of entry: PeriodicTaskTable.Entry) async {
        let event = SchedulerEnqueueEvent(taskID: info.id, enqueuedAt: clock.now())
        do { try await broker.recordEnqueue(event, ofEntry: entry.id) } catch {
            logger.warning(
                "a periodic task is missing in its history", metadata: ["entry-id": "\(entry.id)", "error": "\(error)"])
        }
    }

    private func announceUntilCancelled() async {
        let limiter = LogLimiter()
        while !Task.isCancelled {
            do {
                if isLeading {
                    try await broker.writeSchedulerEntries(
                        entries, schedulerID: id, life: configuration.heartbeatInterval * 2)
                }
            } catch {
                guard !Task.isCancelled else { return }
                limiter.run {
                    logger.warning("the entries could not be announced", metadata: ["error": "\(error)"])
                }
            }
            await waitForNextAnnouncement()
        }
    }

    /// Waits for the heartbeat, or for a change of leaders.
    private func waitForNextAnnouncement() async {
        let moment = clock.now() + configuration.heartbeatInterval.timeInterval
        await withDiscardingTaskGroup { group in
            group.addTask {
                if (try? await self.clock.sleep(moment)) != nil { self.announcement.signal() }
            }
            await announcement.wait()
            group.cancelAll()
        }
    }

    private func clearAnnouncement() async {
        do { try await broker.clearSchedulerEntries(schedulerID: id) } catch {
            logger.warning("the scheduler's announcement will expire by itself", metadata: ["error": "\(error)"])
        }
    }

    private func takeBack() async {
        await clearAnnouncement()
        do {
            for entry in table.withLock({ Array($0.entries.values) }) where entry.isFresh {
                try await broker.clearHistory(ofEntry: entry.id)
            }
        } catch {
            logger.warning(
                "histories of the scheduler's entries will expire by themselves", metadata: ["error": "\(error)"])
        }
    }
}
