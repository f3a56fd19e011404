/// Why a Postgres call failed.
package struct PostgresError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it was.
    ///
    /// New codes may be added, so a `switch` over them needs a `default`.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String {
            case connectFailed, connectionLost, timedOut, cancelled, statementFailed, decodeFailed, transactionEnded
            case poolClosed, poolTimedOut
        }

        private let base: Base

        private init(_ base: Base) {
            self.base = base
        }

        /// No connection could be made: unreachable, refused, too old, or a connection string that cannot be read.
        package static let connectFailed = Self(.connectFailed)
        /// The connection broke; whether the statement ran is unknown.
        ///
        /// The pool opens a new one for the next caller.
        package static let connectionLost = Self(.connectionLost)
        /// The server gave the statement up at `statement_timeout` or `lock_timeout`; it had no effect.
        package static let timedOut = Self(.timedOut)
        /// The calling task was cancelled; a statement in flight was ended by `PQcancel` and had no effect.
        package static let cancelled = Self(.cancelled)
        /// The server refused the statement; ``PostgresError/sqlState`` says why.
        package static let statementFailed = Self(.statementFailed)
        /// A value in a result is missing or not of the type that was asked for.
        package static let decodeFailed = Self(.decodeFailed)
        /// A transaction's handle was used after its commit or roll-back.
        package static let transactionEnded = Self(.transactionEnded)
        /// The pool was closed before a connection was had.
        package static let poolClosed = Self(.poolClosed)
        /// All connections of the pool stayed in use for the whole waiting time.
        package static let poolTimedOut = Self(.poolTimedOut)

        package var description: String { base.rawValue }
    }

    /// The kind of failure.
    package let code: Code
    /// The five-character SQLSTATE; `nil` when the failure did not come from the server.
    package let sqlState: String?
    /// The name of the violated constraint, such as `users_email_key`.
    package let constraint: String?
    /// The server's primary message or libpq's own words.
    ///
    /// Never DETAIL, and quoted input of data errors is left out.
    package let message: String
    /// What the caller was doing, such as `insert-version`.
    package let operation: String?

    /// Makes an error; a quoted value in `message` of a data exception (SQLSTATE class 22) is replaced by an ellipsis.
    package init(
        _ code: Code, _ message: String, sqlState: String? = nil, constraint: String? = nil, operation: String? = nil
    ) {
        self.code = code
        self.sqlState = sqlState
        self.constraint = constraint
        self.message = sqlState?.hasPrefix("22") == true ? Self.withoutQuotedText(message) : message
        self.operation = operation
    }

    /// Whether the same call may succeed if it is made again.
    ///
    /// True for a serialization failure (40001), a deadlock (40P01), both time limits (55P03, 57014), a lost or refused
    /// connection, a server short of connections or shutting down (53300, class 57) and a full pool.
    package var isRetriable: Bool {
        if code == .connectFailed || code == .connectionLost || code == .timedOut || code == .poolTimedOut {
            return true
        }
        guard let sqlState, code == .statementFailed else { return false }
        return Self.retriableStates.contains(sqlState)
    }

    package var description: String {
        var text = "postgres \(code)"
        if let operation { text += " during \(operation)" }
        if let sqlState { text += " [\(sqlState)]" }
        if let constraint { text += " constraint \(constraint)" }
        return text + ": " + message
    }

    private static let retriableStates: Set<String> = ["40001", "40P01", "55P03", "57014", "53300", "53400"]

    /// Cuts from the first to the last quotation mark, where data exceptions quote their input.
    static func withoutQuotedText(_ message: String) -> String {
        guard let first = message.firstIndex(of: "\""), let last = message.lastIndex(of: "\"") else { return message }
        return message[..<first] + "…" + message[message.index(after: last)...]
    }

    /// The same failure, with the operation it happened in.
    func during(_ operation: String) -> Self {
        Self(code, message, sqlState: sqlState, constraint: constraint, operation: self.operation ?? operation)
    }

    /// The code that belongs to a SQLSTATE.
    static func code(forState state: String?) -> Code {
        guard let state else { return .statementFailed }
        if state.hasPrefix("08") || connectionEndingStates.contains(state) { return .connectionLost }
        return state == "57014" || state == "55P03" ? .timedOut : .statementFailed
    }

    /// Administrator shutdown, crash, start-up, database dropped, idle session, and idle in transaction.
    private static let connectionEndingStates: Set<String> = ["57P01", "57P02", "57P03", "57P04", "57P05", "25P03"]
}
