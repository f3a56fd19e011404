package import ScheduleModel

/// The delivery that a ledger row belongs to (table `import_runs`).
package struct TaskIdentity: Sendable, Hashable {
    /// The queue; task ids are unique in a queue only.
    package var queue: String
    /// The task's id.
    package var taskID: String
    /// The task's type, such as `ods:import`.
    package var taskType: String
    /// SHA-256 of the payload's canonical JSON, 64 hexadecimal digits: the same id with another one is a conflict.
    package var payloadSHA256: String
    /// Who asked for it; signs every row that the task writes.
    package var creatorID: Identifier<User>
    /// The workflow that the task is a step of.
    package var workflowID: String?
    /// The process that runs it, for people.
    package var worker: String?

    /// Describes a delivery.
    package init(
        queue: String, taskID: String, taskType: String, payloadSHA256: String, creatorID: Identifier<User> = .system,
        workflowID: String? = nil, worker: String? = nil
    ) {
        self.queue = queue
        self.taskID = taskID
        self.taskType = taskType
        self.payloadSHA256 = payloadSHA256
        self.creatorID = creatorID
        self.workflowID = workflowID
        self.worker = worker
    }
}

/// How a phase that stored nothing ended.
package enum RunEnd: String, Sendable, Hashable {
    /// It failed; a retry takes it over.
    case failed = "FAILED"
    /// It was cancelled for good; a retry is refused.
    case cancelled = "CANCELLED"
}
