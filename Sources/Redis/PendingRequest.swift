/// One or several commands that a caller waits for, written together.
struct PendingRequest: Sendable {
    typealias Continuation = CheckedContinuation<Result<[RedisReply], RedisError>, Never>

    /// Names the request to its cancellation.
    let id: UInt64
    let commands: [RedisCommand]
    let deadline: MonotonicTime
    /// `nil` once the caller has gone; the place in line stays, for the reply that comes nevertheless.
    private(set) var continuation: Continuation?
    /// Where its bytes begin in the connection's output.
    var start = 0
    private var replies: [RedisReply] = []

    init(id: UInt64, commands: [RedisCommand], deadline: MonotonicTime, continuation: Continuation) {
        self.id = id
        self.commands = commands
        self.deadline = deadline
        self.continuation = continuation
    }

    /// Takes the next reply; resumes the caller with the last one.
    ///
    /// - Returns: Whether this was the last.
    mutating func received(_ reply: RedisReply) -> Bool {
        replies.append(reply)
        guard replies.count == commands.count else { return false }
        finish(.success(replies))
        return true
    }

    /// Resumes the caller with an error, unless it has gone.
    mutating func fail(_ code: RedisError.Code, _ message: String, isRefusal: Bool = false) {
        finish(.failure(RedisError(code, message, command: commands.first?.name, isRefusal: isRefusal)))
    }

    private mutating func finish(_ result: Result<[RedisReply], RedisError>) {
        continuation?.resume(returning: result)
        continuation = nil
    }
}
