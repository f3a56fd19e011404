/// Why a Redis call, or the reading of a Redis address, failed.
public struct RedisError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of a failure; more kinds may come.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Base: String {
            case connectFailed, connectionLost, timedOut, cancelled, commandRejected, unexpectedReply
            case invalidConfiguration, closed
        }

        private let base: Base
        private init(_ base: Base) { self.base = base }

        /// No connection could be made, or Redis refused the log-in; the command was not sent.
        public static let connectFailed = Self(.connectFailed)
        /// The connection broke after the command was sent; whether it ran is unknown.
        public static let connectionLost = Self(.connectionLost)
        /// No answer came within the command's time limit; whether it ran is unknown.
        public static let timedOut = Self(.timedOut)
        /// The calling task was cancelled; whether the command ran is unknown.
        public static let cancelled = Self(.cancelled)
        /// Redis answered with an error; ``RedisError/message`` is its text, such as `NOSCRIPT No matching script`.
        public static let commandRejected = Self(.commandRejected)
        /// The reply is of another type than the caller asked for; the command did run.
        public static let unexpectedReply = Self(.unexpectedReply)
        /// The configuration cannot be used; nothing was tried.
        public static let invalidConfiguration = Self(.invalidConfiguration)
        /// The client was closed before the answer came, or before the call.
        public static let closed = Self(.closed)

        /// The code's name.
        public var description: String { base.rawValue }
    }

    /// The kind of failure.
    public let code: Code
    /// The words of the server, the system or hiredis; it may quote keys, never values or passwords.
    public let message: String
    /// The command's name, such as `EVALSHA`; `nil` outside a command.
    public let command: String?
    /// Whether Redis itself refused the connection (password, database, protected mode), so that trying again is futile.
    let isRefusal: Bool

    /// Makes an error; tests of other modules and in-memory stand-ins need it too.
    package init(_ code: Code, _ message: String, command: String? = nil) {
        self.init(code, message, command: command, isRefusal: false)
    }

    init(_ code: Code, _ message: String, command: String?, isRefusal: Bool) {
        self.code = code
        self.message = message
        self.command = command
        self.isRefusal = isRefusal
    }

    /// Whether the same call may succeed later without anybody changing the configuration.
    ///
    /// It says nothing on whether the command has already run: see ``Code/connectionLost`` and ``Code/timedOut``.
    public var isRetriable: Bool {
        switch code {
        case .connectionLost, .timedOut: true
        case .connectFailed: !isRefusal
        case .commandRejected: Self.passingErrors.contains { message.hasPrefix($0) }
        default: false
        }
    }

    /// The first words of the error replies that end by themselves.
    private static let passingErrors = [
        "LOADING ", "BUSY ", "TRYAGAIN ", "MASTERDOWN ", "CLUSTERDOWN ", "READONLY ", "OOM ", "MISCONF ", "NOREPLICAS ",
        "ERR max number of clients",
    ]

    /// The command, the code and the message on one line, safe to log.
    public var description: String {
        if let command { "Redis \(command): \(code): \(message)" } else { "Redis: \(code): \(message)" }
    }

    /// The error for an error reply to `command`.
    static func rejected(_ reply: String, command: String?) -> RedisError {
        RedisError(.commandRejected, withoutArguments(reply), command: command)
    }

    /// Cuts the arguments that Redis quotes back for an unknown command, because they may be values.
    static func withoutArguments(_ reply: String) -> String {
        guard reply.hasPrefix("ERR unknown command") else { return reply }
        let marker = ", with args beginning with:"
        var start = reply.startIndex
        while start < reply.endIndex {
            if reply[start...].hasPrefix(marker) { return String(reply[..<start]) }
            start = reply.index(after: start)
        }
        return reply
    }
}
