/// Why a scheduler or its manager refused a call; nothing was changed.
public struct PeriodicTaskError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of refusal it was.
    ///
    /// New codes may be added, so a `switch` over them needs a `default`.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String {
            case invalidEntryID, entryIDTaken, entryNotFound, blankSpec, invalidConfiguration, optionsExclude
            case leadLost, alreadyRunning, closed
        }

        private let base: Base

        private init(_ base: Base) { self.base = base }

        /// The entry's id is blank, or is a new one each time where all schedulers must agree on it.
        public static let invalidEntryID = Self(.invalidEntryID)
        /// Another registered entry has the id.
        public static let entryIDTaken = Self(.entryIDTaken)
        /// No registered entry has the id.
        public static let entryNotFound = Self(.entryNotFound)
        /// A configuration's spec is blank.
        public static let blankSpec = Self(.blankSpec)
        /// A setting of the scheduler is out of its range.
        public static let invalidConfiguration = Self(.invalidConfiguration)
        /// Two things were asked of an entry that do not go together, or one that the scheduler is not set up for.
        public static let optionsExclude = Self(.optionsExclude)
        /// Another scheduler of the fleet has become leader, and nothing was enqueued.
        public static let leadLost = Self(.leadLost)
        /// It was started before.
        public static let alreadyRunning = Self(.alreadyRunning)
        /// It was shut down, and a new one is needed.
        public static let closed = Self(.closed)

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

    /// Another scheduler has led since the tick was claimed.
    static let staleTerm = Self(
        .leadLost, "the scheduler stood still past its term, and another one leads; that one enqueues the tick")
    /// The scheduler runs already.
    static let alreadyRunning = Self(.alreadyRunning, "the scheduler is already running")
    /// The scheduler has been shut down.
    static let closed = Self(.closed, "the scheduler was shut down; make a new one")
}
