package import Foundation
import Redis

extension RedisBroker {
    package func nextDue(queues: [String]) async throws -> [String: Date] {
        guard !queues.isEmpty else { return [:] }
        let replies = try await client.pipeline(
            queues.map(RedisKeys.init(queue:)).flatMap { [$0.scheduled, $0.retry] }
                .map { RedisCommand("ZRANGE", [.string($0), 0, 0, "WITHSCORES"]) })
        var next: [String: Date] = [:]
        for (index, queue) in queues.enumerated() {
            let scores = try replies[index * 2...index * 2 + 1].compactMap { reply in
                try reply.array().last.flatMap { Double(try $0.string()) }
            }
            next[queue] = scores.min().map { Date(timeIntervalSince1970: $0) }
        }
        return next
    }
}
