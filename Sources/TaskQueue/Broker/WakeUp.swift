/// A hint that a queue is worth a look.
package enum WakeUp: Sendable, Equatable {
    /// The queue's pending list was empty and has a task.
    case pending(queue: String)
    /// The queue's earliest scheduled task is another one.
    case scheduled(queue: String)
}
