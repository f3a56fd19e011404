extension TaskClient {
    /// Stores a workflow and starts the steps that wait for none, all in one step or not at all.
    ///
    /// - Parameter workflow: The steps.
    /// - Returns: The workflow's id.
    /// - Throws: ``EnqueueError`` with `invalidWorkflow` when the steps do not fit together, `workflowIDConflict` when the
    ///   queue has a workflow with the id, `taskIDConflict` when it has a task with a step's; then nothing was stored. The
    ///   store's own error when it cannot be reached: whether it was stored is then unknown, and a retry is safe.
    @discardableResult
    public func enqueue(_ workflow: Workflow) async throws -> String {
        switch try await broker.create(ComposedWorkflow(workflow)) {
        case .created: return workflow.id
        case .workflowIDConflict:
            throw EnqueueError(
                .workflowIDConflict, "queue \"\(workflow.queue)\" already has a workflow with the id \"\(workflow.id)\""
            )
        case .taskIDConflict:
            throw EnqueueError(
                .taskIDConflict,
                "queue \"\(workflow.queue)\" already has a task with the id of a step of workflow \"\(workflow.id)\"")
        }
    }
}
