package import Foundation
import Redis

extension RedisBroker {
    package func nextDue(queue: String) async throws -> Date? {
        let keys = RedisKeys(queue: queue)
        let replies = try await client.pipeline(
            [keys.scheduled, keys.retry].map { RedisCommand("ZRANGE", [.string($0), 0, 0, "WITHSCORES"]) })
        let scores = try replies.compactMap { reply in try reply.array().last.flatMap { Double(try $0.string()) } }
        return scores.min().map { Date(timeIntervalSince1970: $0) }
    }
}
