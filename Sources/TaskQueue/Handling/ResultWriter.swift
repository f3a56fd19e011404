import ConcurrencySupport

/// Stores a running task's result, which stays readable for the task's retention.
public struct ResultWriter: Sendable {
    private let body: @Sendable ([UInt8]) async throws -> Void

    /// Makes a writer that hands the bytes to `body`.
    package init(_ body: @escaping @Sendable ([UInt8]) async throws -> Void) {
        self.body = body
    }

    /// Stores `bytes` as the result; the last write wins.
    ///
    /// - Parameter bytes: The result; any bytes.
    /// - Throws: ``TaskLost`` when this run no longer owns the task, else the store's error; then what is stored is the
    ///   old result or the new one.
    public func write(_ bytes: [UInt8]) async throws {
        try await body(bytes)
    }
}

/// This run no longer owns its task: another run, a tool or a Go worker has changed it.
public struct TaskLost: Error, Sendable, CustomStringConvertible {
    /// The text to log and to show.
    public var description: String { "the task now belongs to another run; nothing was written" }

    /// Names the loss.
    package init() {}
}
