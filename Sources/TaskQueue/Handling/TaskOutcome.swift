public import Foundation

/// How a run ended, once it is written.
public enum TaskOutcome: Sendable {
    /// It succeeded; the task is deleted, or kept for its retention.
    case succeeded
    /// It failed and runs again.
    case retrying(error: any Error, at: Date, retriesLeft: Int)
    /// It failed for good.
    case archived(error: any Error)
    /// The handler threw a ``RevokeTask``; the task is deleted.
    case revoked
    /// The server had to go; the task was given back unharmed.
    case requeued
    /// The handler threw a ``ReleaseTask``; it runs again, and neither a retry nor a failure was counted.
    case released(until: Date)
    /// No worker took it in time, so it was deleted without being run; nothing was counted.
    case expired
    /// It was cancelled for good by request, and archived.
    case cancelled
}
