/// Why a tool's request was refused; nothing was changed.
public struct InspectorError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of refusal it was.
    ///
    /// New codes may be added, so a `switch` over them needs a `default`.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String {
            case queueNotFound, taskNotFound, wrongState, alreadyPaused, notPaused, groupRequired, malformedTask
            case queueNotEmpty, queueActive, invalidArgument, clusterDisabled, malformedLimit
        }

        private let base: Base

        private init(_ base: Base) { self.base = base }

        /// No task was ever created in the queue, or it was removed.
        public static let queueNotFound = Self(.queueNotFound)
        /// The queue has no task with this id.
        public static let taskNotFound = Self(.taskNotFound)
        /// The task's state does not allow it.
        public static let wrongState = Self(.wrongState)
        /// The queue is paused already.
        public static let alreadyPaused = Self(.alreadyPaused)
        /// The queue is not paused.
        public static let notPaused = Self(.notPaused)
        /// Aggregating tasks are found by group only.
        public static let groupRequired = Self(.groupRequired)
        /// What is stored is no task of asynq's form.
        public static let malformedTask = Self(.malformedTask)

        /// The queue still has tasks that wait, run or are archived.
        public static let queueNotEmpty = Self(.queueNotEmpty)
        /// The queue has tasks that run at the moment.
        public static let queueActive = Self(.queueActive)
        /// A number is out of its range.
        public static let invalidArgument = Self(.invalidArgument)
        /// What is stored as a queue's limit is none.
        public static let malformedLimit = Self(.malformedLimit)
        /// The Redis server is not part of a cluster.
        public static let clusterDisabled = Self(.clusterDisabled)

        /// The code's name.
        public var description: String { base.rawValue }
    }

    /// The kind of refusal.
    public let code: Code
    /// What was refused and why, safe to log and to show.
    public let message: String

    /// The text to log and to show.
    public var description: String { message }

    /// Names a refusal.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
