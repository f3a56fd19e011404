import ConcurrencySupport
import Foundation

extension PeriodicTaskScheduler {
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
}
