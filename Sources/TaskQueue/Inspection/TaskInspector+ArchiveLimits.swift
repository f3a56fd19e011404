import Redis

extension TaskInspector {
    private static let archiveFields: [RedisArgument] = ["archive-count", "archive-seconds"]

    /// Says how many archived tasks a queue keeps, and for how long.
    ///
    /// It is the fleet's setting, kept in Redis, since whichever worker archives a task or cleans up must know it. It holds from
    /// now on, for tasks too that are archived already; what is then too old or too much goes with the janitor's next turn,
    /// which deletes in small steps.
    ///
    /// - Parameters:
    ///   - limits: What is kept; `nil` is ``ArchiveLimits/standard`` again.
    ///   - queue: The queue's name; it need not exist yet.
    /// - Throws: ``InspectorError`` with `invalidArgument`, and nothing was changed; else the store's error, and the call may be
    ///   repeated.
    public func setArchiveLimits(_ limits: ArchiveLimits?, of queue: String) async throws {
        guard !queue.isBlank else {
            throw InspectorError(.invalidArgument, "a limit needs the name of a queue; give one that is not blank")
        }
        if let fault = limits?.fault {
            throw InspectorError(.invalidArgument, "the archive limits of queue \"\(queue)\" cannot be set: \(fault)")
        }
        let key = RedisArgument.string(RedisKeys(queue: queue).limits)
        guard let limits else {
            _ = try await client.send(RedisCommand("HDEL", [key] + Self.archiveFields))
            return
        }
        try await client.send(
            "HSET", key, Self.archiveFields[0], .int(limits.count), Self.archiveFields[1],
            .integer(limits.age.secondsRoundedUp))
    }

    /// How many archived tasks a queue keeps, and for how long.
    ///
    /// - Parameter queue: The queue's name; it need not exist.
    /// - Returns: What is kept; ``ArchiveLimits/standard`` unless it was set.
    /// - Throws: ``InspectorError`` with `malformedLimit` when somebody wrote what nobody can read, and so asynq's limit holds
    ///   instead; else the store's error.
    public func archiveLimits(of queue: String) async throws -> ArchiveLimits {
        let key = RedisArgument.string(RedisKeys(queue: queue).limits)
        let reply = try await client.pipeline([RedisCommand("HMGET", [key] + Self.archiveFields)])[0]
        if case .error(let text) = reply, text.hasPrefix("WRONGTYPE") { throw Self.malformed(queue) }
        let texts = try reply.array().map { try $0.optionalBytes().map { String(decoding: $0, as: UTF8.self) } }
        guard texts.count == 2 else { throw RedisError(.unexpectedReply, "HMGET gave \(texts.count) values, not 2") }
        var limits = ArchiveLimits.standard
        if let text = texts[0] { limits.count = try Self.whole(text, queue) }
        if let text = texts[1] { limits.age = .seconds(try Self.whole(text, queue)) }
        guard limits.fault == nil else { throw Self.malformed(queue) }
        return limits
    }

    private static func whole(_ text: String, _ queue: String) throws -> Int {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let number = Int(text)
        else { throw malformed(queue) }
        return number
    }

    private static func malformed(_ queue: String) -> InspectorError {
        InspectorError(
            .malformedLimit,
            "the archive limits of queue \"\(queue)\" cannot be read, so asynq's hold; set them again or lift them")
    }
}
