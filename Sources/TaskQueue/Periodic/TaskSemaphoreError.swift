/// Why a semaphore refused a call.
public struct TaskSemaphoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of refusal it was.
    ///
    /// New codes may be added, so a `switch` over them needs a `default`.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String { case invalidLimit, blankScope, blankTaskID, notHeld }

        private let base: Base

        private init(_ base: Base) { self.base = base }

        /// The limit is under 1.
        public static let invalidLimit = Self(.invalidLimit)
        /// The scope is blank.
        public static let blankScope = Self(.blankScope)
        /// The task's id is blank.
        public static let blankTaskID = Self(.blankTaskID)
        /// The task holds no token, or its deadline passed and somebody dropped it.
        public static let notHeld = Self(.notHeld)

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
    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
