import ConcurrencySupport
import Foundation
import Logging

/// Joins the tasks of groups that are due into one task each; asynq's `aggregator.go`.
final class Aggregator: Sendable {
    /// How many groups are looked at, and functions run, at once: 3, as asynq fixes it.
    static let parallelChecks = 3
    /// How long before a set's deadline its function is cancelled, so that its result can still be written and clocks may
    /// differ a little.
    static let margin = Duration.seconds(5)
    /// The longest wait after failures of one group.
    private static let longestBackoff = Duration.seconds(300)

    private let aggregation: GroupAggregation
    private let broker: any Broker
    private let catalog: QueueCatalog
    private let control: ServerControl
    private let forwarder: Forwarder
    private let abandonTimeout: Duration
    private let logger: Logger
    private let now: @Sendable () -> Date
    private let limiter = LogLimiter()
    private let wake = WakeSignal()
    private let writeBackoff = Backoff(base: .milliseconds(100), limit: .seconds(5))
    private let book: LockedValue<GroupBook>

    /// Makes an aggregator of the catalogue's queues.
    init(
        _ aggregation: GroupAggregation, broker: any Broker, catalog: QueueCatalog, control: ServerControl,
        forwarder: Forwarder, abandonTimeout: Duration, logger: Logger, now: @escaping @Sendable () -> Date
    ) {
        self.aggregation = aggregation
        self.broker = broker
        self.catalog = catalog
        self.control = control
        self.forwarder = forwarder
        self.abandonTimeout = abandonTimeout
        self.logger = logger
        self.now = now
        let backoff = Backoff(base: aggregation.tick, limit: max(aggregation.tick, Self.longestBackoff))
        book = LockedValue(GroupBook(most: Self.parallelChecks, backoff: backoff))
    }

    /// Looks at the groups until a shutdown is asked for, and returns when every running check has ended.
    ///
    /// Cancelling it has no effect: a check that is cut off would leave its tasks staged until their deadline.
    func run() async {
        await Task { await self.runUntilShutdown() }.value
    }

    private var isShuttingDown: Bool { control.state.isShuttingDown }

    private func runUntilShutdown() async {
        await withDiscardingTaskGroup { checks in
            checks.addTask { [control, wake] in
                await control.shutdownRequested.wait()
                wake.signal()
            }
            while !isShuttingDown {
                let next = ContinuousClock.now + aggregation.tick
                for name in await groups() {
                    guard await isAdmitted(name) else { continue }
                    checks.addTask { await self.check(name) }
                }
                while !isShuttingDown, ContinuousClock.now < next {
                    await wake.wait(atMost: next - ContinuousClock.now)
                }
            }
        }
    }

    private func groups() async -> [GroupName] {
        var names: [GroupName] = []
        for queue in catalog.names where !isShuttingDown {
            do {
                names += try await broker.groups(in: queue).sorted().map { GroupName(queue: queue, group: $0) }
            } catch {
                limiter.run {
                    logger.warning(
                        "listing groups failed and will be tried again",
                        metadata: ["queue": "\(queue)", "error": "\(error)"])
                }
            }
        }
        return names
    }

    /// Waits for a free slot and takes it for a group, unless the group is taken care of, must wait, or the server goes.
    private func isAdmitted(_ name: GroupName) async -> Bool {
        while !isShuttingDown {
            switch book.withLock({ $0.admit(name, at: .now) }) {
            case .admitted:
                // Its function might be what kills the process while a task runs alone, and would be taken for the task.
                guard !control.beginAside() else { return true }
                book.withLock { $0.leave(name, hasFailed: false, at: .now) }
                return false
            case .refused: return false
            case .full: await wake.wait()
            }
        }
        return false
    }

