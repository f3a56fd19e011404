extension TaskClient {
    /// Creates a task of a typed payload.
    ///
    /// - Parameters:
    ///   - payload: What is asked; its type says which task it is.
    ///   - options: How and when.
    /// - Returns: The stored task.
    /// - Throws: As ``enqueue(_:_:)-(QueueTask,_)``, and ``EnqueueError`` with `invalidPayload`.
    @discardableResult
    public func enqueue(
        _ payload: some TaskPayload, _ options: EnqueueOptions = EnqueueOptions()
    ) async throws -> TaskInfo {
        try await enqueue(QueueTask(payload), options)
    }
}
