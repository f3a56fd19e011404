import Foundation

extension ServeMux {
    /// Registers the handler of a payload's task type.
    ///
    /// A task whose payload does not decode is archived at once with a ``PayloadDecodingError``'s text: type, version, key
    /// and what was expected. Types that only begin with the payload's type are not its handler's, and no shorter prefix
    /// gets them either: they fail as unknown.
    ///
    /// - Parameters:
    ///   - type: The payload; registered once only.
    ///   - body: Does these tasks.
    public func handle<Payload: TaskPayload>(
        _ type: Payload.Type, _ body: @escaping @Sendable (Payload, TaskContext) async throws -> Void
    ) {
        handle(Payload.taskType) { task, context in
            guard task.type == Payload.taskType else { throw HandlerNotFound(type: task.type) }
            let payload: Payload
            do { payload = try Payload(decoding: task) } catch { throw SkipRetry(error) }
            try await body(payload, context)
        }
    }

    /// Registers the handler of a payload's task type that returns a result, which is stored as JSON.
    ///
    /// It is kept for the task's retention; ``TaskClient/enqueueAndWait(_:_:within:returning:)`` reads it.
    ///
    /// - Parameters:
    ///   - type: The payload; registered once only.
    ///   - result: What `body` returns.
    ///   - body: Does these tasks. A result that cannot be written as JSON fails the task.
    public func handle<Payload: TaskPayload, Output: Encodable & Sendable>(
        _ type: Payload.Type, returning result: Output.Type,
        _ body: @escaping @Sendable (Payload, TaskContext) async throws -> Output
    ) {
        handle(type) { payload, context in
            let output = try await body(payload, context)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            try await context.resultWriter.write(Array(encoder.encode(output)))
        }
    }
}
