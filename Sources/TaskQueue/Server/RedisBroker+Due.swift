package import Foundation
import Redis

extension RedisBroker {
    package func nextDue(queues: [String]) async throws -> [String: Date] {
        guard !queues.isEmpty else { return [:] }
        let replies = try await client.pipeline(
            queues.map(RedisKeys.init(queue:)).flatMap { [$0.scheduled, $0.retry] }
                .map { RedisCommand("ZRANGE", [.string($0), 0, 0, "WITHSCORES"]) })
        var next: [String: Date] = [:]
        for (index, reply) in replies.enumerated() {
            let queue = queues[index / 2]
            let score = try sparing(queue) { try reply.array().last.flatMap { Double(try $0.string()) } }
            guard let score = score ?? nil else { continue }
            let date = Date(timeIntervalSince1970: score)
            next[queue] = min(next[queue] ?? date, date)
        }
        return next
    }
}
