import Foundation
import Redis

extension TaskInspector {
    /// The worker processes that are alive, ours and Go's, each with what it runs; ordered by host and process id.
    ///
    /// Snapshots that expired without a word are taken off the index; those that do not decode are left out.
    public func servers() async throws -> [ServerStatus] {
        let infos = try await live(RedisKeys.servers) { RedisCommand("GET", [.bytes($0)]) }.compactMap { reply in
            try reply.optionalBytes().flatMap { try? ServerInfo(decoding: $0) }
        }
        let workers = try await live(RedisKeys.workers) { RedisCommand("HVALS", [.bytes($0)]) }.flatMap { reply in
            try reply.array().compactMap { try? WorkerInfo(decoding: try $0.bytes()) }
        }
        let byServer = Dictionary(grouping: workers, by: \.serverID)
        return infos.map { info in
            ServerStatus(
                server: info, workers: (byServer[info.serverID] ?? []).sorted { $0.startedAt < $1.startedAt })
        }.sorted { ($0.server.host, $0.server.pid) < ($1.server.host, $1.server.pid) }
    }

    /// Reads every key of an index that has not expired, and takes the others off it.
    func live(_ index: String, reading command: ([UInt8]) -> RedisCommand) async throws -> [RedisReply] {
        let moment = UnixTime.seconds(now())
        let replies = try await client.pipeline([
            RedisCommand("ZRANGEBYSCORE", [.string(index), .integer(moment), "+inf"]),
            RedisCommand("ZREMRANGEBYSCORE", [.string(index), "-inf", .integer(moment - 1)]),
        ])
        let keys = try replies.first?.array() ?? []
        return try await client.pipeline(try keys.map { command(try $0.bytes()) })
    }
}
