import TaskQueue

extension InvariantChecker {
    /// Workflows that were lost, whose steps came before their predecessors' success, or not, or after a cancellation.
    var brokenWorkflows: [Violation] {
        features.workflows.map(\.step).flatMap { flow -> [Violation] in
            guard let stored = replay.flows[flow.id] else {
                guard operations.acknowledgedWorkflows.contains(flow.id) else { return [] }
                return [Violation(.workflow, "\(flow.id) was acknowledged and is not in Redis's log")]
            }
            var found = flow.steps.compactMap { step in problem(with: step, of: flow, stored) }
            if operations.acknowledgedWorkflowCancels.contains(flow.id), stored.cancelled == nil {
                found.append("was cancelled, so somebody was told, and is not")
            }
            return found.map { Violation(.workflow, "\(flow.id) \($0)") }
        }
    }

    private func problem(
        with step: WorkflowPlan.Step, of flow: WorkflowPlan, _ stored: QueueReplay.Flow
    ) -> String? {
        let id = flow.taskID(step.name)
        let successes = step.predecessors.map { name in
            replay.transitions[flow.taskID(name)]?.first { $0.to == .completed }?.position
        }
        let mayStart = !successes.contains(nil)
        guard let start = replay.transitions[id]?.first?.position else {
            // A cancelled workflow's steps need not start, and one that waits for an archived step cannot.
            guard mayStart, stored.cancelled == nil else { return nil }
            return "never started \(step.name), although all before it had succeeded"
        }
        guard mayStart, successes.allSatisfy({ $0.map { $0 <= start } == true }) else {
            return
                "started \(step.name) at write \(start), before all its predecessors had succeeded: \(history(of: id))"
        }
        if let cancelled = stored.cancelled, start > cancelled {
            return "started \(step.name) at write \(start), after write \(cancelled) had cancelled the workflow"
        }
        return nil
    }
}
