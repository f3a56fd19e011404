/// Why a call on an in-memory broker did not do what it says.
public struct InMemoryBrokerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of error it is.
    ///
    /// New codes may be added, so a `switch` over them needs a `default`.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String { case notIdle }

        private let base: Base

        private init(_ base: Base) { self.base = base }

        /// Tasks are still to be run.
        public static let notIdle = Self(.notIdle)

        /// The code's name.
        public var description: String { base.rawValue }
    }

    /// The kind of error.
    public let code: Code
    /// What was found and what to look at, safe to log and to show.
    public let message: String

    /// The text to log and to show.
    public var description: String { message }

    /// Names an error.
    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
