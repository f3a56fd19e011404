import ConcurrencySupport
import Foundation
public import Logging
public import Redis

/// A scheduler that keeps to what a provider says: asynq's `PeriodicTaskManager`.
///
/// An entry is unchanged while its spec, type, payload, options and headers are; it then keeps its id and its phase.
/// (asynq overlooks changes of the task's own options and headers.)
public final class PeriodicTaskManager: Sendable {
    private let scheduler: PeriodicTaskScheduler
    private let provider: any PeriodicTaskProvider
    private let syncInterval: Duration
    /// The ids of the registered entries of each configuration; equal ones have several.
    private let registered = LockedValue<[PeriodicTaskConfiguration: [String]]>([:])

    /// How often the provider is asked unless told: 3 min, as in asynq.
    public static let defaultSyncInterval = Duration.seconds(180)

    /// Makes a manager with a scheduler of its own; nothing is connected before it runs.
    ///
    /// - Parameters:
    ///   - redis: Where to enqueue.
    ///   - provider: Which tasks there are.
    ///   - syncInterval: How often the provider is asked.
    ///   - configuration: How the scheduler works.
    ///   - logger: Gets what was skipped.
    public convenience init(
        redis: RedisConfiguration, provider: any PeriodicTaskProvider,
        syncInterval: Duration = PeriodicTaskManager.defaultSyncInterval,
        configuration: PeriodicSchedulerConfiguration = PeriodicSchedulerConfiguration(), logger: Logger
    ) {
        self.init(
            scheduler: PeriodicTaskScheduler(redis: redis, configuration: configuration, logger: logger),
            provider: provider, syncInterval: syncInterval)
    }

    /// Makes a manager of a scheduler in which nobody else registers.
    package init(
        scheduler: PeriodicTaskScheduler, provider: any PeriodicTaskProvider,
        syncInterval: Duration = PeriodicTaskManager.defaultSyncInterval
    ) {
        self.scheduler = scheduler
        self.provider = provider
        self.syncInterval = syncInterval
    }

    /// Asks the provider, then runs the scheduler and asks again after each interval, until a shutdown is over.
    ///
    /// Cancelling the calling task is a shutdown. After the start an answer that fails or holds an invalid task changes
    /// nothing. A spec that cannot be read is logged and leaves out that task only.
    ///
    /// - Throws: At the start the provider's error, or ``EnqueueError`` or ``PeriodicTaskError`` for the first invalid task;
    ///   the manager may then be run again. ``PeriodicTaskError`` when it has run before.
    public func run() async throws {
        try await sync()
        try await withThrowingTaskGroup { group in
            group.addTask { await self.syncUntilCancelled() }
            try await scheduler.run()
            group.cancelAll()
        }
    }

    /// Enqueues nothing more, waits for what is being enqueued, and returns when ``run()`` is about to.
    public func shutdown() async {
        await scheduler.shutdown()
    }

    private func syncUntilCancelled() async {
        let logger = scheduler.logger
        while true {
            let moment = scheduler.clock.now() + syncInterval.timeInterval
            guard (try? await scheduler.clock.sleep(moment)) != nil else { return }
            do { try await sync() } catch {
                guard !Task.isCancelled else { return }
                logger.warning("the periodic tasks stay as they are", metadata: ["error": "\(error)"])
            }
        }
    }

    private func sync() async throws {
        let wanted = try await provider.periodicTasks()
        for task in wanted { try validate(task) }
        var counts: [PeriodicTaskConfiguration: Int] = [:]
        for task in wanted { counts[task, default: 0] += 1 }
        removeAllBut(counts)
        // In the provider's order, so that equal ones get their ids in it.
        for task in wanted { add(task, upTo: counts[task] ?? 0) }
    }

    /// Throws for what no scheduler could enqueue; whether the spec can be read is seen when it is registered.
    private func validate(_ task: PeriodicTaskConfiguration) throws {
        guard !task.spec.isBlank else {
            throw PeriodicTaskError(.blankSpec, "the spec of the periodic task \"\(task.task.type)\" must not be blank")
        }
        _ = try ComposedTask(task.task, task.options, now: scheduler.clock.now())
    }

    private func removeAllBut(_ counts: [PeriodicTaskConfiguration: Int]) {
        let surplus = registered.withLock { registered in
            var surplus: [String] = []
            for (task, ids) in registered {
                let kept = ids.prefix(counts[task] ?? 0)
                surplus += ids.dropFirst(kept.count)
                registered[task] = kept.isEmpty ? nil : Array(kept)
            }
            return surplus
        }
        for id in surplus {
            do { try scheduler.unregister(id) } catch {
                scheduler.logger.warning("a periodic task was gone already", metadata: ["error": "\(error)"])
            }
        }
    }

    private func add(_ task: PeriodicTaskConfiguration, upTo count: Int) {
        guard registered.withLock({ $0[task]?.count ?? 0 }) < count else { return }
        do {
            let id = try scheduler.register(
                task.spec, task.task, task.options, id: task.id, misfirePolicy: task.misfirePolicy,
                hasTaskIDPerTick: task.hasTaskIDPerTick)
            registered.withLock { $0[task, default: []].append(id) }
        } catch {
            scheduler.logger.error(
                "a periodic task was left out", metadata: ["task-type": "\(task.task.type)", "error": "\(error)"])
        }
    }
}
