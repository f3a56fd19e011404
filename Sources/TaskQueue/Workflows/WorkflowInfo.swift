public import Foundation

/// A stored workflow as tools see it.
public struct WorkflowInfo: Sendable, Equatable {
    /// How a workflow stands as a whole; of several that are true, the first listed counts.
    public enum State: String, Sendable, CaseIterable {
        /// Somebody cancelled it: no more of its steps start.
        case cancelled
        /// All its steps have succeeded.
        case succeeded
        /// A step's task is gone without having succeeded: it was deleted or revoked. Those after it never start.
        case stopped
        /// A step is archived; run it again, and the workflow goes on.
        case failed
        /// Steps wait or run.
        case running
    }

    /// How a step stands.
    public enum StepState: String, Sendable, CaseIterable {
        /// Predecessors have not succeeded yet, and there is no task yet.
        case waiting
        /// Its task is in the state of the same name.
        case scheduled, pending, active, retry, archived, aggregating
        /// It has succeeded, whatever became of its task since.
        case completed
        /// Its task was deleted before it succeeded.
        case gone
    }

    /// One step of a workflow.
    public struct Step: Sendable, Equatable {
        /// Unique in its workflow.
        public let name: String
        /// The id of its task, which is there from its start on.
        public let taskID: String
        /// How it stands.
        public let state: StepState
        /// The names of the steps that must succeed before it starts.
        public let predecessors: [String]
        /// When its success was noted; `nil` before.
        public let completedAt: Date?
        /// The last error's text of a step that is archived or waits for its next try.
        public let lastError: String?
    }

    /// Unique among the workflows of ``queue``.
    public let id: String
    /// The queue of all steps.
    public let queue: String
    /// How it stands as a whole.
    public let state: State
    /// When it was enqueued.
    public let createdAt: Date
    /// Its steps in the order in which they were added.
    public let steps: [Step]

    /// The step of a name, if there is one.
    public func step(_ name: String) -> Step? { steps.first { $0.name == name } }
}
