import ConcurrencySupport

@testable import TaskQueue

extension FlakyBroker {
    /// Gets the number of earlier tries and what completes the run.
    typealias CompletionHook = @Sendable (Int, () async throws -> OutcomeWrite) async throws -> OutcomeWrite

    func create(_ workflow: ComposedWorkflow) async throws -> WorkflowCreateOutcome {
        try await real.create(workflow)
    }

    func sweepWorkflows(in queue: String) async throws -> Int { try await real.sweepWorkflows(in: queue) }

    func results(ofTasks ids: [String], in queue: String) async throws -> [[UInt8]?] {
        try await real.results(ofTasks: ids, in: queue)
    }

    /// Completes as often as the faults in ``completeFaults`` let it.
    func complete(_ run: TaskRun) async throws -> OutcomeWrite {
        let count = completions.withLock { count in
            defer { count += 1 }
            return count
        }
        if let hook = beforeComplete.withLock({ $0 }) {
            return try await hook(count) { try await self.real.complete(run) }
        }
        let fault = completeFaults.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        if fault == .requestLost { throw TestFailure(description: "the request was lost") }
        let outcome = try await real.complete(run)
        if fault == .answerLost { throw TestFailure(description: "the answer was lost") }
        return outcome
    }
}
