import Foundation

extension InMemoryBroker: Broker {
    package func ping() async throws {}

    package func create(
        _ message: TaskMessage, placement: TaskPlacement, uniqueFor: Duration?
    ) async throws -> CreateOutcome {
        let creation = TaskCreation(message: message, placement: placement, uniqueFor: uniqueFor)
        return try change { state, now in try state.create([creation], at: now)[0] }
    }

    package func create(
        batch tasks: [(message: TaskMessage, placement: TaskPlacement, uniqueFor: Duration?)]
    ) async throws -> [CreateOutcome] {
        try await create(
            tasks.map { TaskCreation(message: $0.message, placement: $0.placement, uniqueFor: $0.uniqueFor) })
    }

    package func create(_ creations: [TaskCreation]) async throws -> [CreateOutcome] {
        try change { state, now in try state.create(creations, at: now) }
    }

    package func create(_ workflow: ComposedWorkflow) async throws -> WorkflowCreateOutcome {
        try change { state, now in
            state.names.insert(ExactText(workflow.queue))
            return try state[workflow.queue].create(workflow, at: now)
        }
    }

    package func sweepWorkflows(in queue: String) async throws -> Int {
        change(in: queue) { $0.sweepWorkflows(at: $1) }
    }

    package func results(ofTasks ids: [String], in queue: String) async throws -> [[UInt8]?] {
        change(in: queue) { queue, _ in ids.map { queue.tasks[ExactText($0)]?.result } }
    }

    package func queueNames() async throws -> Set<String> {
        change { state, _ in Set(state.names.map(\.text)) }
    }
}
