/// Which run of which task speaks.
package struct EventSource: Sendable, Hashable {
    /// The task's id, unique in its queue.
    package let taskID: String
    /// The task's type, such as `ods:import`.
    package let type: String
    /// The task's queue.
    package let queue: String
    /// The hospital's code, when the task is about one.
    package let hospital: String?
    /// The workflow the task is a step of, when there is one.
    package let workflowID: String?
    /// Deliveries so far, rescues included; 1 for the first.
    package let attempt: Int
    /// The worker as `host:pid`.
    package let worker: String

    /// Names a run; see the properties.
    package init(
        taskID: String, type: String, queue: String, hospital: String? = nil, workflowID: String? = nil, attempt: Int,
        worker: String
    ) {
        self.taskID = taskID
        self.type = type
        self.queue = queue
        self.hospital = hospital
        self.workflowID = workflowID
        self.attempt = attempt
        self.worker = worker
    }
}
