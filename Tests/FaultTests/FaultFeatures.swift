import QueueTestWorker

/// What a sequence uses of the queue beyond plain tasks; most sequences use a part of it.
struct FaultFeatures: Sendable, Hashable {
    /// How many tasks of the queue run at once at most, in all workers together.
    var concurrencyLimit: Int?
    /// How fast tasks of the queue are taken, by all workers together.
    var rate: Rate?
    /// Whether workers join the tasks of groups.
    var joinsGroups = false
    /// What the scheduler in each worker enqueues.
    var periodic = PeriodicPlans()
    /// Workflows, in the order in which they are enqueued, by a producer of their own.
    var workflows: [Paced<WorkflowPlan>] = []

    /// A rate of so many tasks a second.
    struct Rate: Sendable, Hashable {
        let tasksPerSecond: Int
        let burst: Int
    }
}

/// A workflow that a sequence enqueues.
struct WorkflowPlan: Sendable, Hashable {
    /// Its id, given by the producer.
    let id: String
    /// Its steps, predecessors first.
    let steps: [Step]

    /// A step: what it does, and whom it waits for.
    struct Step: Sendable, Hashable {
        let name: String
        let behaviour: TaskBehaviour
        let maxRetry: Int
        let predecessors: [String]
    }

    /// The id of a step's task.
    func taskID(_ step: String) -> String { "\(id).\(step)" }

    /// What each step's task does.
    var tasks: [TaskPlan] {
        steps.map { step in
            TaskPlan(
                id: taskID(step.name), behaviour: step.behaviour, maxRetry: step.maxRetry, retentionSeconds: 86_400)
        }
    }
}

extension FaultFeatures: CustomStringConvertible {
    /// A line a feature; empty without any.
    var description: String {
        var lines: [String] = []
        if let concurrencyLimit { lines.append("at most \(concurrencyLimit) at once") }
        if let rate { lines.append("\(rate.tasksPerSecond) a second, \(rate.burst) at once after a pause") }
        if joinsGroups { lines.append("groups are joined") }
        if !periodic.entries.isEmpty { lines.append("periodic tasks \(periodic)") }
        for flow in workflows {
            let steps = flow.step.steps.map { step in
                let after = step.predecessors.isEmpty ? "" : " after " + step.predecessors.joined(separator: " ")
                return "\(step.name) (\(step.behaviour)) maxRetry \(step.maxRetry)\(after)"
            }
            lines.append("+\(flow.pauseMilliseconds) ms workflow \(flow.step.id): \(steps.joined(separator: ", "))")
        }
        return lines.joined(separator: "\n  ")
    }
}
