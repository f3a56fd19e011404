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
        try await answer(to: EncodedCommands(command), timeout: timeout)
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
        return try await pipeline.run(EncodedCommands(commands), timeout: configuration.commandTimeout).all
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
        do {
            return try await answer(to: EncodedCommands(script, keys: keys, arguments: arguments))
        } catch  where error.code == .commandRejected && error.message.hasPrefix("NOSCRIPT") {
            let tail = [.int(keys.count)] + keys.map { RedisArgument.string($0) } + arguments
            return try await send(RedisCommand("EVAL", [.string(script.source)] + tail))
        }
    }

    /// Runs a script several times in one round trip.
    ///
    /// Runs that Redis refused because it had forgotten the script (`SCRIPT FLUSH`, restart) are made up for in two more
    /// round trips; each entry runs once.
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
        guard !batch.isEmpty else { return [] }
        var replies = try await run(script, batch)
        let refused = replies.indices.filter { index in
            if case .error(let text) = replies[index] { text.hasPrefix("NOSCRIPT") } else { false }
        }
        guard !refused.isEmpty else { return replies }
        let load = try await pipeline([RedisCommand("SCRIPT", ["LOAD", .string(script.source)])])
        if case .error(let text) = load[0] {
            throw .rejected("\(text) (script \(script.name))", command: "SCRIPT LOAD")
        }
        let repeated = try await run(script, refused.map { batch[$0] })
        for (index, reply) in zip(refused, repeated) { replies[index] = reply }
        return replies
    }

    /// Ends the connection and every call with `.closed`; later calls throw it too.
    ///
    /// A second call does nothing.
    package func close() async {
        await pipeline.close()
    }

    private func run(
        _ script: LuaScript, _ batch: [(keys: [String], arguments: [RedisArgument])]
    ) async throws(RedisError) -> [RedisReply] {
        try await pipeline.run(EncodedCommands(script, runs: batch), timeout: configuration.commandTimeout).all
    }

    /// The reply to one command; an error reply is thrown.
    private func answer(
        to command: EncodedCommands, timeout: Duration? = nil
    ) async throws(RedisError) -> RedisReply {
        let reply = try await pipeline.run(command, timeout: timeout ?? configuration.commandTimeout).first
        if case .error(let text) = reply { throw .rejected(text, command: command.name) }
        return reply
    }
}
