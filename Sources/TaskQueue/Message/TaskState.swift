/// The state of a task; the raw value is the hash field `state`.
public enum TaskState: String, Sendable, Hashable, CaseIterable {
    /// Ready to run.
    case pending
    /// A worker runs it.
    case active
    /// Waits for its moment.
    case scheduled
    /// Failed and waits for the next try.
    case retry
    /// Failed for good.
    case archived
    /// Succeeded and is kept for its retention.
    case completed
    /// Waits to be joined with others of its group.
    case aggregating
}
