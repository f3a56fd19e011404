import QueueTestWorker
import TaskQueue

/// Judges what is left of a sequence, and how it came to that, by the invariants of the architecture's section 4.
///
/// Pure: it works on what was read.
struct InvariantChecker: Sendable {
    /// The tasks of the sequence.
    let plans: [TaskPlan]
    /// What the producer and the faults were told.
    let operations: Operations
    /// What happened, from the server's log.
    let replay: QueueReplay
    /// What is left, once all workers have ended.
    let snapshot: Snapshot

    /// From this many times on that a task was given back by others, a worker may take it for the cause of crashes.
    static let poisonRescues = 2

    /// Everything that does not hold.
    var violations: [Violation] {
        replay.violations + lostTasks + misplacedTasks + wrongTransitions + lockViolations + wrongCounters + crashCosts
            + leftovers
    }

    func plan(_ id: String) -> TaskPlan? { plans.first { $0.id == id } }

    /// How often the task was taken from a run that had not ended by itself.
    func rescues(of id: String) -> Int {
        replay.transitions[id, default: []].count { $0.from == .active && $0.to == .pending }
    }

    func model(_ plan: TaskPlan) -> FaultModel {
        FaultModel(
            plan, mayBeCancelled: operations.cancelled.contains(plan.id),
            mayBePoison: rescues(of: plan.id) >= Self.poisonRescues)
    }

    func ending(of id: String) -> FaultModel.Ending? {
        guard let last = replay.transitions[id]?.last else { return nil }
        switch (last.from, last.to) {
        case (.active, nil), (_, .completed), (.completed, nil): return .succeeded
        case (_, .archived): return .archived
        default: return nil
        }
    }
}
