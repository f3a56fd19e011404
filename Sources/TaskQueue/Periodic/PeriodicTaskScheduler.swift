import ConcurrencySupport
import Foundation
public import Logging
public import Redis

/// Enqueues tasks again and again by cron specs: asynq's `Scheduler`.
///
/// Runs that were missed while nobody ran the scheduler, or while it stood still, are not made up for. Several schedulers
/// each enqueue their own copy unless ``PeriodicSchedulerConfiguration/enqueuesOncePerTick`` is on.
public final class PeriodicTaskScheduler: Sendable {
    /// `<host>:<pid>:<uuid>`, as the fleet sees it.
    package let id: String
    let broker: any Broker
    let clock: PeriodicClock
    let logger: Logger
    private let client: TaskClient
    private let configuration: PeriodicSchedulerConfiguration
    private let onClose: @Sendable () async -> Void
    private let table = LockedValue(PeriodicTaskTable())
    private let phase = LockedValue(Phase.new)
    private let wake = WakeSignal()
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
    }

    /// What it announces.
    var entries: [SchedulerEntry] { table.withLock { $0.snapshot } }

    /// Adds a periodic task, before the scheduler runs or while it does.
    ///
    /// - Parameters:
    ///   - spec: When, see ``CronSchedule``.
    ///   - task: What is enqueued.
    ///   - options: How; each run is enqueued with the same.
    ///   - id: How the entry is named; by default its content names it.
    /// - Returns: The entry's id, for ``unregister(_:)``.
    /// - Throws: ``CronError``, ``EnqueueError`` or ``PeriodicTaskError``.
    @discardableResult
    public func register(
        _ spec: String, _ task: QueueTask, _ options: EnqueueOptions = EnqueueOptions(),
        id: PeriodicEntryID = .derived
    ) throws -> String {
        let schedule = try CronSchedule(spec, defaultZone: configuration.defaultZone)
        let moment = clock.now()
        _ = try ComposedTask(task, options, now: moment)
        if configuration.enqueuesOncePerTick, id == .fresh {
            throw PeriodicTaskError(
                .invalidEntryID,
                "schedulers that enqueue once a tick must agree on the entry's id; do not use a fresh one")
        }
        let name = try table.withLock { table in try table.insert(schedule, task, options, id: id, now: moment) }
        wake.signal()
        return name
    }

    /// Removes a periodic task; a run that has begun goes on.
    ///
    /// - Parameter id: What ``register(_:_:_:id:)`` returned.
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
    /// - Throws: ``PeriodicTaskError`` unless the scheduler is new.
    public func run() async throws {
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
            await withDiscardingTaskGroup { jobs in
                while phase.withLock({ $0 == .running }) {
                    for due in table.withLock({ $0.takeDue(at: clock.now()) }) {
                        jobs.addTask { await self.enqueue(due) }
                    }
                    await waitUntilDue()
                }
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

    private func enqueue(_ due: PeriodicTaskTable.Due) async {
        let entry = due.entry
        let result: Result<TaskInfo, any Error>
        do {
            guard try await isOurs(due) else { return }
            await configuration.preEnqueue?(entry.task, entry.options)
            result = .success(try await client.enqueue(entry.task, entry.options))
        } catch {
            logger.warning(
                "a periodic task was not enqueued", metadata: ["entry-id": "\(entry.id)", "error": "\(error)"])
            result = .failure(error)
        }
        if case .success(let info) = result { await record(info, of: entry) }
        await configuration.postEnqueue?(result)
    }

    private func isOurs(_ due: PeriodicTaskTable.Due) async throws -> Bool {
        guard configuration.enqueuesOncePerTick else { return true }
        return try await broker.claimTick(due.entry.schedule.tick(of: due.moment), ofEntry: due.entry.id)
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
                try await broker.writeSchedulerEntries(
                    entries, schedulerID: id, life: configuration.heartbeatInterval * 2)
            } catch {
                guard !Task.isCancelled else { return }
                limiter.run {
                    logger.warning("the entries could not be announced", metadata: ["error": "\(error)"])
                }
            }
            try? await clock.sleep(clock.now() + configuration.heartbeatInterval.timeInterval)
        }
    }

    private func takeBack() async {
        do {
            try await broker.clearSchedulerEntries(schedulerID: id)
            for entry in table.withLock({ Array($0.entries.values) }) where entry.isFresh {
                try await broker.clearHistory(ofEntry: entry.id)
            }
        } catch {
            logger.warning("the scheduler's announcement will expire by itself", metadata: ["error": "\(error)"])
        }
    }
}
