import Foundation
import Redis

extension TaskInspector {
    /// The periodic tasks of all schedulers that are alive, ours and Go's; the next to be due first.
    ///
    /// Schedulers that expired without a word are taken off the index; entries that do not decode are left out.
    public func schedulerEntries() async throws -> [SchedulerEntry] {
        let lists = try await live(RedisKeys.schedulers) { RedisCommand("LRANGE", [.bytes($0), 0, -1]) }
        let entries = try lists.flatMap { list in
            try list.array().compactMap { try? SchedulerEntry(decoding: try $0.bytes()) }
        }
        return entries.sorted { ($0.nextEnqueueAt, $0.id) < ($1.nextEnqueueAt, $1.id) }
    }

    /// One page of the tasks that a periodic task made, the newest first.
    ///
    /// - Parameters:
    ///   - id: The entry's id.
    ///   - page: The page's number, from 1.
    ///   - size: How many events a page holds, from 1; a scheduler keeps 1000 at most.
    /// - Returns: The events; empty past the last page and for an entry that nobody knows. One that does not decode is left out.
    /// - Throws: The store's error.
    public func schedulerEnqueueEvents(
        entry id: String, page: Int = 1, size: Int = defaultPageSize
    ) async throws -> [SchedulerEnqueueEvent] {
        let range = Self.pageRange(page, size)
        let reply = try await client.send(
            "ZREVRANGE", .string(RedisKeys.schedulerHistory(entry: id)), .int(range.lowerBound),
            .int(range.upperBound - 1))
        return try reply.array().compactMap { try? SchedulerEnqueueEvent(decoding: try $0.bytes()) }
    }
}
