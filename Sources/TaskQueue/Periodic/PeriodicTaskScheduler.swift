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
    let client: TaskClient
    let clock: PeriodicClock
    let configuration: PeriodicSchedulerConfiguration
    let logger: Logger
    let table: LockedValue<PeriodicTaskTable>
    /// `nil` unless the scheduler elects a leader with others.
    let member: FleetMember?
    /// That the entries are to be looked at again.
    let wake = WakeSignal()
    /// That the entries are to be announced before the next heartbeat.
    let announcement = WakeSignal()
    private let onClose: @Sendable () async -> Void
    private let phase = LockedValue(Phase.new)
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
}
