/// Why a task was not enqueued.
public struct EnqueueError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of refusal it was.
    ///
    /// New codes may be added, so a `switch` over them needs a `default`.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String {
            case duplicateTask, taskIDConflict, invalidType, invalidQueue, invalidTaskID, invalidGroup, invalidUnique
            case invalidHandOver, invalidOption
        }

        private let base: Base

        private init(_ base: Base) { self.base = base }

        /// Another task holds the unique lock.
        public static let duplicateTask = Self(.duplicateTask)
        /// Another task of the queue has the id, in whatever state.
        public static let taskIDConflict = Self(.taskIDConflict)
        /// The task's type is blank.
        public static let invalidType = Self(.invalidType)
        /// The queue's name is blank.
        public static let invalidQueue = Self(.invalidQueue)
        /// The task's id is blank.
        public static let invalidTaskID = Self(.invalidTaskID)
        /// The group's name is blank.
        public static let invalidGroup = Self(.invalidGroup)
        /// The unique lock's time is under one second, or its custom key is blank.
        public static let invalidUnique = Self(.invalidUnique)
        /// A next step cannot be handed over with such options.
        public static let invalidHandOver = Self(.invalidHandOver)
        /// A number or a moment among the options is out of its range.
        public static let invalidOption = Self(.invalidOption)

        /// The code's name.
        public var description: String { base.rawValue }
    }

    /// The kind of refusal.
    public let code: Code
    /// What was wrong, safe to log and to show.
    public let message: String

    /// The text to log and to show.
    public var description: String { message }

    /// Names a refusal.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The task's unique lock is held by another; asynq's `ErrDuplicateTask`.
    static let duplicateTask = Self(.duplicateTask, "task already exists")
    /// The task's id is taken; asynq's `ErrTaskIDConflict`.
    static let taskIDConflict = Self(.taskIDConflict, "task ID conflicts with another task")
}
