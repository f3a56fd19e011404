import Redis

extension TaskInspector {
    /// Limits how many tasks of a queue run at once, on all workers of ours together.
    ///
    /// It holds from the next task that is taken on: what runs goes on, and tasks that it held back start at once when it is
    /// raised or lifted. A task whose worker died counts until it is given back or its lease is over, 30 s at most.
    ///
    /// - Parameters:
    ///   - limit: How many, 1 at least; `nil` lifts the limit.
    ///   - queue: The queue's name; it need not exist yet.
    /// - Throws: ``InspectorError`` with `invalidArgument`, and nothing was changed; else the store's error, and the call may be
    ///   repeated.
    public func setConcurrencyLimit(_ limit: Int?, of queue: String) async throws {
        if let limit, !(1...QueueLimits.largestConcurrency).contains(limit) {
            throw InspectorError(
                .invalidArgument,
                "the concurrency limit of queue \"\(queue)\" cannot be \(limit): it must be 1 to "
                    + "\(QueueLimits.largestConcurrency); pause the queue to stop it, or lift the limit")
        }
        try await set("concurrency", to: limit.map { "\($0)" }, of: queue)
    }

    /// Limits how fast tasks of a queue are taken, by all workers of ours together.
    ///
    /// It holds from the next task that is taken on. A worker does not ask for tasks before the rate allows one.
    ///
    /// - Parameters:
    ///   - limit: The rate; `nil` lifts the limit.
    ///   - queue: The queue's name; it need not exist yet.
    /// - Throws: ``InspectorError`` with `invalidArgument`, and nothing was changed; else the store's error, and the call may be
    ///   repeated.
    public func setRateLimit(_ limit: RateLimit?, of queue: String) async throws {
        if let fault = limit?.fault {
            throw InspectorError(
                .invalidArgument,
                "the rate limit of queue \"\(queue)\" cannot be set: \(fault); pause the queue to stop it, or lift the limit"
            )
        }
        try await set("rate", to: limit?.text, of: queue)
    }

    /// The limits of a queue.
    ///
    /// - Parameter queue: The queue's name; it need not exist.
    /// - Returns: Its limits; both `nil` for a queue without any.
    /// - Throws: ``InspectorError`` with `malformedLimit` when somebody wrote what no worker can read, and so does not keep to;
    ///   else the store's error.
    public func limits(of queue: String) async throws -> QueueLimits {
        let key = RedisKeys(queue: queue).limits
        let reply = try await client.pipeline([RedisCommand("HMGET", [.string(key), "concurrency", "rate"])])[0]
        if case .error(let text) = reply, text.hasPrefix("WRONGTYPE") { throw Self.malformed("limits", of: queue) }
        let fields = try reply.array()
        guard fields.count == 2 else { throw RedisError(.unexpectedReply, "HMGET gave \(fields.count) values, not 2") }
        let texts = try fields.map { try $0.optionalBytes().map { String(decoding: $0, as: UTF8.self) } }
        let limits = QueueLimits(
            concurrency: texts[0].flatMap(QueueLimits.whole), rate: texts[1].flatMap(RateLimit.init(text:)))
        if texts[0] != nil, !(1...QueueLimits.largestConcurrency).contains(limits.concurrency ?? 0) {
            throw Self.malformed("concurrency limit", of: queue)
        }
        if texts[1] != nil, limits.rate == nil { throw Self.malformed("rate limit", of: queue) }
        return limits
    }

    private func set(_ field: RedisArgument, to value: String?, of queue: String) async throws {
        guard !queue.isBlank else {
            throw InspectorError(.invalidArgument, "a limit needs the name of a queue; give one that is not blank")
        }
        let keys = RedisKeys(queue: queue)
        try await client.evaluate(
            BrokerScripts.setLimit, keys: [keys.limits, keys.pending], arguments: [field, .string(value ?? "")])
    }

    private static func malformed(_ what: String, of queue: String) -> InspectorError {
        InspectorError(
            .malformedLimit,
            "the \(what) of queue \"\(queue)\" cannot be read, so no worker keeps to it; set it again or lift it")
    }
}
