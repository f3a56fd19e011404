/// A failure that no retry can mend: the task is archived at once.
public struct SkipRetry: WrappingError, Sendable, CustomStringConvertible {
    /// What went wrong.
    public let underlying: any Error

    /// The underlying error's text; it becomes the task's last error.
    public var description: String { String(describing: underlying) }

    /// Wraps what went wrong.
    public init(_ underlying: any Error) {
        self.underlying = underlying
    }

    /// Makes a failure from a text that is safe to store and to show.
    public init(_ message: String) {
        underlying = FailureMessage(description: message)
    }
}

/// The task is not wanted any more: it is deleted and counted as processed, and its retention is ignored.
public struct RevokeTask: Error, Sendable, CustomStringConvertible {
    /// Why, for the error handler and the log.
    public let underlying: (any Error)?

    /// The text to log and to show.
    public var description: String { underlying.map { String(describing: $0) } ?? "revoke task" }

    /// Makes a revocation, with its reason if there is one.
    public init(_ underlying: (any Error)? = nil) {
        self.underlying = underlying
    }
}

/// No handler is registered for a task's type: asynq's `ErrHandlerNotFound`.
public struct HandlerNotFound: Error, Sendable, Equatable, CustomStringConvertible {
    /// The type that nothing handles.
    public let type: String

    /// The text to log and to show.
    public var description: String { "handler not found for task \"\(type)\"" }

    /// Names the type.
    public init(type: String) {
        self.type = type
    }
}

/// A run did not end in time; the text is asynq's.
public struct DeadlineExceeded: Error, Sendable, Equatable, CustomStringConvertible {
    /// The text to log and to show.
    public var description: String { "context deadline exceeded" }

    /// Names the failure.
    public init() {}
}

/// A run was cancelled by request; the text is asynq's.
public struct RunCancelled: Error, Sendable, Equatable, CustomStringConvertible {
    /// The text to log and to show.
    public var description: String { "context canceled" }

    /// Names the failure.
    public init() {}
}

/// A run's lease ended with its worker: asynq's `ErrLeaseExpired`.
public struct LeaseExpired: Error, Sendable, Equatable, CustomStringConvertible {
    /// The text to log and to show.
    public var description: String { "asynq: task lease expired" }

    /// Names the failure.
    public init() {}
}

/// An error that is only its text.
struct FailureMessage: Error, Sendable, CustomStringConvertible {
    let description: String
}
