/// Does the work of tasks.
///
/// Returning means success. Throwing means failure: the task runs again later, unless the error is or wraps a ``SkipRetry``
/// or a ``RevokeTask`` (see ``WrappingError``) or no retries are left. A task may be delivered more than once, so its effects must bear repeating.
public protocol TaskHandler: Sendable {
    /// Does one task; its Swift task is cancelled on timeout, on a cancel request and when the server must go.
    ///
    /// The server's slot stays taken until this returns, so it should return soon after it was cancelled.
    func process(_ task: QueueTask, context: TaskContext) async throws
}

/// A handler that is a closure.
public struct ClosureHandler: TaskHandler {
    private let body: @Sendable (QueueTask, TaskContext) async throws -> Void

    /// Wraps a closure.
    public init(_ body: @escaping @Sendable (QueueTask, TaskContext) async throws -> Void) {
        self.body = body
    }

    /// Does one task as the handler that is chosen for it.
    public func process(_ task: QueueTask, context: TaskContext) async throws {
        try await body(task, context)
    }
}

/// Wraps every handler of a ``ServeMux``, the one for unknown types included: asynq's `MiddlewareFunc`.
public protocol TaskMiddleware: Sendable {
    /// Does one task, usually by calling `next` between two steps of its own.
    func process(_ task: QueueTask, context: TaskContext, next: any TaskHandler) async throws
}
