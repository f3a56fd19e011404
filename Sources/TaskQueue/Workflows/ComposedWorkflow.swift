/// A checked workflow: what goes to the broker.
///
/// Pure.
package struct ComposedWorkflow: Sendable {
    /// A step with its neighbours.
    package struct Step: Sendable {
        /// Unique in its workflow.
        package let name: String
        /// The task as it is stored once it starts.
        package let message: TaskMessage
        /// The names of the steps before it.
        package let predecessors: [String]
        /// The names of the steps after it.
        package fileprivate(set) var successors: [String] = []
    }

    /// Unique among the workflows of ``queue``.
    package let id: String
    /// The queue of all steps.
    package let queue: String
    /// How long the workflow is kept after its end, seconds.
    package let retentionSeconds: Int64
    /// The steps in the order in which they were added.
    package private(set) var steps: [Step]

    /// Checks a workflow as a whole.
    ///
    /// - Parameter workflow: What the producer built.
    /// - Throws: ``EnqueueError`` with `invalidWorkflow` when there is no step, when there are too many steps or edges, when a
    ///   predecessor is not there, or when steps wait for each other.
    package init(_ workflow: Workflow) throws {
        id = workflow.id
        queue = workflow.queue
        retentionSeconds = workflow.retention.secondsRoundedUp
        steps = workflow.steps.map { Step(name: $0.name, message: $0.message, predecessors: $0.predecessors) }
        try checkSize()
        let places = Dictionary(uniqueKeysWithValues: steps.indices.map { (steps[$0].name, $0) })
        for step in steps {
            for predecessor in step.predecessors {
                guard let place = places[predecessor] else {
                    throw Self.refusal("step \"\(step.name)\" waits for a step that is not there: \"\(predecessor)\"")
                }
                steps[place].successors.append(step.name)
            }
        }
        try checkOrder(places)
    }

    private func checkSize() throws {
        guard !steps.isEmpty else { throw Self.refusal("a workflow must have a step") }
        guard steps.count <= Workflow.maxSteps else {
            throw Self.refusal("a workflow has \(Workflow.maxSteps) steps at most, this one has \(steps.count)")
        }
        let edges = steps.reduce(0) { $0 + $1.predecessors.count }
        guard edges <= Workflow.maxEdges else {
            throw Self.refusal(
                "the steps of a workflow have \(Workflow.maxEdges) predecessors in all at most, not \(edges)")
        }
    }

    /// Takes away what can start, again and again; what is left then waits for itself.
    private func checkOrder(_ places: [String: Int]) throws {
        var outstanding = steps.map(\.predecessors.count)
        var ready = steps.indices.filter { outstanding[$0] == 0 }
        while let place = ready.popLast() {
            for successor in steps[place].successors.compactMap({ places[$0] }) {
                outstanding[successor] -= 1
                if outstanding[successor] == 0 { ready.append(successor) }
            }
        }
        guard let stuck = outstanding.firstIndex(where: { $0 > 0 }) else { return }
        throw Self.refusal("steps wait for each other in a circle; one that never starts is \"\(steps[stuck].name)\"")
    }

    private static func refusal(_ reason: String) -> EnqueueError { EnqueueError(.invalidWorkflow, reason) }
}

/// What came of creating a workflow.
package enum WorkflowCreateOutcome: Sendable, Equatable {
    /// It is stored, and the steps that wait for none are pending.
    case created
    /// The queue has a workflow with the id.
    case workflowIDConflict
    /// The queue has a task with the id of a step.
    case taskIDConflict
}
