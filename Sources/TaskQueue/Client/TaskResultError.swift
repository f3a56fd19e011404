/// Why a wait for a task's end brought no result.
public struct TaskResultError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What came instead.
    ///
    /// New codes may be added, so a `switch` over them needs a `default`.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String { case archived, timedOut, gone, malformedResult }

        private let base: Base

        private init(_ base: Base) { self.base = base }

        /// The task failed for good; ``TaskResultError/reason`` is its last error.
        public static let archived = Self(.archived)
        /// The task has not ended yet; it goes on, and may be waited for again.
        public static let timedOut = Self(.timedOut)
        /// The task is not there: never created, deleted, revoked, expired, or ended without being kept.
        public static let gone = Self(.gone)
        /// The task succeeded, but what it stored is not what was expected.
        public static let malformedResult = Self(.malformedResult)

        /// The code's name.
        public var description: String { base.rawValue }
    }

    /// What came instead.
    public let code: Code
    /// What came instead, safe to log and to show as far as the task's errors are.
    public let message: String
    /// The last error of an archived task; `nil` for all other codes.
    public let reason: String?

    /// The text to log and to show.
    public var description: String { message }

    /// Names what came instead.
    package init(_ code: Code, _ message: String, reason: String? = nil) {
        self.code = code
        self.message = message
        self.reason = reason
    }
}
