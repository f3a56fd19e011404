import Foundation
import Redis

extension TaskInspector {
    /// One page of a queue's tasks in one state.
    ///
    /// Pending tasks come in the order in which they are taken, active ones the longest running first, the others by
    /// their moment, the earliest first. A task that does not decode is left out.
    ///
    /// - Parameters:
    ///   - queue: The queue's name.
    ///   - state: The state.
    ///   - page: The page's number, from 1.
    ///   - size: How many tasks a page holds, from 1.
    ///   - group: Which group's tasks; needed for, and only for, aggregating ones.
    /// - Returns: The tasks without their results; empty past the last page.
    /// - Throws: ``InspectorError`` with `queueNotFound` or `groupRequired`, else the store's error.
    public func tasks(
        in queue: String, state: TaskState, page: Int = 1, size: Int = defaultPageSize, group: String? = nil
    ) async throws -> [TaskInfo] {
        try await requireQueue(queue)
        let keys = RedisKeys(queue: queue)
        let container = try TaskContainer(state, group: group, in: keys)
        let range = Self.pageRange(page, size)
        let entries = try await container.isList ? listEntries(container.key, range) : setEntries(container.key, range)
        let orphans = state == .active ? try await orphans(among: entries.map(\.id), keys) : []
        let hashes = try await client.pipeline(
            entries.map { RedisCommand("HMGET", [.string(keys.task($0.id)), "msg", "state", "result"]) })
        let moment = now()
        return zip(entries, hashes).compactMap { entry, hash in
            guard let stored = try? StoredTask(try hash.array(), id: entry.id, queue: queue) else { return nil }
            var info = TaskInfo(message: stored.message, state: state, isOrphaned: orphans.contains(entry.id))
            switch state {
            case .pending: info.nextProcessAt = moment
            case .scheduled, .retry: info.nextProcessAt = entry.score
            case .active, .archived, .completed, .aggregating: break
            }
            return info
        }
    }

    private typealias Entry = (id: String, score: Date?)

    /// The positions of a page, from 0; page and size count as 1 when they are less, a size of over 10,000 as that.
    static func pageRange(_ page: Int, _ size: Int) -> Range<Int> {
        let size = min(max(1, size), 10_000)
        let first = min(max(0, page - 1), Int(Int32.max)) * size
        return first..<(first + size)
    }

    /// A page of a list that is consumed from its tail.
    private func listEntries(_ key: String, _ range: Range<Int>) async throws -> [Entry] {
        let ids = try await client.send("LRANGE", .string(key), .int(-range.upperBound), .int(-range.lowerBound - 1))
            .array()
        return try ids.reversed().map { (try $0.string(), nil) }
    }

    private func setEntries(_ key: String, _ range: Range<Int>) async throws -> [Entry] {
        let reply = try await client.send(
            "ZRANGE", .string(key), .int(range.lowerBound), .int(range.upperBound - 1), "WITHSCORES"
        ).array()
        return try stride(from: 0, to: reply.count - 1, by: 2).map { index in
            let score = Double(try reply[index + 1].string())
            return (try reply[index].string(), score.map { Date(timeIntervalSince1970: $0) })
        }
    }

    /// The ids whose lease has ended.
    private func orphans(among ids: [String], _ keys: RedisKeys) async throws -> Set<String> {
        let moment = now().timeIntervalSince1970
        let scores = try await client.pipeline(ids.map { RedisCommand("ZSCORE", [.string(keys.lease), .string($0)]) })
        return Set(
            try zip(ids, scores).compactMap { id, reply in
                guard let bytes = try reply.optionalBytes(),
                    let score = Double(String(decoding: bytes, as: UTF8.self)), score <= moment
                else { return nil }
                return id
            })
    }
}
