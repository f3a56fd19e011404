import ConcurrencySupport
package import Logging

/// A shared connection to Redis: commands of many tasks travel in one stream, and a broken connection is made anew.
///
/// It connects on first use. Commands issued at the same time are written together and answered in order.
/// When the connection breaks, commands already written fail with `.connectionLost` and are not repeated, because they may
/// have run; those not yet written wait for the next connection until their own time limit.
///
/// Blocking commands (`BLMOVE`, `XREAD BLOCK`) hold up everything behind them: give them a client of their own and a
/// timeout longer than the block.
package final class RedisClient: Sendable {
    /// Where the client connects to.
    package let configuration: RedisConfiguration
    private let pipeline: CommandPipeline
    /// Digests that Redis is believed to know; a wrong belief costs one round trip.
    private let loadedScripts = LockedValue<Set<String>>([])

    /// Makes a client that has not connected yet.
    ///
    /// - Parameters:
    ///   - configuration: The server and the log-in.
    ///   - name: What `CLIENT LIST` shows; characters Redis does not take become `-`.
    ///   - logger: Gets connects at debug and losses at warning level.
    package init(_ configuration: RedisConfiguration, name: String = "schedcu", logger: Logger) {
        self.configuration = configuration
        pipeline = CommandPipeline(configuration, name: name, logger: logger)
    }

    /// Sends a command and waits for its reply.
    ///
    /// - Parameters:
    ///   - command: What to send.
    ///   - timeout: The limit, the wait for a connection included; `nil` for the configuration's `commandTimeout`.
    /// - Returns: Redis's reply, never `.error`.
    /// - Throws: `.commandRejected` for an error reply; `.timedOut` after the limit, which also costs the connection;
    ///   `.cancelled` at once when the task is cancelled; `.connectFailed`, `.connectionLost`, `.closed`.
    @discardableResult
    package func send(_ command: RedisCommand, timeout: Duration? = nil) async throws(RedisError) -> RedisReply {
        let replies = try await pipeline.run([command], timeout: timeout ?? configuration.commandTimeout)
        if case .error(let text) = replies[0] { throw .rejected(text, command: command.name) }
        return replies[0]
    }

    /// Sends a command within the configuration's `commandTimeout`; see ``send(_:timeout:)``.
    @discardableResult
    package func send(_ name: String, _ arguments: RedisArgument...) async throws(RedisError) -> RedisReply {
        try await send(RedisCommand(name, arguments))
    }

    /// Writes several commands together and waits for all replies.
    ///
    /// - Parameter commands: What to send; no other caller's command comes between them.
    /// - Returns: One reply a command, in order; error replies stay in the array.
    /// - Throws: As ``send(_:timeout:)`` for what concerns the connection; some of the commands may have run.
    @discardableResult
    package func pipeline(_ commands: [RedisCommand]) async throws(RedisError) -> [RedisReply] {
        guard !commands.isEmpty else { return [] }
        return try await pipeline.run(commands, timeout: configuration.commandTimeout)
    }

    /// Runs a script by its digest, and by its text where Redis does not know it.
    ///
    /// - Parameters:
    ///   - script: The script.
    ///   - keys: `KEYS`, in order.
    ///   - arguments: `ARGV`, in order.
    /// - Returns: The script's result.
    /// - Throws: As ``send(_:timeout:)``.
    @discardableResult
    package func evaluate(
        _ script: LuaScript, keys: [String], arguments: [RedisArgument]
    ) async throws(RedisError) -> RedisReply {
        let tail = Self.scriptArguments(keys: keys, arguments: arguments)
        do {
            return try await send(RedisCommand("EVALSHA", [.string(script.sha1)] + tail))
        } catch  where error.code == .commandRejected && error.message.hasPrefix("NOSCRIPT") {
            return try await send(RedisCommand("EVAL", [.string(script.source)] + tail))
        }
    }

    /// Runs a script several times in one round trip.
    ///
    /// Runs that Redis refused because it had forgotten the script (`SCRIPT FLUSH`, restart) are made up for in a second
    /// round trip; each entry runs once.
    ///
    /// - Parameters:
    ///   - script: The script.
    ///   - batch: `KEYS` and `ARGV` of each run.
    /// - Returns: One reply a run, in order; a run that failed has an `.error`.
    /// - Throws: `.commandRejected` when the script does not compile; else as ``pipeline(_:)``.
    @discardableResult
    package func evaluate(
        _ script: LuaScript, batch: [(keys: [String], arguments: [RedisArgument])]
    ) async throws(RedisError) -> [RedisReply] {
        let runs = batch.map { run in
            RedisCommand(
                "EVALSHA", [.string(script.sha1)] + Self.scriptArguments(keys: run.keys, arguments: run.arguments))
        }
        let isLoaded = loadedScripts.withLock { $0.contains(script.sha1) }
        var replies = try await isLoaded ? pipeline(runs) : load(script, andRun: runs)
        let refused = replies.indices.filter { index in
            if case .error(let text) = replies[index] { text.hasPrefix("NOSCRIPT") } else { false }
        }
        guard !refused.isEmpty else { return replies }
        let repeated = try await load(script, andRun: refused.map { runs[$0] })
        for (index, reply) in zip(refused, repeated) { replies[index] = reply }
        return replies
    }

    /// Ends the connection and every call with `.closed`; later calls throw it too.
    ///
    /// A second call does nothing.
    package func close() async {
        await pipeline.close()
    }

    private func load(_ script: LuaScript, andRun runs: [RedisCommand]) async throws(RedisError) -> [RedisReply] {
        guard !runs.isEmpty else { return [] }
        let load = RedisCommand("SCRIPT", ["LOAD", .string(script.source)])
        var replies = try await pipeline([load] + runs)
        if case .error(let text) = replies.removeFirst() {
            throw .rejected("\(text) (script \(script.name))", command: "SCRIPT LOAD")
        }
        _ = loadedScripts.withLock { $0.insert(script.sha1) }
        return replies
    }

    private static func scriptArguments(keys: [String], arguments: [RedisArgument]) -> [RedisArgument] {
        [.int(keys.count)] + keys.map { .string($0) } + arguments
    }
}
