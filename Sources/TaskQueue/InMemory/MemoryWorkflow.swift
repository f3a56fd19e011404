import Foundation

/// A stored workflow; see `WorkflowScripts` for what Redis holds of it.
struct MemoryWorkflow: Sendable {
    /// One step.
    struct Step: Sendable {
        let successors: [String]
        /// How many predecessors have not succeeded; `nil` once it has started.
        var waits: Int?
        /// The task that it becomes; `nil` once it has.
        var task: MemoryTask?
        var isDone = false
    }

    var steps: [String: Step]
    /// How many steps have not succeeded.
    var left: Int
    let retentionSeconds: Int64
    /// When it is forgotten.
    var end: Date

    /// Moves the end: what has not ended is kept for as long as an archived step.
    mutating func keep(at now: Date) {
        end = now + Double(left == 0 ? retentionSeconds : WorkflowScripts.lifeSeconds)
    }
}

extension MemoryQueue {
    /// Stores a workflow and starts the steps that wait for none.
    mutating func create(_ workflow: ComposedWorkflow, at now: Date) throws(WireError) -> WorkflowCreateOutcome {
        let id = ExactText(workflow.id)
        forgetExpiredWorkflows(at: now)
        guard workflows[id] == nil else { return .workflowIDConflict }
        guard workflow.steps.allSatisfy({ tasks[ExactText("\(workflow.id).\($0.name)")] == nil }) else {
            return .taskIDConflict
        }
        var steps: [String: MemoryWorkflow.Step] = [:]
        for step in workflow.steps {
            steps[step.name] = MemoryWorkflow.Step(
                successors: step.successors, waits: step.predecessors.count,
                task: try MemoryTask(step.message, state: .pending))
        }
        workflows[id] = MemoryWorkflow(
            steps: steps, left: steps.count, retentionSeconds: workflow.retentionSeconds, end: now)
        workflows[id]?.keep(at: now)
        for step in workflow.steps where step.predecessors.isEmpty {
            start(StepReference(workflowID: workflow.id, name: step.name), at: now)
        }
        return .created
    }

    /// Notes a step's success once, and starts those that waited for it alone; says whether it was noted now.
    @discardableResult
    mutating func noteSuccess(of step: StepReference, at now: Date) -> Bool {
        startedSteps.remove(ExactText(step.taskID))
        let id = ExactText(step.workflowID)
        forgetExpiredWorkflows(at: now)
        guard let found = workflows[id]?.steps[step.name], !found.isDone else { return false }
        workflows[id]?.steps[step.name]?.isDone = true
        workflows[id]?.left -= 1
        for name in found.successors {
            guard let waits = workflows[id]?.steps[name]?.waits else { continue }
            if waits > 1 {
                workflows[id]?.steps[name]?.waits = waits - 1
            } else {
                start(StepReference(workflowID: step.workflowID, name: name), at: now)
            }
        }
        workflows[id]?.keep(at: now)
        return true
    }

    /// Whoever has taken the id of a step's task stands for it.
    private mutating func start(_ step: StepReference, at now: Date) {
        let flow = ExactText(step.workflowID)
        let task = workflows[flow]?.steps[step.name]?.task
        workflows[flow]?.steps[step.name]?.waits = nil
        workflows[flow]?.steps[step.name]?.task = nil
        startedSteps.set(ExactText(step.taskID), to: UnixTime.seconds(now))
        if let task { addNext(task, at: now) }
    }

    /// Hands over for completed steps that are not noted, and says how many; forgets workflows that have expired.
    mutating func sweepWorkflows(at now: Date) -> Int {
        forgetExpiredWorkflows(at: now)
        var handedOver = 0
        for id in startedSteps.ids {
            guard let dot = id.text.lastIndex(of: ".") else { continue }
            let step = StepReference(
                workflowID: String(id.text[..<dot]), name: String(id.text[id.text.index(after: dot)...]))
            if workflows[ExactText(step.workflowID)] == nil {
                startedSteps.remove(id)
            } else if tasks[id]?.state == .completed {
                handedOver += noteSuccess(of: step, at: now) ? 1 : 0
            }
        }
        return handedOver
    }

    private mutating func forgetExpiredWorkflows(at now: Date) {
        workflows = workflows.filter { $0.value.end > now }
    }
}
