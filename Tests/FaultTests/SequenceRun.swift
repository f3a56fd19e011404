import ConcurrencySupport
import Foundation
import QueueTestWorker
import Redis
import TaskQueue

/// Carries one sequence out on a fleet of its own and judges what is left.
struct SequenceRun: Sendable {
    /// What came of a sequence.
    struct Report: Sendable {
        let sequence: FaultSequence
        let violations: [Violation]
        /// How often tasks were taken from a run that had not ended.
        let rescues: Int
        /// How many deliveries there were.
        let deliveries: Int
        /// How many runs ended while a newer run of their task was on: what the fence is there for.
        let staleEnds: Int
        /// The last error of each archived task, by id.
        let archived: [String: String]
        /// How much of each feature there was.
        let uses: FeatureUses
    }

    static let queue = "faults"
    static let taskType = WorkerSettings.taskType
    /// How long a lock lives: longer than any sequence.
    private static let lockLife = Duration.seconds(600)
    /// How long a condition may take that the product promises within seconds, on a machine under any load.
    static let patience = Duration.seconds(60)
    static let pollInterval = Duration.milliseconds(25)

    let sequence: FaultSequence
    let fleet: Fleet
    let liveness: Duration
    let patience: Duration
    let client: TaskClient
    let inspector: TaskInspector
    let control: RedisClient
    let operations = LockedValue(Operations())

    /// Runs a sequence from the start of its processes to their end.
    ///
    /// - Parameters:
    ///   - sequence: What to do.
    ///   - liveness: How long a silent worker counts as alive.
    ///   - sabotage: The planted fault.
    ///   - clockRate: How much faster the workers' clocks run.
    ///   - concurrency: How many tasks a worker runs at once.
    ///   - patience: How long the queue may take to drain; shorter where a planted fault keeps it from it.
    /// - Returns: What came of it.
    /// - Throws: What kept the test itself from running.
    static func report(
        on sequence: FaultSequence, liveness: Duration, sabotage: Sabotage = .none, clockRate: Int = 1,
        concurrency: Int = 4, patience: Duration = Self.patience
    ) async throws -> Report {
        var settings = WorkerSettings(
            redis: "", queue: queue, liveness: liveness, sabotage: sabotage, clockRate: clockRate)
        settings.concurrency = concurrency
        settings.joinsGroups = sequence.features.joinsGroups
        settings.periodic = sequence.features.periodic
        let fleet = try Fleet(settings: settings)
        do {
            try await fleet.startRedis()
            let run = SequenceRun(sequence: sequence, fleet: fleet, liveness: liveness, patience: patience)
            let report = try await run.run()
            await run.closeClients()
            await fleet.close()
            return report
        } catch {
            await fleet.close()
            throw error
        }
    }

    private init(sequence: FaultSequence, fleet: Fleet, liveness: Duration, patience: Duration) {
        self.sequence = sequence
        self.patience = patience
        self.fleet = fleet
        self.liveness = liveness
        client = TaskClient(redis: fleet.configuration, logger: fleet.logger)
        inspector = TaskInspector(redis: fleet.configuration, logger: fleet.logger)
        control = RedisClient(fleet.configuration, name: "control", logger: fleet.logger)
    }

    private func closeClients() async {
        await client.close()
        await inspector.close()
        await control.close()
    }

    private func run() async throws -> Report {
        try await limit()
        try await fleet.startWorkers(sequence.workerCount)
        var violations = try await withThrowingTaskGroup(of: Void.self) { supervision in
            supervision.addTask { await fleet.superviseWorkers() }
            async let producing: Void = produce()
            async let composing: Void = compose()
            try await disturb()
            try await producing
            try await composing
            let undrained = try await drain()
            await fleet.stopWorkers(patience: Self.patience)
            try await supervision.waitForAll()
            return undrained
        }
        let snapshot = try await Snapshot.read(control, queue: Self.queue)
        let replay = QueueReplay(try fleet.commandLog(), queue: Self.queue)
        violations += await fleet.violations
        let checker = InvariantChecker(
            plans: sequence.tasks, operations: operations.withLock { $0 }, replay: replay, snapshot: snapshot,
            features: sequence.features)
        violations += checker.violations
        let transitions = replay.transitions.values.joined()
        return Report(
            sequence: sequence, violations: violations,
            rescues: transitions.count { $0.from == .active && $0.to == .pending },
            deliveries: transitions.count { $0.to == .active }, staleEnds: replay.staleEnds,
            archived: try await archivedErrors(), uses: FeatureUses(checker))
    }

