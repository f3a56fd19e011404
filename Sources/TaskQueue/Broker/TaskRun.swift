/// One delivery of a task to one worker: the right to write its outcome.
package struct TaskRun: Sendable, Hashable {
    /// The message as it was taken; an outcome is refused when the stored one differs.
    package let message: TaskMessage
    /// The stored bytes of ``message``.
    package let encodedMessage: [UInt8]
    /// The private owner field: worker id and run token; `nil` for a task that a Go worker took.
    package let owner: String?

    /// Names a run.
    package init(message: TaskMessage, encodedMessage: [UInt8], owner: String?) {
        self.message = message
        self.encodedMessage = encodedMessage
        self.owner = owner
    }
}

/// An active task of a worker of ours.
package struct OwnedTask: Sendable {
    /// The worker's right to the task.
    package let run: TaskRun
    /// Whether it is the only task of its process.
    package let isAlone: Bool

    /// Describes what a worker holds.
    package init(run: TaskRun, isAlone: Bool) {
        self.run = run
        self.isAlone = isAlone
    }
}

/// What came of writing a run's outcome.
package enum OutcomeWrite: Sendable, Equatable {
    /// The change was made.
    case written
    /// The run no longer owns the task: another run, a tool or a Go worker has changed it, and nothing was written.
    case superseded
    /// The task was to be cancelled for good: it was archived with that reason instead.
    case cancelled
}