    /// Joins a group's tasks as long as it is due.
    private func check(_ name: GroupName) async {
        var hasFailed = false
        let limits = aggregation.limits(for: name.queue)
        do {
            while !hasFailed, !isShuttingDown, control.slots.aloneWaiting == 0,
                let set = try await broker.stageGroup(name.group, in: name.queue, limits: limits)
            {
                hasFailed = try await !join(set)
            }
        } catch {
            hasFailed = true
            limiter.run {
                logger.warning(
                    "aggregating a group failed and will be tried again",
                    metadata: name.metadata.merging(["error": "\(error)"]) { $1 })
            }
        }
        control.changeSlots { $0.endedAside() }
        book.withLock { $0.leave(name, hasFailed: hasFailed, at: .now) }
        wake.signal()
    }

    /// Makes one task of a staged set, or puts its members back.
    ///
    /// - Parameter set: What this server has just staged.
    /// - Returns: Whether the group may be looked at again at once.
    /// - Throws: The store's error; the set is then given back, by any server after its deadline at the latest.
    private func join(_ set: StagedSet) async throws -> Bool {
        do {
            let members = try await broker.members(of: set)
            // Everything in it was gone or set aside.
            guard !members.isEmpty else {
                try await broker.giveBack(set)
                return true
            }
            if let reason = try await refusal(of: members, in: set) {
                logger.warning("a group was not aggregated; its tasks go back", metadata: set.metadata(reason))
                try await broker.giveBack(set)
                return false
            }
            return true
        } catch {
            try? await broker.giveBack(set)
            throw error
        }
    }

    /// Runs the function and writes what it made; why not, if not.
    private func refusal(of members: [TaskMessage], in set: StagedSet) async throws -> String? {
        let tasks = members.map { QueueTask(type: $0.type, payload: $0.payload, headers: $0.headers) }
        let function = aggregation.aggregate
        let run = AggregationRun(
            function: { try await function(set.group, set.queue, tasks) }, control: control,
            abandonTimeout: abandonTimeout)
        let limit = Duration.seconds(set.deadline.timeIntervalSince(now())) - Self.margin
        switch await run.ending(within: max(.zero, limit)) {
        case .returned(nil): return "the aggregate function returned no task"
        case .failed(let error): return String(describing: error)
        case .abandoned: return "the server was shut down before the aggregate function returned"
        case .returned(let task?):
            do { return try await write(task, for: members, in: set) } catch let error as EnqueueError {
                return error.message
            }
        }
    }

    private func write(_ task: QueueTask, for members: [TaskMessage], in set: StagedSet) async throws -> String? {
        var options = aggregation.options
        (options.queue, options.taskID, options.group) = (set.queue, set.id, nil)
        let composed = try ComposedTask(task, options, now: now())
        switch try await finish(set, members, composed) {
        case .joined:
            logger.debug("aggregated a group", metadata: set.metadata("\(members.count) tasks"))
            if case .scheduled(let date) = composed.placement { forwarder.expect(queue: set.queue, at: date.roundedUp) }
            return nil
        case .superseded: return "the set was put back by another server, or one of its tasks was changed by hand"
        case .duplicate: return "another task holds the unique lock of the aggregated one"
        case .taskIDConflict: return "another task has the id of the set"
        }
    }

    /// Writes until the store answers, or the set's deadline is over, or the server must go.
    private func finish(_ set: StagedSet, _ members: [TaskMessage], _ composed: ComposedTask) async throws -> SetOutcome
    {
        var failures = 0
        while true {
            do {
                let outcome = try await broker.finish(
                    set, members: members, as: composed.message, placement: composed.placement,
                    uniqueFor: composed.uniqueFor)
                // After a lost answer this cannot be told from a write that was made; nothing is lost either way.
                return outcome == .superseded && failures > 0 ? .joined : outcome
            } catch {
                failures += 1
                guard now() < set.deadline, control.state.phase != .aborting else { throw error }
                await control.abortRequested.wait(atMost: writeBackoff.delay(afterFailures: failures))
            }
        }
    }
}

extension StagedSet {
    /// What a log line about the set says.
    fileprivate func metadata(_ reason: String) -> Logger.Metadata {
        ["queue": "\(queue)", "group": "\(group)", "set-id": "\(id)", "reason": "\(reason)"]
    }
}
