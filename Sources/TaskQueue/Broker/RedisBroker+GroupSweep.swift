import Foundation
import Logging
import Redis

extension RedisBroker {
    /// How many keys one `SCAN` call looks at: a call holds Redis up for about half a millisecond.
    private static let scanCount = 1000

    package func relistLostGroups(atMostEvery interval: Duration) async throws -> Int {
        let milliseconds = Int64(max(1, (interval.timeInterval * 1000).rounded()))
        let isMine = try await client.send(
            "SET", .string(RedisKeys.groupSweep), "1", "NX", "PX", .integer(milliseconds))
        if case .null = isMine { return 0 }
        var found: [String: Set<String>] = [:]
        var cursor = "0"
        repeat {
            let reply = try await client.send(
                "SCAN", .string(cursor), "MATCH", .string(RedisKeys.groupPattern), "COUNT", .int(Self.scanCount),
                "TYPE", "zset"
            ).array()
            guard reply.count == 2 else { break }
            cursor = try reply[0].string()
            for key in try reply[1].array() {
                guard let name = RedisKeys.group(inKey: try key.string()) else { continue }
                found[name.queue, default: []].insert(name.group)
            }
        } while cursor != "0"
        var relisted = 0
        for (queue, groups) in found.sorted(by: { $0.key < $1.key }) {
            do { relisted += try await relist(groups, in: queue) } catch { try leaveOut(queue, because: error) }
        }
        return relisted
    }

    private func relist(_ names: Set<String>, in queue: String) async throws -> Int {
        let keys = RedisKeys(queue: queue)
        let staged = try await client.send("ZRANGE", .string(keys.aggregationSets), 0, -1).array()
        let sets = Set(try staged.map { (key) throws(RedisError) in try key.string() })
        let lost = try await names.subtracting(groups(in: queue)).filter { !sets.contains(keys.group($0)) }
        guard !lost.isEmpty else { return 0 }
        let replies = try await client.evaluate(
            BrokerScripts.relistGroup,
            batch: lost.sorted().map { ([keys.group($0), keys.aggregationSets, keys.groups], [.string($0)]) })
        return try replies.reduce(0) { $0 + Int(try $1.integer()) }
    }
}
