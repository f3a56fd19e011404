package import Foundation

/// Something that happened to a task, as every consumer gets it (`interfaces.md`, section 3).
package struct TaskEvent: Sendable, Equatable {
    /// What an event tells.
    package enum Kind: String, Sendable, CaseIterable {
        /// A run began.
        case started
        /// A phase of the run began or ended.
        case phase
        /// How far a phase is.
        case progress
        /// Validation messages, in the order of discovery.
        case errors
        /// A line for a person.
        case log
        /// The task is done.
        case finished
        /// The run failed and another follows.
        case retrying
        /// The task failed for good.
        case failed
        /// The task was called off.
        case cancelled

        /// Whether the task is over, unless someone runs it again.
        package var endsTask: Bool { self == .finished || self == .failed || self == .cancelled }
    }

    /// 1, 2, 3 … per task, across retries and workers, without gaps.
    package let seq: Int
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
    /// When it happened by the worker's clock; written with milliseconds.
    package let at: Date
    /// Deliveries so far, rescues included; 1 for the first.
    package let attempt: Int
    /// The worker as `host:pid`.
    package let worker: String
    /// What it tells.
    package let kind: Kind
    /// The kind's own keys, as in the JSON.
    package let body: [String: JSONValue]

    /// Makes an event; see the properties.
    ///
    /// A name in `body` that an envelope key has is not written.
    package init(
        seq: Int, taskID: String, type: String, queue: String, hospital: String? = nil, workflowID: String? = nil,
        at: Date, attempt: Int, worker: String, kind: Kind, body: [String: JSONValue] = [:]
    ) {
        self.seq = seq
        self.taskID = taskID
        self.type = type
        self.queue = queue
        self.hospital = hospital
        self.workflowID = workflowID
        self.at = at
        self.attempt = attempt
        self.worker = worker
        self.kind = kind
        self.body = body
    }
}
