/// What a handler knows of the workflow whose step it runs.
public struct StepContext: Sendable {
    /// Unique among the workflows of the task's queue.
    public let workflowID: String
    /// Unique in its workflow.
    public let name: String
    private let read: @Sendable ([String]) async throws -> [[UInt8]?]

    /// Describes a step; `read` gets task ids and says what those tasks stored.
    package init(_ step: StepReference, read: @escaping @Sendable ([String]) async throws -> [[UInt8]?]) {
        workflowID = step.workflowID
        name = step.name
        self.read = read
    }

    /// What the handlers of other steps stored with ``TaskContext/resultWriter``.
    ///
    /// Results of predecessors are there as long as those tasks are kept, see ``Workflow/retention``.
    ///
    /// - Parameter steps: The names of the steps, mostly of this one's predecessors.
    /// - Returns: The results by step; a step that stored none, or is gone, is left out.
    /// - Throws: The store's error when it cannot be reached.
    public func results(of steps: [String]) async throws -> [String: [UInt8]] {
        let ids = steps.map { StepReference(workflowID: workflowID, name: $0).taskID }
        var results: [String: [UInt8]] = [:]
        for (step, result) in zip(steps, try await read(ids)) { results[step] = result }
        return results
    }
}