    private func archivedErrors() async throws -> [String: String] {
        let tasks = try await inspector.tasks(in: Self.queue, state: .archived)
        return Dictionary(uniqueKeysWithValues: tasks.map { ($0.id, $0.lastError ?? "") })
    }

    // MARK: The producer's lane

    private func produce() async throws {
        for batch in sequence.enqueues {
            try await Task.sleep(for: .milliseconds(batch.pauseMilliseconds))
            await enqueue(batch.step)
        }
    }

    private func enqueue(_ plans: [TaskPlan]) async {
        let batch = plans.map { plan in
            (QueueTask(type: Self.taskType, payload: plan.behaviour.payload), Self.options(plan))
        }
        do {
            if batch.count == 1 {
                try await client.enqueue(batch[0].0, batch[0].1)
                operations.withLock { _ = $0.acknowledged.insert(plans[0].id) }
                return
            }
            let results = try await client.enqueue(batch: batch.map { (task: $0.0, options: $0.1) })
            for (plan, result) in zip(plans, results) {
                operations.withLock { operations in
                    switch result {
                    case .success: _ = operations.acknowledged.insert(plan.id)
                    case .failure: _ = operations.refused.insert(plan.id)
                    }
                }
            }
        } catch is EnqueueError {
            operations.withLock { $0.refused.formUnion(plans.map(\.id)) }
        } catch {
            operations.withLock { $0.unknown.formUnion(plans.map(\.id)) }
        }
    }

    private static func options(_ plan: TaskPlan) -> EnqueueOptions {
        var options = EnqueueOptions(
            queue: queue, taskID: plan.id, maxRetry: plan.maxRetry, timeout: .seconds(120),
            processIn: plan.delaySeconds.map { .seconds($0) }, retention: .seconds(plan.retentionSeconds),
            group: plan.group, expiresIn: plan.expiresInSeconds.map { .seconds($0) },
            releasesUniqueOnArchive: plan.releasesLockOnArchive)
        if !plan.retryDelaySeconds.isEmpty {
            options.retryDelays = .listed(plan.retryDelaySeconds.map { .seconds($0) })
        }
        switch plan.lock {
        case nil: break
        case .named(let name):
            options.unique = lockLife
            options.uniqueKey = name
        case .payload: options.unique = lockLife
        }
        return options
    }

    // MARK: The faults' lane

    private func disturb() async throws {
        for fault in sequence.faults {
            try await Task.sleep(for: .milliseconds(fault.pauseMilliseconds))
            try await apply(fault.step)
        }
    }

    private func apply(_ step: FaultStep) async throws {
        switch step {
        case .kill(let worker): await fleet.signal(SIGKILL, worker: worker)
        case .terminate(let worker): await fleet.signal(SIGTERM, worker: worker)
        case .stop(let worker): await fleet.signal(SIGSTOP, worker: worker)
        case .resume(let worker): await fleet.signal(SIGCONT, worker: worker)
        case .resumeWhenRescued(let worker):
            try await awaitRescue(of: worker)
            await fleet.signal(SIGCONT, worker: worker)
        case .killConnections:
            try await control.send("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            try await control.send("CLIENT", "KILL", "TYPE", "pubsub")
        case .pauseClients(let milliseconds, let writesOnly):
            try await control.send("CLIENT", "PAUSE", .int(milliseconds), writesOnly ? "WRITE" : "ALL")
        case .restartRedis: try await fleet.restartRedis()
        case .pauseQueue: try await untilAnswered { try await inspector.pause(Self.queue) }
        case .unpauseQueue: try await untilAnswered { try await inspector.unpause(Self.queue) }
        case .cancel(let task): await cancel(sequence.tasks[task].id)
        case .publishCancel(let task): await publishCancel(sequence.tasks[task].id)
        case .cancelWorkflow(let workflow): await cancel(sequence.features.workflows[workflow].step)
        case .awaitStart(let task):
            let id = sequence.tasks[task].id
            try await awaitRecord("a run of \(id) begins") { $0.task == id }
        case .awaitSecondDelivery: try await awaitRecord("a task is delivered again") { $0.delivery > 1 }
        }
    }

    /// Repeats a change of the queue's pause until Redis answers; "is so already" is an answer.
    func untilAnswered(_ body: () async throws -> Void) async throws {
        try await until("Redis answers") {
            do {
                try await body()
                return true
            } catch is InspectorError { return true } catch { return false }
        }
    }
}
