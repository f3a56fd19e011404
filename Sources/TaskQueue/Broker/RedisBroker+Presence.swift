import ConcurrencySupport
import Foundation
import Logging
import Redis

extension RedisBroker {
    /// How long a server's snapshot lives: two of asynq's heartbeats.
    private static let snapshotSeconds: Int64 = 10

    package func writeServerState(
        _ info: ServerInfo, workers: [WorkerInfo], worker: WorkerIdentity, liveness: Duration
    ) async throws {
        let server = RedisKeys.server(worker)
        let running = RedisKeys.workers(of: worker)
        let expiry = RedisArgument.integer(UnixTime.seconds(now) + Self.snapshotSeconds)
        var arguments: [RedisArgument] = [.integer(Self.snapshotSeconds), .bytes(try info.encoded())]
        for task in workers { arguments += [.string(task.taskID), .bytes(try task.encoded())] }
        let replies = try await client.pipeline([
            RedisCommand(
                "SET", [.string(RedisKeys.liveness(workerID: worker.id)), "1", "PX", .integer(liveness.milliseconds)]),
            RedisCommand("ZADD", [.string(RedisKeys.servers), expiry, .string(server)]),
            RedisCommand("ZADD", [.string(RedisKeys.workers), expiry, .string(running)]),
        ])
        // Who lives is told by the first; the lists are for tools, and a key of another type there must not make us dumb.
        try Self.check(replies[0])
        for reply in replies.dropFirst() {
            do { try Self.check(reply) } catch { try leaveOut(list: error) }
        }
        _ = try await client.evaluate(
            BrokerScripts.writeServerState, keys: [server, running], arguments: arguments)
    }

    package func clearServerState(worker: WorkerIdentity) async throws {
        let server = RedisKeys.server(worker)
        let running = RedisKeys.workers(of: worker)
        let replies = try await client.pipeline([
            RedisCommand("ZREM", [.string(RedisKeys.servers), .string(server)]),
            RedisCommand("ZREM", [.string(RedisKeys.workers), .string(running)]),
            RedisCommand("DEL", [.string(server), .string(running)]),
            RedisCommand("DEL", [.string(RedisKeys.liveness(workerID: worker.id))]),
        ])
        for reply in replies { try Self.check(reply) }
    }

    package func cancellations() -> AsyncStream<String> {
        messages(on: RedisKeys.cancelChannel) { $0 }
    }

    package func wakeUps() -> AsyncStream<WakeUp> {
        messages(on: RedisKeys.wakeChannel) { [believedFull] key in
            if let queue = RedisKeys.queue(ofPending: key) {
                believedFull.withLock { $0.isFull(queue) }
                return .pending(queue: queue)
            }
            return RedisKeys.queue(ofScheduled: key).map { .scheduled(queue: $0) }
        }
    }

    /// What is published on a channel, as far as `meaning` understands it.
    func messages<Meaning: Sendable>(
        on channel: String, _ meaning: @escaping @Sendable (String) -> Meaning?
    ) -> AsyncStream<Meaning> {
        let events = subscriber.events(channels: [channel])
        let (meanings, continuation) = AsyncStream.makeStream(of: Meaning.self)
        // The stream owns this task: it ends with the stream, and the stream with it.
        let forwarding = Task {
            for await event in events {
                guard case .message(_, let payload) = event,
                    let meaning = meaning(String(decoding: payload, as: UTF8.self))
                else { continue }
                continuation.yield(meaning)
            }
            continuation.finish()
        }
        continuation.onTermination = { _ in forwarding.cancel() }
        return meanings
    }

    package func publishCancellation(ofTask id: String) async throws {
        try await client.send("PUBLISH", .string(RedisKeys.cancelChannel), .string(id))
    }

    /// Tells, now and then, that this server is missing in a list of servers, unless the store as a whole is at fault.
    private func leaveOut(list error: any Error) throws {
        guard let refusal = error as? RedisError, refusal.isOfOneQueue else { throw error }
        brokenQueueLog.run {
            logger.error(
                "tools do not see this server: look for a key of another type at asynq:servers and asynq:workers",
                metadata: ["error": "\(refusal)"])
        }
    }

    private static func check(_ reply: RedisReply) throws {
        if case .error(let text) = reply { throw RedisError(.commandRejected, text) }
    }
}
