/// A task that a worker of ours has archived, and why.
public struct ArchivedTask: Sendable, Hashable {
    /// The queue's name.
    public let queue: String
    /// Unique in ``queue`` only.
    public let id: String
    /// What kind of task it is.
    public let type: String
    /// The text that is stored as the task's last error.
    public let reason: String

    /// Names the task and the reason.
    package init(queue: String, id: String, type: String, reason: String) {
        self.queue = queue
        self.id = id
        self.type = type
        self.reason = reason
    }
}

extension TaskServerConfiguration {
    /// Tells of a task if this outcome has archived it: for `reason`, or because it was cancelled for good.
    func tellArchived(_ run: TaskRun, reason: String, _ outcome: OutcomeWrite) async {
        switch outcome {
        case .written: await tellArchived(run, reason: reason)
        case .cancelled: await tellArchived(run, reason: TaskInspector.cancelledText)
        case .superseded: return
        }
    }

    /// Tells of a task that was archived.
    func tellArchived(_ run: TaskRun, reason: String) async {
        guard let onArchive else { return }
        let message = run.message
        await onArchive(ArchivedTask(queue: message.queue, id: message.id, type: message.type, reason: reason))
    }
}
