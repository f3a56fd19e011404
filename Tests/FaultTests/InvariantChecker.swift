import QueueTestWorker

@testable import TaskQueue

/// Judges what is left of a sequence, and how it came to that, by the invariants of the architecture's section 4.
///
/// Pure: it works on what was read.
struct InvariantChecker: Sendable {
    /// All tasks: those of the sequence, the steps of its workflows, and what workers and schedulers made by themselves.
    let plans: [TaskPlan]
    /// What the producer and the faults were told.
    let operations: Operations
    /// What happened, from the server's log.
    let replay: QueueReplay
    /// What is left, once all workers have ended.
    let snapshot: Snapshot
    /// What the sequence uses beyond plain tasks.
    let features: FaultFeatures
    /// Where tasks made by workers and schedulers come from, by id.
    let origins: [String: [String]]

    /// Judges a sequence.
    ///
    /// - Parameters:
    ///   - plans: The tasks that a producer enqueued one by one or in batches.
    ///   - operations: What the producer and the faults were told.
    ///   - replay: What happened.
    ///   - snapshot: What is left.
    ///   - features: What else there was.
    init(
        plans: [TaskPlan], operations: Operations, replay: QueueReplay, snapshot: Snapshot,
        features: FaultFeatures = FaultFeatures()
    ) {
        self.operations = operations
        self.replay = replay
        self.snapshot = snapshot
        self.features = features
        let known = plans + features.workflows.flatMap(\.step.tasks)
        let made = Self.made(replay, besides: Set(known.map(\.id)), features)
        self.plans = known + made
        origins = Dictionary(uniqueKeysWithValues: made.map { ($0.id, $0.behaviour.origin) })
    }

    /// The tasks in the log that no producer of the sequence enqueued; they tell their origin.
    private static func made(
        _ replay: QueueReplay, besides known: Set<String>, _ features: FaultFeatures
    ) -> [TaskPlan] {
        replay.transitions.keys.filter { !known.contains($0) }.sorted().compactMap { id in
            let message = replay.lastMessage[id].flatMap { try? TaskMessage(decoding: $0) }
            guard let message, let behaviour = TaskBehaviour(payload: message.payload), !behaviour.origin.isEmpty else {
                return nil
            }
            var plan = TaskPlan(id: id, behaviour: behaviour)
            plan.isPeriodic = features.periodic.entries.contains { [$0.id] == behaviour.origin }
            return plan
        }
    }

    /// From this many times on that a task was given back by others, a worker may take it for the cause of crashes.
    static let poisonRescues = 2

    /// Everything that does not hold.
    var violations: [Violation] {
        replay.violations + lostTasks + misplacedTasks + wrongTransitions + lockViolations + wrongCounters + crashCosts
            + leftovers + forgottenCancels + expiredRuns + exceededLimits + brokenWorkflows + brokenGroups + wrongTicks
    }

    func plan(_ id: String) -> TaskPlan? { plans.first { $0.id == id } }

    /// How often the task was taken from a run that had not ended by itself.
    func rescues(of id: String) -> Int {
        replay.transitions[id, default: []].count { $0.from == .active && $0.to == .pending }
    }

    func model(_ plan: TaskPlan) -> FaultModel {
        FaultModel(
            plan,
            mayBeCancelled: operations.cancelled.contains(plan.id) || operations.nudges[plan.id, default: 0] > 0,
            mayBePoison: rescues(of: plan.id) >= Self.poisonRescues)
    }

    /// Whether a change is that of a task which no worker had taken in time: it was never started.
    func isDrop(_ transition: QueueReplay.Transition, of id: String) -> Bool {
        transition.from == .active && transition.to == nil && transition.delivery == 1
            && plan(id)?.expiresInSeconds != nil
            && !replay.records.contains { $0.record.task == id && $0.record.delivery == 1 }
    }

    func ending(of id: String) -> FaultModel.Ending? {
        guard let last = replay.transitions[id]?.last else { return nil }
        switch (last.from, last.to) {
        case (.active, nil): return isDrop(last, of: id) ? .dropped : .succeeded
        case (_, .completed), (.completed, nil): return .succeeded
        case (.aggregating, nil): return .joined
        case (_, .aggregating): return .staged
        case (_, .pending): return plan(id)?.isPeriodic == true ? .pending : nil
        case (_, .archived): return .archived
        default: return nil
        }
    }
}
