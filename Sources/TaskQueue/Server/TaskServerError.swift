/// Why a server did not start.
public struct TaskServerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of refusal it was.
    ///
    /// New codes may be added, so a `switch` over them needs a `default`.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String { case alreadyRunning, closed, clockSkew, storeUnfit }

        private let base: Base

        private init(_ base: Base) { self.base = base }

        /// The server was started before.
        public static let alreadyRunning = Self(.alreadyRunning)
        /// The server was shut down, and a new one is needed: asynq's `ErrServerClosed`.
        public static let closed = Self(.closed)
        /// This machine's clock is more than 30 s from Redis's: leases would end too early or too late.
        public static let clockSkew = Self(.clockSkew)
        /// Redis is older than 6.2.
        public static let storeUnfit = Self(.storeUnfit)

        /// The code's name.
        public var description: String { base.rawValue }
    }

    /// The kind of refusal.
    public let code: Code

    /// The text to log and to show.
    public var description: String {
        switch code {
        case .closed: "the server was shut down; make a new one"
        case .clockSkew: "the server did not start: \(detail); set the clock (NTP) and start it again"
        case .storeUnfit: "the server did not start: \(detail)"
        default: "the server is already running"
        }
    }

    /// What the code does not say.
    private let detail: String

    /// Names a refusal.
    package init(_ code: Code, detail: String = "") {
        self.code = code
        self.detail = detail
    }
}
