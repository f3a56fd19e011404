import ConcurrencySupport

/// Chooses the handler of a task by its type: an exact match, else the longest registered prefix.
public final class ServeMux: TaskHandler {
    /// What was registered so far.
    private struct Registrations {
        var handlers: [String: any TaskHandler] = [:]
        var middlewares: [any TaskMiddleware] = []
    }

    private let registrations = LockedValue(Registrations())

    /// Makes a mux that knows no type.
    public init() {}

    /// Registers the handler of a type, or of all types that begin with `pattern`.
    ///
    /// - Parameters:
    ///   - pattern: A type or a prefix of types; not blank, and registered once only.
    ///   - handler: Does these tasks.
    public func handle(_ pattern: String, _ handler: any TaskHandler) {
        precondition(!pattern.isBlank, "a mux pattern must not be blank")
        registrations.withLock {
            precondition($0.handlers[pattern] == nil, "the mux pattern \"\(pattern)\" is registered twice")
            $0.handlers[pattern] = handler
        }
    }

    /// Registers a closure as ``handle(_:_:)-(_,TaskHandler)`` does a handler.
    public func handle(
        _ pattern: String, _ body: @escaping @Sendable (QueueTask, TaskContext) async throws -> Void
    ) {
        handle(pattern, ClosureHandler(body))
    }

    /// Adds a middleware; the first one added is the outermost.
    public func use(_ middleware: any TaskMiddleware) {
        registrations.withLock { $0.middlewares.append(middleware) }
    }

    /// Does one task as the handler that is chosen for it.
    public func process(_ task: QueueTask, context: TaskContext) async throws {
        var chain = handler(for: task.type) ?? NotFoundHandler()
        for middleware in registrations.withLock({ $0.middlewares }).reversed() {
            chain = MiddlewareHandler(middleware: middleware, next: chain)
        }
        try await chain.process(task, context: context)
    }

    /// The handler of a type, middlewares left out; `nil` when nothing matches.
    package func handler(for type: String) -> (any TaskHandler)? {
        let handlers = registrations.withLock { $0.handlers }
        if let exact = handlers[type] { return exact }
        let longest = handlers.keys.filter { type.hasPrefix($0) }.max { $0.utf8.count < $1.utf8.count }
        return longest.flatMap { handlers[$0] }
    }
}

/// One middleware with all that it wraps.
private struct MiddlewareHandler: TaskHandler {
    let middleware: any TaskMiddleware
    let next: any TaskHandler

    func process(_ task: QueueTask, context: TaskContext) async throws {
        try await middleware.process(task, context: context, next: next)
    }
}

/// Fails every task.
private struct NotFoundHandler: TaskHandler {
    func process(_ task: QueueTask, context: TaskContext) async throws {
        throw HandlerNotFound(type: task.type)
    }
}
