/// One or several commands that a caller waits for, written together.
struct PendingRequest: Sendable {
    typealias Continuation = CheckedContinuation<Result<Replies, RedisError>, Never>

    /// Names the request to its cancellation.
    let id: UInt64
    /// What goes over the wire, encoded by the caller, so that this work is spread over the callers' threads.
    let commands: EncodedCommands
    let deadline: MonotonicTime
    /// `nil` once the caller has gone; the place in line stays, for the reply that comes nevertheless.
    private(set) var continuation: Continuation?
    /// Where its bytes begin in the connection's output.
    var start = 0
    private var replies = Replies()

    init(id: UInt64, commands: EncodedCommands, deadline: MonotonicTime, continuation: Continuation) {
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
        finish(.failure(RedisError(code, message, command: commands.name, isRefusal: isRefusal)))
    }

    private mutating func finish(_ result: Result<Replies, RedisError>) {
        continuation?.resume(returning: result)
        continuation = nil
    }
}

/// Replies in order; the first, mostly the only one, takes no memory of its own.
struct Replies: Sendable {
    /// The first reply; `.null` before it has come.
    private(set) var first = RedisReply.null
    private var others: [RedisReply] = []
    /// How many have come.
    private(set) var count = 0

    mutating func append(_ reply: RedisReply) {
        if count == 0 { first = reply } else { others.append(reply) }
        count += 1
    }

    /// All of them.
    var all: [RedisReply] { count == 0 ? [] : [first] + others }
}

/// Commands as they go over the wire.
struct EncodedCommands: Sendable {
    /// The first command's name, for errors.
    let name: String
    /// How many replies will come.
    let count: Int
    /// Arrays of bulk strings (RESP2), one a command.
    let bytes: [UInt8]

    /// Encodes one or several commands.
    init(_ commands: [RedisCommand]) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(commands.reduce(0) { $0 + $1.encodedSizeEstimate })
        for command in commands { command.encode(into: &bytes) }
        self.bytes = bytes
        name = commands.first?.name ?? ""
        count = commands.count
    }

    /// Encodes one command.
    init(_ command: RedisCommand) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(command.encodedSizeEstimate)
        command.encode(into: &bytes)
        self.bytes = bytes
        name = command.name
        count = 1
    }

    /// Encodes runs of a script by its digest, without making a command of each.
    init(_ script: LuaScript, runs: [(keys: [String], arguments: [RedisArgument])]) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(runs.reduce(0) { $0 + Self.sizeEstimate(keys: $1.keys, arguments: $1.arguments) })
        for run in runs { Self.encode(script, keys: run.keys, arguments: run.arguments, into: &bytes) }
        self.bytes = bytes
        name = "EVALSHA"
        count = runs.count
    }

    /// Encodes one run of a script by its digest.
    init(_ script: LuaScript, keys: [String], arguments: [RedisArgument]) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.sizeEstimate(keys: keys, arguments: arguments))
        Self.encode(script, keys: keys, arguments: arguments, into: &bytes)
        self.bytes = bytes
        name = "EVALSHA"
        count = 1
    }

    private static func encode(
        _ script: LuaScript, keys: [String], arguments: [RedisArgument], into output: inout [UInt8]
    ) {
        RESP.appendArrayHead(3 + keys.count + arguments.count, to: &output)
        RESP.appendBulk("EVALSHA".utf8, to: &output)
        RESP.appendBulk(script.sha1.utf8, to: &output)
        RESP.append(.int(keys.count), to: &output)
        for key in keys { RESP.appendBulk(key.utf8, to: &output) }
        for argument in arguments { RESP.append(argument, to: &output) }
    }

    private static func sizeEstimate(keys: [String], arguments: [RedisArgument]) -> Int {
        arguments.reduce(96 + keys.reduce(0) { $0 + $1.utf8.count + 16 }) { $0 + $1.encodedSizeEstimate }
    }
}
