package import Foundation

/// Where a new task starts its life.
package enum TaskPlacement: Sendable, Equatable {
    /// Ready to run.
    case pending
    /// Runs at a moment; written as whole seconds, rounded up, so that it never runs early.
    case scheduled(at: Date)
    /// Waits to be aggregated with others of its group.
    case group(String)
}

/// What came of creating a task.
package enum CreateOutcome: Sendable, Equatable {
    /// It is stored.
    case created
    /// Another task of the queue has the id.
    case taskIDConflict
    /// Another task holds the unique lock.
    case duplicate
}
