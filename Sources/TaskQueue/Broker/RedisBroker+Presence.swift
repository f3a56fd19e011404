import Foundation
import Redis

extension RedisBroker {
    /// How long a server's snapshot lives: two of asynq's heartbeats.
    private static let snapshotSeconds: Int64 = 10
    /// How long a worker counts as alive after its last heartbeat (decision D15).
    private static let livenessSeconds: Int64 = 6

    package func writeServerState(
        _ info: ServerInfo, workers: [WorkerInfo], worker: WorkerIdentity
    ) async throws {
        let server = RedisKeys.server(worker)
        let running = RedisKeys.workers(of: worker)
        let expiry = RedisArgument.integer(UnixTime.seconds(now) + Self.snapshotSeconds)
        var arguments: [RedisArgument] = [.integer(Self.snapshotSeconds), .bytes(try info.encoded())]
        for task in workers { arguments += [.string(task.taskID), .bytes(try task.encoded())] }
        let replies = try await client.pipeline([
            RedisCommand(
                "SET", [.string(RedisKeys.liveness(workerID: worker.id)), "1", "EX", .integer(Self.livenessSeconds)]),
            RedisCommand("ZADD", [.string(RedisKeys.servers), expiry, .string(server)]),
            RedisCommand("ZADD", [.string(RedisKeys.workers), expiry, .string(running)]),
        ])
        for reply in replies { try Self.check(reply) }
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
        let events = subscriber.events(channels: [RedisKeys.cancelChannel])
        let (ids, continuation) = AsyncStream.makeStream(of: String.self)
        // The stream owns this task: it ends with the stream, and the stream with it.
        let forwarding = Task {
            for await event in events {
                if case .message(_, let payload) = event {
                    continuation.yield(String(decoding: payload, as: UTF8.self))
                }
            }
            continuation.finish()
        }
        continuation.onTermination = { _ in forwarding.cancel() }
        return ids
    }

    package func publishCancellation(ofTask id: String) async throws {
        try await client.send("PUBLISH", .string(RedisKeys.cancelChannel), .string(id))
    }

    private static func check(_ reply: RedisReply) throws {
        if case .error(let text) = reply { throw RedisError(.commandRejected, text) }
    }
}
